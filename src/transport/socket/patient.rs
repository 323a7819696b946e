//! A WebSocket whose output may not wait for ever. In HTTP/1.1 the wire sees to that; a stream of
//! HTTP/2 can stand still while the wire beneath it moves.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::extract::ws::{Message, WebSocket};
use futures::{Sink, Stream};
use tokio::time::{Sleep, sleep};
use tokio_util::sync::CancellationToken;

/// How long a socket's output may wait; who carries the socket learns when it is over. It comes
/// with the request, where the wire cannot see to it.
#[derive(Debug, Clone)]
pub struct SocketPatience {
    each: Duration,
    over: CancellationToken,
}

impl SocketPatience {
    /// So long for each message.
    pub fn new(each: Duration) -> Self {
        Self {
            each,
            over: CancellationToken::new(),
        }
    }

    /// How long.
    pub fn each(&self) -> Duration {
        self.each
    }

    /// Waits until it is over.
    pub async fn is_over(&self) {
        self.over.cancelled().await;
    }
}

/// A WebSocket that fails when its output has waited too long.
#[derive(Debug)]
pub struct Patient {
    socket: WebSocket,
    patience: Option<SocketPatience>,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    /// Without a patience it waits for ever.
    pub(super) fn new(socket: WebSocket, patience: Option<SocketPatience>) -> Self {
        Self {
            socket,
            patience,
            deadline: None,
        }
    }

    fn wrote(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<Result<(), axum::Error>>,
    ) -> Poll<Result<(), axum::Error>> {
        let Some(patience) = &self.patience else {
            return written;
        };
        if written.is_ready() {
            self.deadline = None;
            return written;
        }
        let each = patience.each;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(each)));
        deadline.as_mut().poll(context).map(|()| {
            patience.over.cancel();
            let late = io::Error::new(io::ErrorKind::TimedOut, "the client takes no output");
            Err(axum::Error::new(late))
        })
    }
}

impl Stream for Patient {
    type Item = Result<Message, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.socket).poll_next(context)
    }
}

impl Sink<Message> for Patient {
    type Error = axum::Error;

    fn poll_ready(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), axum::Error>> {
        let ready = Pin::new(&mut self.socket).poll_ready(context);
        self.wrote(context, ready)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), axum::Error> {
        Pin::new(&mut self.socket).start_send(message)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), axum::Error>> {
        let flushed = Pin::new(&mut self.socket).poll_flush(context);
        self.wrote(context, flushed)
    }

    fn poll_close(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), axum::Error>> {
        let closed = Pin::new(&mut self.socket).poll_close(context);
        self.wrote(context, closed)
    }
}
