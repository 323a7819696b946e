//! What tests may do to a lane, so that they can see whether the measuring tells the truth:
//! delay, drop, repeat and swap its events. Off unless the server runs with `--test-knobs`.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use axum::{
    Json,
    extract::{FromRequest, Path, Request, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{error::ApiError, serving::Serving};
use crate::{
    event::LaneName,
    hub::{Entries, Entry, Read},
};

/// How a lane's deliveries are distorted. `None` leaves that alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LaneKnobs {
    /// Every event is delivered this many ms later than otherwise: than its reader was woken for
    /// it or, where nobody waited for it, than its time.
    pub delay_ms: Option<u32>,
    /// Events whose number is a multiple of this are not delivered.
    pub drop_every: Option<u64>,
    /// Events whose number is a multiple of this are delivered twice.
    pub repeat_every: Option<u64>,
    /// Events whose number is a multiple of this change places with the next one.
    pub swap_every: Option<u64>,
}

/// When an event may be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    Now,
    InUs(u64),
    /// Once the head has passed this number: the event waits for the one it changes places with.
    After(u64),
}

/// What decides whether an event may be delivered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// The newest event's number.
    pub head: u64,
    /// Now, µs on the server's clock.
    pub now_us: u64,
    /// For which event the reader was woken, and when.
    pub woken: Option<(u64, u64)>,
}

/// `true` when `every` is set and `seq` is one of its multiples.
fn hits(every: Option<u64>, seq: u64) -> bool {
    every.is_some_and(|every| every > 0 && seq.is_multiple_of(every))
}

impl LaneKnobs {
    pub(super) fn due(&self, entry: &Entry, moment: Moment) -> Due {
        let delay_us = u64::from(self.delay_ms.unwrap_or(0)) * 1_000;
        let woken = moment.woken.filter(|woken| woken.0 == entry.seq());
        let otherwise = woken.map_or(entry.at(), |woken| woken.1);
        let wait = (otherwise + delay_us).saturating_sub(moment.now_us);
        if hits(self.swap_every, entry.seq()) && moment.head <= entry.seq() {
            Due::After(entry.seq())
        } else if delay_us > 0 && wait > 0 {
            Due::InUs(wait)
        } else {
            Due::Now
        }
    }

    pub(super) fn distort(&self, mut read: Read, moment: Moment) -> Read {
        let all = read.events.len();
        let mut due = read
            .events
            .iter()
            .take_while(|entry| self.due(entry, moment) == Due::Now)
            .count();
        // The pair that changes places travels together, also where the read's limit parts it.
        if due > 1
            && read
                .events
                .get(due - 1)
                .is_some_and(|last| hits(self.swap_every, last.seq()))
        {
            due -= 1;
        }
        if due < all {
            let epoch = read.next.epoch;
            read.events.truncate(due);
            read.next = match (read.events.last(), read.gap) {
                (Some(last), _) => crate::event::Cursor {
                    epoch,
                    seq: last.seq(),
                },
                (None, Some(gap)) => gap.next(),
                (None, None) => read.position,
            };
            read.more = false;
        }
        let mut out = Entries::with_capacity(due);
        let mut events = read.events.into_iter().peekable();
        while let Some(entry) = events.next() {
            let partner = hits(self.swap_every, entry.seq())
                .then(|| events.next())
                .flatten();
            for entry in partner.into_iter().chain([entry]) {
                let times = 1 + usize::from(hits(self.repeat_every, entry.seq()));
                if !hits(self.drop_every, entry.seq()) {
                    out.extend(std::iter::repeat_n(entry, times));
                }
            }
        }
        read.events = out;
        read
    }
}

/// All knobs of a server.
#[derive(Debug, Default)]
pub struct Knobs {
    lanes: Mutex<HashMap<LaneName, LaneKnobs>>,
    cut: Mutex<CancellationToken>,
}

impl Knobs {
    /// The knobs of a lane, if any are set.
    pub(super) fn of(&self, lane: &LaneName) -> Option<LaneKnobs> {
        let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.get(lane).copied()
    }

    /// Cancelled when all connections of now are to be cut.
    pub fn cut_signal(&self) -> CancellationToken {
        self.cut
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Cuts all connections of now, as a network that goes away would: without a word.
    fn cut_all(&self) {
        let mut cut = self.cut.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *cut).cancel();
    }
}

/// `POST /api/test/cut`: cuts every connection, this one as well.
pub async fn cut(State(serving): State<Serving>) -> StatusCode {
    serving.knobs.cut_all();
    StatusCode::NO_CONTENT
}

/// `POST /api/test/lanes/{lane}` with [`LaneKnobs`] as JSON: sets a lane's knobs for readers that
/// open from now on.
pub async fn set(
    State(serving): State<Serving>,
    Path(lane): Path<String>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let name: LaneName = lane.parse()?;
    let Json(knobs) = Json::<LaneKnobs>::from_request(request, &())
        .await
        .map_err(|_| ApiError::Knob)?;
    let mut lanes = serving
        .knobs
        .lanes
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    lanes.insert(name, knobs);
    Ok(StatusCode::NO_CONTENT)
}
