//! A request's body that must come to its end in time.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Error,
    body::{Body, Bytes, HttpBody},
};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::meter::account::{Account, Content, Payer};

/// How long a body may take from its request's head on. Whoever can tell the client a reason
/// gives up sooner.
const IN_TIME: Duration = Duration::from_secs(12);
/// How many bytes buy a second more: a saved run is long, and may come by a slow line.
const A_SECOND: u64 = 64 * 1024;

/// Breaks off when its time is over, so that nobody can hold a request open with a body that does
/// not come.
struct Punctual {
    body: Incoming,
    begun: Instant,
    received: u64,
    deadline: Pin<Box<Sleep>>,
    account: Arc<Account>,
    payer: Payer,
}

/// The body of a request that came just now; what it holds is counted.
pub fn punctual(body: Incoming, account: &Arc<Account>) -> Body {
    if body.is_end_stream() {
        return Body::empty();
    }
    let begun = Instant::now();
    Body::new(Punctual {
        body,
        begun,
        received: 0,
        deadline: Box::pin(sleep_until(begun + IN_TIME)),
        account: Arc::clone(account),
        payer: Payer::default(),
    })
}

impl HttpBody for Punctual {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let its = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut its.body).poll_frame(context) {
            if let Some(data) = frame.as_ref().and_then(|it| it.as_ref().ok()?.data_ref()) {
                let content = Content::In(data.len() as u64);
                its.account.carried(&mut its.payer, content);
                its.received += data.len() as u64;
                let earned = Duration::from_secs(its.received / A_SECOND);
                let deadline = its.begun + IN_TIME + earned;
                its.deadline.as_mut().reset(deadline);
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Error::new)));
        }
        its.deadline.as_mut().poll(context).map(|()| {
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
