//! HTTP/2: many streams on one connection. What bounds a connection in HTTP/1.1 has to bound a
//! stream here, since a client can stop taking one stream while it takes the others.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    response::Response,
};
use http_body::{Frame, SizeHint};
use hyper::{rt::Executor, server::conn::http2::Builder};
use hyper_util::rt::TokioTimer;
use tokio::{sync::watch, time::sleep};
use tokio_util::task::TaskTracker;

use crate::transport::socket::SocketPatience;

/// Streams of one connection at a time; one more waits in the browser.
const STREAMS: u32 = 128;
/// What the heads of one request may take, unpacked, in bytes.
const HEADS: u32 = 16 * 1024;
/// What a client may send of one stream, and of a connection, before it is read, in bytes.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// What may wait in a stream until the client takes it, in bytes.
const SEND_BUFFER: usize = 64 * 1024;
/// Requests that a client takes back before they are looked at; more, and it is an attack
/// (CVE-2023-44487).
const TAKEN_BACK: usize = 20;
/// Requests that are refused for breaking the rules until the connection is ended.
const BROKEN: usize = 128;
/// A connection that has been silent this long is asked whether it is still there, and has as long
/// to answer.
const ALIVE: Duration = Duration::from_secs(20);
/// Bodies are handed over in pieces of this many bytes, the longest frame that every client takes:
/// what is handed over waits where nobody watches it.
const PIECE: usize = 16 * 1024;
/// A stream is looked at so many times in the time that its output may wait.
const LOOKS: u32 = 4;

tokio::task_local! {
    /// The output of the stream whose task is running.
    static OUTPUT: Arc<Output>;
}

/// How a connection is served.
pub(super) fn builder(streams: Streams) -> Builder<Streams> {
    let mut builder = Builder::new(streams);
    builder
        .timer(TokioTimer::new())
        .enable_connect_protocol()
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .max_pending_accept_reset_streams(TAKEN_BACK)
        .max_local_error_reset_streams(BROKEN)
        .keep_alive_interval(ALIVE)
        .keep_alive_timeout(ALIVE);
    builder
}

/// Runs the streams of one connection, and ends those whose output waits too long.
#[derive(Debug, Clone)]
pub(super) struct Streams {
    open: watch::Sender<usize>,
    patience: Duration,
    tracker: TaskTracker,
}

impl Streams {
    /// Streams whose output may wait that long; the tracker waits for them.
    pub(super) fn new(patience: Duration, tracker: TaskTracker) -> Self {
        Self {
            open: watch::Sender::new(0),
            patience,
            tracker,
        }
    }

    /// Waits until there has been no stream for that long.
    pub(super) async fn idle_for(&self, long: Duration) {
        let mut open = self.open.subscribe();
        loop {
            let none = open.wait_for(|open| *open == 0).await.is_ok();
            if none && tokio::time::timeout(long, open.changed()).await.is_err() {
                return;
            }
        }
    }
}

/// A stream that is open.
struct Open(watch::Sender<usize>);

impl Open {
    fn new(open: &watch::Sender<usize>) -> Self {
        open.send_modify(|open| *open += 1);
        Self(open.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

impl<F> Executor<F> for Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, task: F) {
        let open = Open::new(&self.open);
        // Out of a stream's task comes the one that writes what its WebSocket says.
        let Ok(upgraded) = OUTPUT.try_with(Arc::clone) else {
            let output = Arc::new(Output::new(self.patience));
            self.tracker.spawn(async move {
                let watched = Arc::clone(&output);
                tokio::select! {
                    () = OUTPUT.scope(output, task) => {}
                    // With its task the stream is reset; the connection's others go on.
                    () = watched.waits() => tracing::debug!("a stream's output waited too long"),
                }
                drop(open);
            });
            return;
        };
        self.tracker.spawn(async move {
            tokio::select! {
                () = task => {}
                () = upgraded.patience.is_over() => tracing::debug!("a WebSocket's output waited too long"),
            }
            drop(open);
        });
    }
}

/// What is known of a stream's output: hyper asks its body for more only when the client has
/// taken the last piece.
#[derive(Debug)]
struct Output {
    pieces: AtomicU64,
    waits: AtomicBool,
    /// After an upgrade nobody asks the body: the socket itself is watched.
    patience: SocketPatience,
}

impl Output {
    fn new(patience: Duration) -> Self {
        Self {
            pieces: AtomicU64::new(0),
            waits: AtomicBool::new(false),
            patience: SocketPatience::new(patience),
        }
    }

    /// Waits until the output has waited too long.
    async fn waits(&self) {
        let mut looks = 0;
        let mut before = 0;
        while looks < LOOKS {
            sleep(self.patience.each() / LOOKS).await;
            let pieces = self.pieces.load(Ordering::Relaxed);
            if self.waits.load(Ordering::Relaxed) && pieces == before {
                looks += 1;
            } else {
                looks = 0;
            }
            before = pieces;
        }
    }
}

/// Tells a request that belongs to a stream of HTTP/2 how long its WebSocket's output may wait.
pub(super) fn announce(request: &mut Request) {
    if let Ok(output) = OUTPUT.try_with(Arc::clone) {
        request.extensions_mut().insert(output.patience.clone());
    }
}

/// Lets an answer's body be watched where it belongs to a stream of HTTP/2.
pub(super) fn watched(response: Response) -> Response {
    match OUTPUT.try_with(Arc::clone) {
        Ok(output) => response.map(|body| {
            Body::new(Watched {
                body,
                rest: Bytes::new(),
                output,
            })
        }),
        Err(_) => response,
    }
}

/// A body in pieces, which tells when the last one has been taken.
struct Watched {
    body: Body,
    rest: Bytes,
    output: Arc<Output>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.output.waits.store(false, Ordering::Relaxed);
        if self.rest.is_empty() {
            match std::task::ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(frame) => return Poll::Ready(Some(Ok(frame))),
                },
                over => return Poll::Ready(over),
            }
        }
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        self.output.pieces.fetch_add(1, Ordering::Relaxed);
        self.output.waits.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        let of_body = self.body.size_hint();
        let mut hint = SizeHint::new();
        if let Some(upper) = of_body.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(of_body.lower() + rest);
        hint
    }
}
