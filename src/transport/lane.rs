//! The server's counters of a lane. A client names its lane in the query (`lane=…`); the first
//! request makes it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Json,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{counters::LaneCounters, error::ApiError, serving::Serving};
use crate::{
    event::{LaneName, WordError},
    hub::{Entry, Read},
};

/// How long a lane is kept after its last use.
const KEPT: Duration = Duration::from_secs(600);
/// How many lanes are kept at a time.
const MOST: usize = 10_000;

/// One lane while it counts: what [`LaneCounters`] tells.
#[derive(Debug)]
pub struct Lane {
    name: LaneName,
    requests: AtomicU64,
    wasted: AtomicU64,
    written: AtomicU64,
    gaps: AtomicU64,
    payload_bytes: AtomicU64,
    open: AtomicU64,
}

impl Lane {
    fn new(name: LaneName) -> Self {
        Self {
            name,
            requests: AtomicU64::new(0),
            wasted: AtomicU64::new(0),
            written: AtomicU64::new(0),
            gaps: AtomicU64::new(0),
            payload_bytes: AtomicU64::new(0),
            open: AtomicU64::new(0),
        }
    }

    /// Its name.
    pub fn name(&self) -> &LaneName {
        &self.name
    }

    fn counters(&self) -> LaneCounters {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        LaneCounters {
            requests: get(&self.requests),
            wasted: get(&self.wasted),
            written: get(&self.written),
            gaps: get(&self.gaps),
            payload_bytes: get(&self.payload_bytes),
            open: get(&self.open),
            ..LaneCounters::default()
        }
    }

    /// Counts what a read hands over for writing.
    pub(super) fn count(&self, read: &Read) {
        let payload = read.events.iter().map(Entry::payload_len).sum();
        self.written
            .fetch_add(read.events.len() as u64, Ordering::Relaxed);
        self.payload_bytes.fetch_add(payload, Ordering::Relaxed);
        self.gaps
            .fetch_add(u64::from(read.gap.is_some()), Ordering::Relaxed);
    }

    /// Counts an answer that told nothing.
    pub(super) fn count_wasted(&self) {
        self.wasted.fetch_add(1, Ordering::Relaxed);
    }
}

/// A lane while one of its readers lives.
#[derive(Debug)]
pub struct OpenLane(Arc<Lane>);

impl OpenLane {
    pub(super) fn new(lane: Arc<Lane>) -> Self {
        lane.open.fetch_add(1, Ordering::Relaxed);
        Self(lane)
    }
}

impl std::ops::Deref for OpenLane {
    type Target = Lane;
    fn deref(&self) -> &Lane {
        &self.0
    }
}

impl Drop for OpenLane {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// All lanes that have been used lately.
#[derive(Debug, Default)]
pub struct Lanes {
    known: Mutex<HashMap<LaneName, (Arc<Lane>, Instant)>>,
}

impl Lanes {
    /// Counts a request of the lane; `None` when there are too many lanes already.
    pub fn enter(&self, name: &LaneName) -> Option<Arc<Lane>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains_key(name) && known.len() >= MOST {
            return None;
        }
        let (lane, used) = known
            .entry(name.clone())
            .or_insert_with(|| (Arc::new(Lane::new(name.clone())), Instant::now()));
        *used = Instant::now();
        lane.requests.fetch_add(1, Ordering::Relaxed);
        Some(Arc::clone(lane))
    }

    /// The counters of a lane that is known.
    pub fn counters(&self, name: &LaneName) -> Option<LaneCounters> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(name).map(|(lane, _)| lane.counters())
    }

    /// Forgets the lanes that nobody has used for long.
    pub fn sweep(&self) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (lane, used)| {
            if lane.open.load(Ordering::Relaxed) > 0 {
                *used = Instant::now();
            }
            used.elapsed() < KEPT
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

/// Counts each request that names a lane, before anything can refuse it, and hands the lane on in
/// the request's extensions as `Arc<Lane>`.
pub async fn count_requests(
    State(serving): State<Serving>,
    mut request: Request,
    next: Next,
) -> Response {
    #[derive(Deserialize)]
    struct Named {
        lane: Option<String>,
    }
    let named = axum::extract::Query::<Named>::try_from_uri(request.uri());
    let name = match named.map(|query| query.0.lane) {
        Ok(Some(name)) => name,
        Err(_) if request.uri().path().starts_with("/api/") => {
            return ApiError::Query.into_response();
        }
        Ok(None) | Err(_) => return next.run(request).await,
    };
    let name = match name.parse() {
        Ok(name) => name,
        Err(error) => return ApiError::Word(error).into_response(),
    };
    let lane = serving.lanes.enter(&name);
    let refused = lane.is_none();
    if let Some(lane) = lane {
        request.extensions_mut().insert(lane);
    }
    let mut response = next.run(request).await;
    if refused {
        let refused = HeaderValue::from_static("refused");
        response
            .headers_mut()
            .insert(HeaderName::from_static("lane"), refused);
    }
    response
}
