//! Who may ask: `Host`, `Origin`, token, and requests that two servers would read differently.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, Version, header, uri::Authority},
    response::{IntoResponse, Redirect, Response},
};
use cookie::Cookie;
use subtle::ConstantTimeEq;

use super::{config::ServeOptions, head::Lengths};
use crate::{proxy::Distances, transport::error::ApiError};

/// Where clocks are exchanged.
const CLOCK: &str = "/api/clock";

/// The cookie that carries the token after signing in.
pub const TOKEN_COOKIE: &str = "token";

/// What the server knows of who may ask; a clone is a reference.
#[derive(Debug, Clone)]
pub struct Guard(Arc<Rules>);

#[derive(Debug)]
struct Rules {
    bound: IpAddr,
    public: Vec<String>,
    allowed: Vec<HeaderValue>,
    token: Option<String>,
    tls: bool,
    distances: Distances,
}

impl Guard {
    /// The rules that the options set.
    pub fn new(options: &ServeOptions, distances: Distances) -> Self {
        Self(Arc::new(Rules {
            bound: options.addr.ip(),
            public: options
                .public_host
                .iter()
                .map(|host| host.to_ascii_lowercase())
                .collect(),
            allowed: options.allow_origin.clone(),
            token: options.token.clone(),
            tls: options.certificate().is_some(),
            distances,
        }))
    }

    /// Whether the server answers to that `Host`, whatever the port.
    fn answers_to(&self, authority: &Authority) -> bool {
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']');
        match host.parse::<IpAddr>() {
            Ok(ip) if ip.is_loopback() || (ip == self.0.bound && !ip.is_unspecified()) => true,
            _ => {
                host.eq_ignore_ascii_case("localhost")
                    || self
                        .0
                        .public
                        .iter()
                        .any(|public| host.eq_ignore_ascii_case(public))
            }
        }
    }

    /// Whether the server itself speaks https; a proxy before it may as well, unknown to it.
    pub fn speaks_https(&self) -> bool {
        self.0.tls
    }

    /// Whether pages of that origin were allowed by name.
    pub fn allows(&self, origin: &HeaderValue) -> bool {
        self.0.allowed.contains(origin)
    }

    /// Whether the given text is the token; takes the same time for every wrong one.
    pub fn is_token(&self, given: &str) -> bool {
        match &self.0.token {
            Some(token) => given.as_bytes().ct_eq(token.as_bytes()).into(),
            None => true,
        }
    }

    /// Whether a page of ours that is seen from a distance exchanges clocks without it.
    fn is_siblings_clock(&self, request: &Request) -> bool {
        let asked = request.uri().authority().cloned().or_else(|| {
            let host = request.headers().get(header::HOST)?;
            Authority::try_from(host.as_bytes()).ok()
        });
        let mut origins = request.headers().get_all(header::ORIGIN).into_iter();
        match (origins.next(), origins.next(), asked) {
            (Some(origin), None, Some(asked)) => {
                request.uri().path() == CLOCK && self.0.distances.are_siblings(origin, &asked)
            }
            _ => false,
        }
    }

    /// Whether the `Origin` is the very host that is asked. Its scheme is looked at only where the
    /// server speaks https itself: behind a proxy that ends TLS it is https while the server speaks
    /// http. Where it does, a page that came in clear may have been written by anybody on its way.
    fn is_same_origin(&self, request: &Request) -> bool {
        let host = request
            .uri()
            .authority()
            .map(|authority| authority.as_str().as_bytes())
            .or_else(|| {
                request
                    .headers()
                    .get(header::HOST)
                    .map(HeaderValue::as_bytes)
            });
        let schemes: &[&[u8]] = if self.0.tls {
            &[b"https://"]
        } else {
            &[b"http://", b"https://"]
        };
        let mut origins = request.headers().get_all(header::ORIGIN).into_iter();
        match (origins.next(), origins.next(), host) {
            (Some(origin), None, Some(host)) => schemes
                .iter()
                .filter_map(|scheme| origin.as_bytes().strip_prefix(*scheme))
                .any(|authority| authority.eq_ignore_ascii_case(host)),
            _ => false,
        }
    }

    fn shows_token(&self, headers: &HeaderMap) -> bool {
        if self.0.token.is_none() {
            return true;
        }
        let text = |name| {
            headers
                .get_all(name)
                .into_iter()
                .filter_map(|value| value.to_str().ok())
        };
        let bearer = text(header::AUTHORIZATION)
            .filter_map(|value| value.split_once(' '))
            .any(|(scheme, token)| {
                scheme.eq_ignore_ascii_case("bearer") && self.is_token(token.trim())
            });
        bearer
            || text(header::COOKIE)
                .flat_map(Cookie::split_parse)
                .filter_map(Result::ok)
                .any(|cookie| cookie.name() == TOKEN_COOKIE && self.is_token(cookie.value()))
    }
}

