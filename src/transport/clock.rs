//! `GET /api/clock`: the server's time, so that a browser can place its own clock against it.

use axum::{
    Json,
    extract::{State, ws::Message},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    error::ApiError,
    serving::Serving,
    socket::{Handshake, converse},
};

/// The longest frame that is answered, in bytes.
const MAX_FRAME: usize = 256;

/// Once by HTTP, or for each text frame of a WebSocket: when the question came and when the answer
/// left, in µs on the server's clock.
pub async fn serve(
    State(serving): State<Serving>,
    handshake: Result<Handshake, ApiError>,
) -> Response {
    let clock = serving.hub.clock();
    let received = clock.now_us();
    let Ok(handshake) = handshake else {
        return Json(json!({"received": received, "sent": clock.now_us()})).into_response();
    };
    let its = serving.clone();
    handshake.accept(&serving, MAX_FRAME, async move |socket| {
        let answer = |message| {
            let received = clock.now_us();
            let Message::Text(echo) = message else {
                return None;
            };
            let told = json!({"received": received, "sent": clock.now_us(), "echo": echo.as_str()});
            Some(Message::Text(told.to_string().into()))
        };
        let _ = converse(socket, its, answer).await;
    })
}
