//! Server functions answer every refusal with 500; the code in the body tells what it really is.

use axum::{
    body::{Body, to_bytes},
    http::{StatusCode, header},
    response::Response,
};

use crate::transport::{error::RETRY_AFTER_S, server_fn::FnError};

/// The longest error that is looked into, in bytes.
const LONGEST: usize = 4096;

/// Gives a server function's refusal the status that its code has elsewhere.
pub async fn set_status(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LONGEST).await else {
        head.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(head, Body::empty());
    };
    if let Ok(FnError { error }) = serde_json::from_slice(&bytes) {
        head.status = status(&error.code);
        if head.status == StatusCode::SERVICE_UNAVAILABLE {
            head.headers
                .insert(header::RETRY_AFTER, RETRY_AFTER_S.into());
        }
    }
    Response::from_parts(head, Body::from(bytes))
}

fn status(code: &str) -> StatusCode {
    match code {
        "too_many_topics" | "too_many_runs" | "too_many_sockets" | "no_thread"
        | "no_randomness" => StatusCode::SERVICE_UNAVAILABLE,
        "unknown_run" | "unknown_saved_run" => StatusCode::NOT_FOUND,
        "store_full" => StatusCode::INSUFFICIENT_STORAGE,
        "no_hub" | "no_publisher" | "no_store" | "store_failed" | "server_fn" => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        _ => StatusCode::BAD_REQUEST,
    }
}
