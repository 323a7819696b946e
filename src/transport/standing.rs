//! An answer that stands: it opens now and goes on for as long as there is something to wait for.
//!
//! A handler returns it *marked*, so that every layer around the handler has run before anybody
//! decides who carries it. Over HTTP/1.1 that is we ourselves: the connection is taken over from
//! hyper, and with it go the 16 KiB that hyper keeps ready for a connection. Else it is hyper.

mod carrier;
mod head;
mod rest;
mod signal;

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::Method,
    response::Response,
};
use http_body::Frame;

pub use self::{
    carrier::{Carrier, Ear, poll_write, write_all},
    head::{Framing, Head},
    rest::{Rest, Writer},
    signal::{Signal, Silence},
};
use super::{long_polling, socket, sse};

/// What stands. It is moved through many hands, so each is a pointer.
pub enum Standing {
    /// An event stream.
    EventStream(Box<sse::server::EventStream>),
    /// A request that is held until there is something to answer.
    Held(Box<long_polling::server::Held>),
    /// A WebSocket after its handshake.
    Socket(Box<socket::Talk>),
}

/// A response's extensions hold nothing that cannot be cloned.
#[derive(Clone)]
struct Mark(Arc<Mutex<Option<Standing>>>);

/// A body that somebody else will make.
struct Unsaid;

impl HttpBody for Unsaid {
    type Data = Bytes;
    type Error = axum::Error;

    // Its length is not known: nobody must announce one meanwhile.
    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Poll::Ready(None)
    }
}

impl Standing {
    /// The answer that leaves the handler.
    pub fn mark(self, response: Response) -> Response {
        let mut response = response.map(|_| Body::new(Unsaid));
        let mark = Mark(Arc::new(Mutex::new(Some(self))));
        response.extensions_mut().insert(mark);
        response
    }

    /// What stands behind an answer, if it is marked.
    pub fn take(response: &mut Response) -> Option<Self> {
        let mark = response.extensions_mut().remove::<Mark>()?;
        mark.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether it can be carried without hyper. Where a test wants events held back one by one, a
    /// reader has to ask for them itself.
    pub fn may_be_taken_over(&self) -> bool {
        !match self {
            Self::EventStream(stream) => stream.reader().is_distorted(),
            Self::Held(held) => held.reader().is_distorted(),
            Self::Socket(talk) => talk.is_distorted(),
        }
    }

    /// Lets hyper carry it; takes as long as hyper has to wait for the body's beginning.
    pub async fn on_hyper(self, response: Response, method: &Method) -> Response {
        match self {
            Self::EventStream(_) if method == Method::HEAD => response.map(|_| Body::empty()),
            Self::EventStream(stream) => response.map(|_| stream.into_body()),
            Self::Held(held) => held.on_hyper(response, method).await,
            Self::Socket(talk) => talk.on_hyper(response),
        }
    }
}
