//! The server's counters of a lane. A client names its lane in the query (`lane=…`); the first
//! request makes it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    Json,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderName, HeaderValue},
    response::Response,
};

use super::{counters::LaneCounters, error::ApiError, query, serving::Serving};
use crate::{
    event::{LaneName, WordError},
    meter::{account::Account, lane::Lane, tally::Count},
};

/// How long a lane is kept after its last byte.
const KEPT: Duration = Duration::from_secs(600);
/// How many lanes are kept at a time.
const MOST: usize = 10_000;

/// All lanes that have been used lately.
#[derive(Debug, Default)]
pub struct Lanes {
    known: Mutex<HashMap<LaneName, Known>>,
    /// CPU time of lanes that have been forgotten, in µs.
    forgotten_cpu_us: Count,
}

#[derive(Debug)]
struct Known {
    lane: Arc<Lane>,
    used: Instant,
    /// What had passed when it was last looked at.
    bytes: u64,
}

impl Lanes {
    /// Counts a request of the lane; `None` when there are too many lanes already.
    pub fn enter(&self, name: &LaneName) -> Option<Arc<Lane>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains_key(name) && known.len() >= MOST {
            return None;
        }
        let known = known.entry(name.clone()).or_insert_with(|| Known {
            lane: Arc::new(Lane::new(name.clone())),
            used: Instant::now(),
            bytes: 0,
        });
        known.used = Instant::now();
        known.lane.requests.add(1);
        Some(Arc::clone(&known.lane))
    }

    /// The counters of a lane that is known.
    pub fn counters(&self, name: &LaneName) -> Option<LaneCounters> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(name).map(|known| known.lane.counters())
    }

    /// CPU time of all lanes that there have been, in µs; an estimate.
    pub fn cpu_us(&self) -> u64 {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let now: u64 = known.values().map(|known| known.lane.cpu().us).sum();
        self.forgotten_cpu_us.get() + now
    }

    /// Forgets the lanes that nobody has used for long.
    pub fn sweep(&self) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, known| {
            let counters = known.lane.counters();
            let bytes = counters.bytes_in + counters.bytes_out;
            if counters.open > 0 || bytes != known.bytes {
                known.bytes = bytes;
                known.used = Instant::now();
            }
            let kept = known.used.elapsed() < KEPT;
            if !kept {
                self.forgotten_cpu_us.add(counters.cpu_us);
            }
            kept
        });
    }
}

/// `GET /api/lanes/{lane}`.
pub async fn show(
    State(serving): State<Serving>,
    lane: Result<Path<String>, PathRejection>,
) -> Result<Json<LaneCounters>, ApiError> {
    let Path(lane) = lane.map_err(|_| WordError::Lane)?;
    let counters = serving.lanes.counters(&lane.parse()?);
    counters.map(Json).ok_or(ApiError::UnknownLane)
}

/// Counts a request that names a lane, before anything can refuse it, and hands the lane on in the
/// request's extensions as `Arc<Lane>`. Says whether there are too many lanes already.
pub fn count_request(serving: &Serving, request: &mut Request) -> Result<bool, ApiError> {
    let name: LaneName = match query::named(request.uri(), ["lane"]) {
        Ok([Some(name)]) => name.parse()?,
        Err(error) if request.uri().path().starts_with("/api/") => return Err(error),
        Ok([None]) | Err(_) => return Ok(false),
    };
    let Some(lane) = serving.lanes.enter(&name) else {
        return Ok(true);
    };
    if let Some(account) = request.extensions().get::<Arc<Account>>() {
        account.name(&lane);
    }
    request.extensions_mut().insert(lane);
    Ok(false)
}

/// Tells that a request's lane is not counted.
pub fn tell_refused(response: &mut Response) {
    let refused = HeaderValue::from_static("refused");
    let name = HeaderName::from_static("lane");
    response.headers_mut().insert(name, refused);
}
