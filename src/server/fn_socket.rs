//! The server function that speaks WebSocket, over HTTP/2: there it is asked for by CONNECT
//! (RFC 8441), and the framework knows it by GET only.

use axum::{
    body::Body,
    extract::Request,
    http::Method,
    response::{IntoResponse, Response},
};
use leptos::{
    context::provide_context, prelude::Owner, reactive::computed::ScopedFuture,
    server_fn::axum::get_server_fn_service,
};

use crate::transport::error::ApiError;

/// Its address.
pub const ADDRESS: &str = "/api/fn/socket";

/// Runs it, within what `context` provides.
pub async fn connect(context: impl Fn() + Send + 'static, request: Request) -> Response {
    let Some(mut service) = get_server_fn_service(ADDRESS, Method::GET) else {
        return ApiError::NotFound.into_response();
    };
    let (parts, body) = request.into_parts();
    let its = parts.clone();
    let run = move || {
        ScopedFuture::new(async move {
            provide_context(its);
            context();
            service
                .run(Request::from_parts(parts, Body::new(body)))
                .await
        })
    };
    Owner::new().with(run).await
}
