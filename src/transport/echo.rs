//! `GET /api/echo`: a WebSocket that says back what it hears, for round trips and conformance.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use tokio::sync::Semaphore;

use super::{
    error::ApiError,
    serving::Serving,
    socket::{Handshake, converse},
};

/// The longest message that is echoed, in bytes: what conformance suites send.
const MAX_MESSAGE: usize = 16 * 1024 * 1024;
/// Echo sockets at a time; each may hold a message of the longest kind in memory.
const MOST: usize = 16;

/// The places that echo sockets take.
#[derive(Debug, Clone)]
pub struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MOST)))
    }
}

/// Echoes text and binary messages unchanged.
pub async fn serve(
    State(serving): State<Serving>,
    axum::Extension(places): axum::Extension<Places>,
    handshake: Handshake,
) -> Result<Response, ApiError> {
    let place = places.0.try_acquire_owned();
    let place = place.map_err(|_| ApiError::TooManySockets)?;
    let its = serving.clone();
    Ok(
        handshake.accept(&serving, MAX_MESSAGE, async move |socket| {
            let _ = converse(socket, its, Some).await;
            drop(place);
        }),
    )
}
