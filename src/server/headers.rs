//! What every answer says to browsers and to caches on its way.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use super::guard::Guard;

/// On every answer: isolated, so that the browser's clock has its fine step; no guessing of types;
/// no address told to others.
const ALWAYS: [(HeaderName, HeaderValue); 4] = [
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-embedder-policy"),
        HeaderValue::from_static("require-corp"),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Not `no-referrer`: with that, browsers post our own forms with `Origin: null`.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
];

/// Sets them.
pub async fn set(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let data = request.uri().path().starts_with("/api/");
    let allowed = request
        .headers()
        .get(header::ORIGIN)
        .is_some_and(|origin| guard.allows(origin));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, value);
    }
    let policy = if data && allowed { "cross-origin" } else { "same-origin" };
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static(policy),
    );
    if data {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(
            HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        );
    }
    response
}
