//! A request's body that must come to its end in time.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Error,
    body::{Body, Bytes, HttpBody},
};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Sleep, sleep};

/// How long a body may take from its request's head on. Whoever can tell the client a reason
/// gives up sooner.
const IN_TIME: Duration = Duration::from_secs(12);

/// Breaks off when its time is over, so that nobody can hold a request open with a body that does
/// not come.
struct Punctual {
    body: Incoming,
    deadline: Pin<Box<Sleep>>,
}

/// The body of a request that came just now.
pub fn punctual(body: Incoming) -> Body {
    if body.is_end_stream() {
        return Body::empty();
    }
    let deadline = Box::pin(sleep(IN_TIME));
    Body::new(Punctual { body, deadline })
}

impl HttpBody for Punctual {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Error::new)));
        }
        self.deadline.as_mut().poll(context).map(|()| {
            let late = io::Error::new(io::ErrorKind::TimedOut, "the body did not arrive in time");
            Some(Err(Error::new(late)))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
