//! Taking a connection of HTTP/1.1 over from hyper, for an answer that stands.
//!
//! hyper parses the request and what stands around the handlers makes the answer's head; then,
//! before hyper has written anything, the service says [`Slot::put`] and never ends, and who drives
//! hyper takes the connection out of it. From there on the connection's task writes the answer's
//! head and whatever is this client's alone; the log's shared bytes the topic's task writes, for as
//! long as there is nothing else to do (`transport::standing::Rest`). A long poll's connection goes
//! back to hyper behind its answer.
//!
//! What hyper has in hand is lost in this, so it must have nothing: no body to come, no answer
//! that has not left. What it has read too early is put back.

use std::{
    future::ready,
    io, iter,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use axum::{
    body::{Bytes, HttpBody},
    http::{HeaderMap, Method, Request, Version, header},
    response::Response,
};
use tokio::io::AsyncWriteExt;

use super::wire::{InProgress, Wire};
use crate::{
    hub::Encoded,
    meter::{
        account::{Content, Payer},
        cpu::Stopwatch,
    },
    transport::{
        long_polling::server::{Due, Held},
        socket::Talk,
        sse::server::EventStream,
        standing::{Framing, Head, Signal, Standing, poll_write, write_all},
    },
};

/// How chunks end.
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Where the service leaves what is to be carried on without hyper.
#[derive(Clone, Default)]
pub(super) struct Slot(Arc<Mutex<Option<TakenOver>>>);

impl Slot {
    /// Leaves it there.
    pub(super) fn put(&self, taken: TakenOver) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(taken);
    }

    /// Takes what has been left.
    pub(super) fn take(&self) -> Option<TakenOver> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Whether the connection that a request came on could be taken over.
pub(super) fn may_be<B: HttpBody>(request: &Request<B>) -> bool {
    request.version() == Version::HTTP_11
        && request.method() == Method::GET
        && request.body().is_end_stream()
        && !ends(request.headers())
}

/// Whether a connection ends with what these headers belong to.
pub(super) fn ends(headers: &HeaderMap) -> bool {
    let options = headers.get_all(header::CONNECTION).into_iter();
    options
        .flat_map(|options| options.as_bytes().split(|byte| *byte == b','))
        .any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
}

/// An answer that has begun without hyper.
pub(super) struct TakenOver {
    head: Head,
    standing: Standing,
    in_progress: InProgress,
}

impl TakenOver {
    /// What the service has of it.
    pub(super) fn new(response: Response, standing: Standing, in_progress: InProgress) -> Self {
        let opens = !matches!(standing, Standing::Held(_));
        in_progress.account().answered(opens);
        in_progress.account().taken_over();
        Self {
            head: Head::new(&response.into_parts().0),
            standing,
            in_progress,
        }
    }

    /// Carries it to its end. The connection comes back if it can take another request.
    pub(super) fn carry<'a>(self, wire: Box<Wire>, stop: &'a mut Signal<'_, '_>) -> Carried<'a> {
        let Self {
            head,
            standing,
            in_progress,
        } = self;
        // Each in as much memory as it needs itself.
        match standing {
            Standing::EventStream(events) => {
                Box::pin(stream(events, head, in_progress, wire, stop))
            }
            Standing::Held(held) => Box::pin(hold(held, head, in_progress, wire, stop)),
            Standing::Socket(it) => talk(it, head, in_progress, wire),
        }
    }
}

/// The connection, if it can take another request.
pub(super) type Outcome = io::Result<Option<Box<Wire>>>;
/// An answer while it is carried.
pub(super) type Carried<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

async fn stream(
    events: Box<EventStream>,
    head: Head,
    in_progress: InProgress,
    mut wire: Box<Wire>,
    stop: &mut Signal<'_, '_>,
) -> Outcome {
    let written = {
        let head = head.into_encoded(&Framing::Chunked);
        wire.stands();
        events.on_wire(head, wire, in_progress.account(), stop)
    };
    if let Some(mut wire) = written.await? {
        drop(in_progress);
        write_all(&mut wire, iter::once(LAST_CHUNK)).await?;
        wire.shutdown().await?;
    }
    Ok(None)
}

