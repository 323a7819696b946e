//! Polling on the server: read once, answer.

use axum::{extract::State, response::Response};

use crate::{
    hub::ReadLimit,
    transport::{Transport, batch, error::ApiError, serving::Serving, subscription::Subscription},
};

/// `GET /api/topics/{topic}/poll`: what follows the cursor, at once, be it nothing.
pub async fn serve(
    State(serving): State<Serving>,
    subscription: Subscription,
) -> Result<Response, ApiError> {
    let (reader, read) = subscription.open(&serving, Transport::Polling, ReadLimit::ANSWER)?;
    if read.is_empty() {
        reader.count_wasted();
    }
    Ok(batch::answer(reader.epoch(), &read))
}
