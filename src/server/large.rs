//! How long a request's body may be: a form's and a server function's are short, a saved run's is
//! long, and of the long ones only a few are taken in at a time.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::Limited;
use tokio::sync::Semaphore;

use crate::transport::error::ApiError;

/// The longest body of a form or a server function, in bytes. Events have a bound of their own.
const MAX_FORM: usize = 64 * 1024;
/// The longest saved run, in bytes: an hour of the fastest workload in all lanes.
const MAX_RUN: usize = 32 * 1024 * 1024;
/// Where saved runs come in.
const RUNS: [&str; 2] = ["/api/fn/save-run", "/runs/import"];
/// How many of them at a time.
const AT_A_TIME: usize = 4;

/// Places for long bodies; a clone is a reference.
#[derive(Debug, Clone)]
pub struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_A_TIME)))
    }
}

/// Bounds the body by its address.
pub async fn bound(State(places): State<Places>, request: Request, next: Next) -> Response {
    let is_run = RUNS.contains(&request.uri().path());
    let (most, refusal) = if is_run {
        (MAX_RUN, ApiError::RunTooLarge)
    } else {
        (MAX_FORM, ApiError::FormTooLarge)
    };
    let told = request.headers().get(header::CONTENT_LENGTH);
    let length = told.and_then(|told| told.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > most as u64) {
        return refusal.into_response();
    }
    let place = if is_run {
        let Ok(place) = places.0.try_acquire() else {
            return ApiError::TooManyRunsAtOnce.into_response();
        };
        Some(place)
    } else {
        None
    };
    let response = next
        .run(request.map(|body| Body::new(Limited::new(body, most))))
        .await;
    drop(place);
    response
}