async fn hold(
    held: Box<Held>,
    head: Head,
    in_progress: InProgress,
    wire: Box<Wire>,
    stop: &mut Signal<'_, '_>,
) -> Outcome {
    let answered = {
        let watch = Stopwatch::standing(Arc::clone(in_progress.account()));
        let due = DueOnWire {
            wire,
            head,
            in_progress: Some(in_progress),
            answer: Bytes::new(),
            gone: 0,
            last: false,
        };
        held.on_wire(due, watch, stop)
    };
    let Some(mut answered) = answered.await? else {
        return Ok(None);
    };
    if answered.last {
        answered.wire.shutdown().await?;
        return Ok(None);
    }
    Ok(Some(answered.wire))
}

/// An answer that is due, and the connection that it leaves on.
struct DueOnWire {
    wire: Box<Wire>,
    head: Head,
    /// Until there is an answer.
    in_progress: Option<InProgress>,
    answer: Bytes,
    /// So many bytes of it have been written.
    gone: usize,
    last: bool,
}

impl Due for DueOnWire {
    type Carrier = Box<Wire>;

    fn carrier(&mut self) -> &mut Box<Wire> {
        &mut self.wire
    }

    fn answer(&mut self, encoded: &Encoded, last: bool) {
        self.answer = self.head.answer(encoded, last);
        self.last = last;
        if let Some(in_progress) = self.in_progress.take() {
            let content = Content::Out(encoded.body().len() as u64);
            let account = in_progress.account();
            account.carried(&mut Payer::default(), content);
        }
    }

    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let answer = iter::once(&self.answer[..]);
        let written = poll_write(&mut self.wire, context, answer, &mut self.gone);
        if matches!(written, Poll::Ready(Ok(()))) {
            // The client may take its time for the next request.
            self.answer = Bytes::new();
            self.gone = 0;
        }
        written
    }

    fn poll_stirs(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wire.poll_stirs(context)
    }
}

fn talk(
    talk: Box<Talk>,
    head: Head,
    in_progress: InProgress,
    mut wire: Box<Wire>,
) -> Carried<'static> {
    let Some(accept) = talk.accept() else {
        return Box::pin(ready(Ok(None)));
    };
    let head = head.into_encoded(&Framing::Upgraded(accept));
    let account = Arc::clone(in_progress.account());
    in_progress.for_ever();
    wire.stands();
    Box::pin(async move {
        let wire = Box::pin(begin(head, wire)).await?;
        talk.on_wire(wire, account).await;
        Ok(None)
    })
}

/// Writes a head; apart from what follows, which takes its time.
async fn begin(head: Vec<u8>, mut wire: Box<Wire>) -> io::Result<Box<Wire>> {
    write_all(&mut wire, iter::once(&head[..])).await?;
    Ok(wire)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn asked(
        change: impl FnOnce(axum::http::request::Builder) -> axum::http::request::Builder,
    ) -> bool {
        may_be(&change(Request::get("/")).body(Body::empty()).unwrap())
    }

    #[test]
    fn only_a_plain_get_whose_connection_stays_is_taken_over() {
        assert!(asked(|request| request));
        assert!(asked(
            |request| request.header("connection", "keep-alive, Upgrade")
        ));
        assert!(!asked(|request| request.method("HEAD")));
        assert!(!asked(|request| request.version(Version::HTTP_10)));
        assert!(!asked(|request| request.version(Version::HTTP_2)));
        assert!(!asked(|request| request.header("connection", "close")));
        assert!(!asked(
            |request| request.header("connection", "upgrade , Close")
        ));
        let body = Request::get("/").body(Body::from("x")).unwrap();
        assert!(!may_be(&body));
    }
}