/// Refuses what is not well-formed, not meant for this server, or does not show the token. Says
/// whether the connection has to end behind the answer.
pub fn check_host(
    guard: &Guard,
    request: &Request,
    lengths: Lengths,
) -> Result<bool, Box<Response>> {
    let headers = request.headers();
    let chunked = headers.contains_key(header::TRANSFER_ENCODING);
    if lengths == Lengths::Contradictory
        || (chunked && headers.contains_key(header::CONTENT_LENGTH))
    {
        let both = ApiError::Malformed("Content-Length beside Transfer-Encoding");
        return Err(closing(both));
    }
    let http2 = request.version() == Version::HTTP_2;
    let mut hosts = headers.get_all(header::HOST).into_iter();
    let host = match (request.uri().authority(), hosts.next(), hosts.next()) {
        (_, _, Some(_)) => return Err(closing(ApiError::Malformed("more than one Host"))),
        // Two names for one server: RFC 9113, 8.3.1.
        (Some(authority), Some(host), None)
            if http2
                && !host
                    .as_bytes()
                    .eq_ignore_ascii_case(authority.as_str().as_bytes()) =>
        {
            return Err(closing(ApiError::Malformed(
                "a Host beside another :authority",
            )));
        }
        (Some(authority), _, None) => Some(authority.clone()),
        (None, Some(host), None) => Authority::try_from(host.as_bytes()).ok(),
        (None, None, None) => return Err(closing(ApiError::Malformed("no Host"))),
    };
    if !host.is_some_and(|host| guard.answers_to(&host)) {
        return Err(Box::new(ApiError::UnknownHost.into_response()));
    }
    if !is_open_to_all(request) && !guard.shows_token(headers) {
        let path = request.uri().path();
        let is_file = |path: &str| path.split('/').count() > 3;
        let program = path.starts_with("/api/")
            || path == "/metrics"
            // A saved run's files are for programs, too, and a page would be kept for one.
            || path.starts_with("/runs/") && is_file(path);
        let page = request.method() == Method::GET && !program;
        return Err(Box::new(if page {
            Redirect::to("/sign-in").into_response()
        } else {
            ApiError::Token.into_response()
        }));
    }
    // Where nobody knows whether the head told two lengths, nothing may follow the body.
    Ok(chunked && lengths == Lengths::Unseen)
}

/// What must answer before one has signed in: the way in, and what that page is made of. A
/// preflight carries no credentials by design; it tells nothing.
fn is_open_to_all(request: &Request) -> bool {
    let path = request.uri().path();
    let preflight = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    preflight
        || matches!(
            path,
            "/healthz" | "/sign-in" | "/preferences" | "/favicon.svg" | "/robots.txt"
        )
        || path.starts_with("/pkg/")
}

/// Refuses pages of other origins what only our own may do. Without an `Origin` it is no page.
pub fn check_origin(guard: &Guard, request: &Request) -> Result<(), ApiError> {
    let headers = request.headers();
    let only_reads = matches!(*request.method(), Method::GET | Method::HEAD)
        && !headers.contains_key(header::UPGRADE)
        && !request.uri().path().starts_with("/api/fn/");
    if (only_reads && !is_embedded_elsewhere(request))
        || guard.is_same_origin(request)
        || guard.is_siblings_clock(request)
    {
        return Ok(());
    }
    let mut origins = headers.get_all(header::ORIGIN).into_iter().peekable();
    let named = !only_reads || origins.peek().is_some();
    if named && origins.all(|origin| guard.allows(origin)) {
        Ok(())
    } else {
        Err(ApiError::ForeignOrigin)
    }
}

/// Whether a page of another site has the data plane loaded as a picture, a script or by fetch. It
/// could not read the answer, but reading makes topics and lanes, and their number is bounded.
/// Browsers say so by themselves; following a link there is no harm.
fn is_embedded_elsewhere(request: &Request) -> bool {
    let says = |name: &str, value: &str| {
        let header = request.headers().get(name);
        header.is_some_and(|header| header.as_bytes() == value.as_bytes())
    };
    request.uri().path().starts_with("/api/")
        && says("sec-fetch-site", "cross-site")
        && !says("sec-fetch-mode", "navigate")
}

/// The refusal of a request after which nothing on the connection can be trusted.
fn closing(error: ApiError) -> Box<Response> {
    let mut response = error.into_response();
    close_after(&mut response);
    Box::new(response)
}

/// Lets the connection end behind an answer.
pub fn close_after(response: &mut Response) {
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
}
