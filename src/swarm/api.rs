//! How a generator reports:
//!
//! | request | answer |
//! |---|---|
//! | `POST /api/swarm`, an [`Announcement`] | 201 and a `Welcome`: name and key |
//! | `PUT /api/swarm/{swarm}/progress`, a [`Progress`] | 204 |
//! | `PUT /api/swarm/{swarm}/lanes/{n}`, a lane of `schema/run-v1.json` without receipts | 204 |
//! | `PUT /api/swarm/{swarm}/run`, a run of `schema/run-v1.json` | 201, or 200 for one that is kept already: `{"id":"…"}` |
//! | `PUT /api/swarm/{swarm}/failure`, a [`Failure`] | 204 |
//! | `PUT /api/swarm/{swarm}/interruption`, whatever the body says | 204 |
//!
//! All but the first carry the key. How long a body may be, `server::large` says.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{post, put},
};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{
    SwarmError,
    point::Point,
    registry::{Swarm, SwarmId, Swarms},
    report::{Announcement, Failure, KEY_HEADER, Progress},
};
use crate::{
    runs::{
        record::{LaneRecord, Record},
        saved::{RunId, StoreError},
        store::Store,
    },
    transport::serving::Serving,
};

/// Where swarms report.
const ADDRESS: &str = "/api/swarm";

/// What taking in reports needs; a clone is a handful of references.
#[derive(Debug, Clone)]
pub struct Reports {
    /// The swarms.
    pub swarms: Swarms,
    /// The saved runs, where theirs are kept.
    pub store: Store,
    /// The server's clock.
    pub serving: Serving,
}

impl Reports {
    fn now_us(&self) -> u64 {
        self.serving.hub.clock().now_us()
    }
}

/// The addresses.
pub fn routes(reports: Reports) -> Router {
    Router::new()
        .route(ADDRESS, post(announce))
        .route("/api/swarm/{swarm}/progress", put(progress))
        .route("/api/swarm/{swarm}/lanes/{lane}", put(lane))
        .route("/api/swarm/{swarm}/run", put(run))
        .route("/api/swarm/{swarm}/failure", put(failure))
        .route("/api/swarm/{swarm}/interruption", put(interruption))
        .with_state(reports)
}

/// Whether what is sent there may be as long as a run.
pub fn takes_runs(path: &str) -> bool {
    let Some(rest) = path.strip_prefix("/api/swarm/") else {
        return false;
    };
    let part = rest.split('/').nth(1);
    matches!(part, Some("lanes" | "run"))
}

async fn announce(State(reports): State<Reports>, body: Bytes) -> Result<Response, SwarmError> {
    let announced: Announcement = read(&body)?;
    announced.check()?;
    let welcome = reports.swarms.announce(announced, reports.now_us())?;
    Ok((StatusCode::CREATED, Json(welcome)).into_response())
}

