//! The way in: `POST /api/topics/{topic}/events`.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::StatusCode,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Value, json};

use super::{error::ApiError, serving::Serving};
use crate::{
    event::{MAX_DATA, TopicName, WordError},
    meter::lane::Lane,
};

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Publishes the request's body as one event; its time is the time of arrival.
pub async fn publish(
    State(serving): State<Serving>,
    lane: Option<Extension<Arc<Lane>>>,
    topic: Result<Path<String>, PathRejection>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let Path(topic) = topic.map_err(|_| WordError::Topic)?;
    let topic: TopicName = topic.parse()?;
    let collected = tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, MAX_DATA).collect());
    let body = match collected.await {
        Err(_) => return Err(ApiError::SlowBody),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(ApiError::TooLarge),
        Ok(Err(_)) => return Err(ApiError::BrokenBody),
        Ok(Ok(collected)) => collected.to_bytes(),
    };
    let data = std::str::from_utf8(&body).map_err(|_| ApiError::NotUtf8)?;
    let cursor = serving.hub.publish(&topic, data)?;
    if let Some(Extension(lane)) = lane {
        lane.payload.add(data.len() as u64);
    }
    Ok((
        StatusCode::CREATED,
        Json(json!({"epoch": cursor.epoch, "seq": cursor.seq})),
    ))
}
