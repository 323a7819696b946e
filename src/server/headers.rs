//! What every answer says to browsers and to caches on its way.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
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
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    // Not `no-referrer`: with that, browsers post our own forms with `Origin: null`.
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
];

/// What of a request its answer's headers depend on.
#[derive(Debug)]
pub struct Asked {
    /// It asked for data, not for a page.
    data: bool,
    /// It came from a page of this origin, which was allowed by name.
    allowed: Option<HeaderValue>,
}

impl Asked {
    /// Of a request.
    pub fn by(request: &Request, guard: &Guard) -> Self {
        let origin = request.headers().get(header::ORIGIN);
        Self {
            data: request.uri().path().starts_with("/api/"),
            allowed: origin.filter(|origin| guard.allows(origin)).cloned(),
        }
    }
}

/// Sets them.
pub fn set(guard: &Guard, asked: Asked, response: &mut Response) {
    let Asked { data, allowed } = asked;
    let headers = response.headers_mut();
    // Room for all that follows is made once.
    headers.reserve(ALWAYS.len() + 4);
    for (name, value) in ALWAYS {
        headers.insert(name, value);
    }
    if guard.speaks_https() {
        secure_cookies(headers);
    }
    let policy = if data && allowed.is_some() {
        "cross-origin"
    } else {
        "same-origin"
    };
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static(policy),
    );
    if data {
        if let Some(origin) = allowed {
            // Also on refusals that come before the CORS layer: to its page they would be a network
            // error otherwise.
            headers
                .entry(header::ACCESS_CONTROL_ALLOW_ORIGIN)
                .or_insert(origin);
            headers.append(header::VARY, HeaderValue::from_static("origin"));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(
            HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        );
    }
}

/// Keeps every cookie of ours from ever travelling in clear.
fn secure_cookies(headers: &mut HeaderMap) {
    let cookies: Vec<_> = headers
        .get_all(header::SET_COOKIE)
        .into_iter()
        .filter_map(|cookie| {
            let secure = [cookie.as_bytes(), b"; Secure"].concat();
            HeaderValue::from_bytes(&secure).ok()
        })
        .collect();
    headers.remove(header::SET_COOKIE);
    for cookie in cookies {
        headers.append(header::SET_COOKIE, cookie);
    }
}
