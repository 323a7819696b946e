//! Where a connection's requests are answered, between hyper and the door.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{Method, Request, Response, StatusCode, header, uri::Scheme},
    response::IntoResponse,
};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;

use super::{
    body::punctual,
    door::Door,
    http2,
    takeover::{self, Slot, TakenOver},
    wire::{InProgress, Requests},
};
use crate::{
    meter::account::{Account, Content, Payer},
    transport::{error::ApiError, standing::Standing},
};

/// Each connection has one.
pub(super) struct Desk {
    /// There is none for who speaks in clear where TLS is spoken.
    pub(super) door: Option<Door>,
    /// What the connection speaks; requests are told where it is not http.
    pub(super) scheme: Scheme,
    /// Who speaks.
    pub(super) peer: SocketAddr,
    /// What has come on the connection.
    pub(super) requests: Requests,
    /// Whether the connection may be taken over.
    pub(super) takeover: bool,
    /// Where what is taken over is left.
    pub(super) slot: Slot,
}

impl Desk {
    /// Answers a request; where its answer is carried on without hyper, never.
    pub(super) fn answer(
        self: &Arc<Self>,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Answer>, Infallible>> + use<> {
        let (in_progress, lengths) = self.requests.begin(&request);
        let may_be_taken = self.takeover && takeover::may_be(&request);
        let method = request.method().clone();
        let mut request = request.map(|body| punctual(body, in_progress.account()));
        let account = Arc::clone(in_progress.account());
        request.extensions_mut().insert(account);
        let preflight = is_preflight(&request);
        if self.scheme != Scheme::HTTP {
            request.extensions_mut().insert(self.scheme.clone());
        }
        let its = Arc::clone(self);
        async move {
            http2::announce(&mut request);
            let mut response = match &its.door {
                Some(door) => door.answer(request, lengths).await,
                None => ApiError::ClearText.into_response(),
            };
            if let Some(standing) = Standing::take(&mut response) {
                let ends = takeover::ends(response.headers());
                let may_be_taken = may_be_taken && standing.may_be_taken_over();
                if may_be_taken && !ends && its.requests.are_answered() {
                    its.slot
                        .put(TakenOver::new(response, standing, in_progress));
                    // The connection is taken from under this future.
                    return std::future::pending().await;
                }
                response = standing.on_hyper(response, &method).await;
            }
            let response = http2::watched(response);
            Ok(Answer::guard(response, in_progress, preflight))
        }
    }
}

/// An answer's body, with which the request it belongs to ends. What it holds is counted.
pub(super) struct Answer {
    body: Body,
    account: Arc<Account>,
    payer: Payer,
    _in_progress: Option<InProgress>,
}

impl Answer {
    fn guard(response: Response<Body>, in_progress: InProgress, preflight: bool) -> Response<Self> {
        let account = Arc::clone(in_progress.account());
        let upgraded = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        account.answered(upgraded || preflight || is_event_stream(&response));
        let in_progress = if upgraded {
            in_progress.for_ever();
            None
        } else {
            Some(in_progress)
        };
        response.map(|body| Self {
            body,
            account,
            payer: Payer::default(),
            _in_progress: in_progress,
        })
    }
}

/// Whether a browser asks beforehand whether a page may ask (CORS).
fn is_preflight<B>(request: &Request<B>) -> bool {
    request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn is_event_stream<B>(response: &Response<B>) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let its = &mut *self;
        let frame = ready!(Pin::new(&mut its.body).poll_frame(context));
        if let Some(data) = frame.as_ref().and_then(|f| f.as_ref().ok()?.data_ref()) {
            let content = Content::Out(data.len() as u64);
            its.account.carried(&mut its.payer, content);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
