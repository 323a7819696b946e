//! What every request passes on its way in, and every answer on its way out, whatever its address.
//!
//! Plain functions in their order instead of a tower of layers: a layer costs each request two
//! allocations and a clone of all that is beneath it, and polls are many.

use std::sync::Arc;

use axum::{
    Router,
    body::HttpBody,
    extract::Request,
    http::{Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use tower::{Layer, ServiceExt};
use tower_http::cors::{Cors, CorsLayer};

use super::{
    guard::{self, Guard},
    head::Lengths,
    headers::{self, Asked},
    polls,
};
use crate::transport::{error::ApiError, lane, serving::Serving};

/// The way in; a clone is a reference.
#[derive(Debug, Clone)]
pub struct Door(Arc<Ways>);

#[derive(Debug)]
struct Ways {
    guard: Guard,
    serving: Serving,
    router: Router,
    /// The same for pages of other origins.
    across: Cors<Router>,
}

impl Door {
    /// The way to `router`, for whom `guard` lets in; `cors` says what pages of other origins may do on
    /// the data plane.
    pub fn new(guard: Guard, serving: Serving, router: Router, cors: &CorsLayer) -> Self {
        let across = cors.layer(router.clone());
        Self(Arc::new(Ways {
            guard,
            serving,
            router,
            across,
        }))
    }

    /// Answers a request, whose head told its body's length so.
    pub async fn answer(&self, mut request: Request, lengths: Lengths) -> Response {
        let its = &*self.0;
        let asked = Asked::by(&request, &its.guard);
        let logged = Logged::begin(&request);
        let mut response = match its.admit(&mut request, lengths) {
            Err(refusal) => *refusal,
            Ok(admitted) => {
                let mut response = its.lead(request).await;
                if admitted.without_lane {
                    lane::tell_refused(&mut response);
                }
                if admitted.last {
                    guard::close_after(&mut response);
                }
                response
            }
        };
        headers::set(&its.guard, asked, &mut response);
        logged.end(&response);
        response
    }
}

impl Ways {
    /// Most requests name no origin, and most of these are polls: what they need not pass they do
    /// not pay for.
    async fn lead(&self, request: Request) -> Response {
        let routed = if crosses_origins(&request) {
            self.across.clone().oneshot(request).await
        } else {
            if let Some(answer) = polls::answer(&self.serving, &request) {
                return answer.await;
            }
            self.router.clone().oneshot(request).await
        };
        match routed {
            Ok(response) => say_method(response),
            Err(never) => match never {},
        }
    }

    fn admit(&self, request: &mut Request, lengths: Lengths) -> Result<Admitted, Box<Response>> {
        let last = guard::check_host(&self.guard, request, lengths)?;
        let without_lane = lane::count_request(&self.serving, request);
        let without_lane = without_lane.map_err(|refusal| finish(last, refusal))?;
        guard::check_origin(&self.guard, request).map_err(|refusal| {
            let mut response = finish(last, refusal);
            if without_lane {
                lane::tell_refused(&mut response);
            }
            response
        })?;
        Ok(Admitted { last, without_lane })
    }
}

/// Whether it may be a page from elsewhere that asks, or asks what it would be allowed, on the data
/// plane: the server's functions and what load generators report are none of theirs.
fn crosses_origins(request: &Request) -> bool {
    let path = request.uri().path();
    let asks =
        request.method() == Method::OPTIONS || request.headers().contains_key(header::ORIGIN);
    let own = ["/api/fn/", "/api/swarm"];
    asks && path.starts_with("/api/") && !own.iter().any(|own| path.starts_with(own))
}

/// A request that is answered by its address.
struct Admitted {
    /// Nothing may follow its body.
    last: bool,
    /// There were too many lanes to count it.
    without_lane: bool,
}

fn finish(last: bool, refusal: impl IntoResponse) -> Box<Response> {
    let mut response = refusal.into_response();
    if last {
        guard::close_after(&mut response);
    }
    Box::new(response)
}

/// A line for each request at level debug, for each refusal of the server's own at level warn.
struct Logged(Method, Uri);

impl Logged {
    fn begin(request: &Request) -> Self {
        Self(request.method().clone(), request.uri().clone())
    }

    fn end(self, response: &Response) {
        let (method, path) = (self.0, self.1.path());
        let status = response.status().as_u16();
        if response.status().is_server_error() {
            tracing::warn!(%method, path, status);
        } else {
            tracing::debug!(%method, path, status);
        }
    }
}

/// Says in the contract's words that an address does not answer to a method, where nobody has said
/// it yet. What it answers to is in `Allow`.
fn say_method(response: Response) -> Response {
    let silent = response.body().size_hint().exact() == Some(0);
    if response.status() != StatusCode::METHOD_NOT_ALLOWED || !silent {
        return response;
    }
    let mut said = ApiError::Method.into_response();
    if let Some(allowed) = response.headers().get(header::ALLOW) {
        said.headers_mut().insert(header::ALLOW, allowed.clone());
    }
    said
}