async fn progress(
    State(reports): State<Reports>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, SwarmError> {
    let swarm = find(&reports, &name(path)?, &headers)?;
    let told: Progress = read(&body)?;
    told.check(&swarm.announced)?;
    reports.swarms.progress(swarm.id, told, reports.now_us())?;
    Ok(StatusCode::NO_CONTENT)
}

async fn lane(
    State(reports): State<Reports>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, SwarmError> {
    let (id, number) = name(path)?;
    let swarm = find(&reports, &id, &headers)?;
    let wanted = number
        .parse()
        .ok()
        .and_then(|number: u32| Some((number, *swarm.announced.lanes.get(number as usize)?)));
    let (number, wanted) = wanted.ok_or(SwarmError::Value {
        what: "lane",
        rule: "the number of an announced lane, from 0",
    })?;
    let point = elsewhere(move || {
        let lane: LaneRecord = read(&body)?;
        lane.check_alone()?;
        Point::of(&lane).ok_or(SwarmError::Value {
            what: "lane",
            rule: "one with `load`",
        })
    })
    .await?;
    if (point.transport, point.load.subscribers) != (wanted.transport, wanted.subscribers) {
        return Err(SwarmError::Value {
            what: "lane",
            rule: "the transport and the number of subscribers that were announced",
        });
    }
    reports
        .swarms
        .lane(swarm.id, number, point, reports.now_us())?;
    Ok(StatusCode::NO_CONTENT)
}

async fn run(
    State(reports): State<Reports>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, SwarmError> {
    let swarm = find(&reports, &name(path)?, &headers)?;
    let (record, points) = elsewhere(move || {
        let record = Record::from_json(&body)?;
        let points: Vec<Point> = record.lanes.iter().filter_map(Point::of).collect();
        Ok((record, points))
    })
    .await?;
    if points.is_empty() {
        return Err(SwarmError::Value {
            what: "run",
            rule: "one of the load generator: its lanes have `load`",
        });
    }
    if let Some(run) = reports.swarms.begin_keeping(swarm.id, reports.now_us())? {
        return Ok(placed(StatusCode::OK, run));
    }
    let (swarms, now) = (reports.swarms.clone(), reports.now_us());
    // Whoever asks may go away meanwhile, and it must not stay half kept.
    let keeping = tokio::spawn(async move {
        let kept = reports.store.import(record, now).await;
        let run = kept.as_ref().ok().map(|run| (*run, points));
        reports.swarms.end_keeping(swarm.id, run, now);
        kept
    });
    let kept = keeping.await.map_err(|_| {
        swarms.end_keeping(swarm.id, None, now);
        StoreError::Database(sqlx::Error::WorkerCrashed)
    })?;
    Ok(placed(StatusCode::CREATED, kept?))
}

async fn failure(
    State(reports): State<Reports>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, SwarmError> {
    let swarm = find(&reports, &name(path)?, &headers)?;
    let why: Failure = read(&body)?;
    why.check()?;
    reports.swarms.fail(swarm.id, why, reports.now_us())?;
    Ok(StatusCode::NO_CONTENT)
}

async fn interruption(
    State(reports): State<Reports>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<StatusCode, SwarmError> {
    let swarm = find(&reports, &name(path)?, &headers)?;
    reports.swarms.interrupt(swarm.id, reports.now_us())?;
    Ok(StatusCode::NO_CONTENT)
}

/// A run's place.
fn placed(status: StatusCode, run: RunId) -> Response {
    let place = [(header::LOCATION, format!("/runs/{run}"))];
    let body = Json(json!({ "id": run.to_string() }));
    (status, place, body).into_response()
}

/// What the address names; what is no text names nothing.
fn name<T>(path: Result<Path<T>, PathRejection>) -> Result<T, SwarmError> {
    path.map(|Path(name)| name).map_err(|_| SwarmError::Unknown)
}

/// The swarm of that name, if the request shows its key.
fn find(reports: &Reports, name: &str, headers: &HeaderMap) -> Result<Swarm, SwarmError> {
    let id: SwarmId = name.parse()?;
    let key = headers.get(KEY_HEADER);
    let key = key.and_then(|key| key.to_str().ok()).unwrap_or_default();
    reports.swarms.find(id, key)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, SwarmError> {
    serde_json::from_slice(body).map_err(|error| SwarmError::json(&error))
}

/// Does what takes a while away from the threads that answer others.
async fn elsewhere<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SwarmError> + Send + 'static,
) -> Result<T, SwarmError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| StoreError::Database(sqlx::Error::WorkerCrashed))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lanes_and_runs_may_be_long() {
        for long in ["/api/swarm/x/lanes/0", "/api/swarm/x/run"] {
            assert!(takes_runs(long), "{long}");
        }
        for short in [
            "/api/swarm",
            "/api/swarm/run",
            "/api/swarm/x/progress",
            "/run/lanes",
        ] {
            assert!(!takes_runs(short), "{short}");
        }
    }
}
