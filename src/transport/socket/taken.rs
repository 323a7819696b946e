//! A WebSocket on a connection of our own. The library reads what the client says and writes what
//! is said to it in particular: pings, pongs, refusals, the close. Events it never sees: their
//! frames have been made, and go from the log's memory to the system.

use std::{
    fmt,
    io::{self, Read, Write},
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::Bytes,
    extract::ws::{CloseFrame, Message, Utf8Bytes},
};
use futures::{Sink, SinkExt, Stream};
use tokio::io::ReadBuf;
use tungstenite::{
    Message as Spoken,
    error::Error as WsError,
    protocol::{CloseFrame as SpokenClose, Role, WebSocketConfig, WebSocketContext},
};

use crate::{
    hub::Entry,
    transport::standing::{Carrier, write_all},
};

/// A socket.
pub struct Taken {
    carrier: Box<dyn Carrier>,
    protocol: WebSocketContext,
    /// The library may hold something that is to be written.
    unflushed: bool,
    /// Nothing more will be read.
    over: bool,
}

impl Taken {
    pub(super) fn new(carrier: Box<dyn Carrier>, config: WebSocketConfig) -> Self {
        Self {
            carrier,
            protocol: WebSocketContext::new(Role::Server, Some(config)),
            unflushed: false,
            over: false,
        }
    }

    /// Writes the events' frames, behind whatever the library still holds.
    pub(super) async fn deliver(&mut self, events: &[Entry]) -> Result<(), axum::Error> {
        if self.unflushed {
            self.flush().await?;
        }
        if events.is_empty() {
            return Ok(());
        }
        let frames = events.iter().flat_map(Entry::frame);
        write_all(&mut *self.carrier, frames)
            .await
            .map_err(axum::Error::new)
    }

    fn ask<T>(
        &mut self,
        context: &mut Context<'_>,
        question: impl FnOnce(&mut WebSocketContext, &mut Blocking<'_, '_>) -> Result<T, WsError>,
    ) -> Poll<Result<T, WsError>> {
        let mut stream = Blocking {
            carrier: &mut *self.carrier,
            context,
        };
        match question(&mut self.protocol, &mut stream) {
            Err(WsError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            asked => Poll::Ready(asked),
        }
    }
}

impl fmt::Debug for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Taken").finish_non_exhaustive()
    }
}

impl Stream for Taken {
    type Item = Result<Message, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if self.over {
                return Poll::Ready(None);
            }
            let heard = std::task::ready!(self.ask(context, |protocol, its| protocol.read(its)));
            // An answer of the library's own may wait.
            self.unflushed = true;
            match heard.map(heard_as) {
                Ok(Some(message)) => return Poll::Ready(Some(Ok(message))),
                Ok(None) => {}
                Err(WsError::ConnectionClosed | WsError::AlreadyClosed) => self.over = true,
                Err(error) => {
                    self.over = true;
                    return Poll::Ready(Some(Err(axum::Error::new(error))));
                }
            }
        }
    }
}

impl Sink<Message> for Taken {
    type Error = axum::Error;

    fn poll_ready(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), axum::Error>> {
        if self.unflushed {
            self.poll_flush(context)
        } else {
            Poll::Ready(Ok(()))
        }
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), axum::Error> {
        self.unflushed = true;
        // What cannot be written at once the library keeps.
        let mut context = Context::from_waker(std::task::Waker::noop());
        let sent = self.ask(&mut context, |protocol, its| {
            protocol.write(its, spoken(message))
        });
        match sent {
            Poll::Pending | Poll::Ready(Ok(())) => Ok(()),
            Poll::Ready(Err(error)) => Err(axum::Error::new(error)),
        }
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), axum::Error>> {
        let flushed = std::task::ready!(self.ask(context, |protocol, its| protocol.flush(its)));
        self.unflushed = false;
        Poll::Ready(match flushed {
            // The answer to the client's close was the last there was to write.
            Ok(()) | Err(WsError::ConnectionClosed) => Ok(()),
            Err(error) => Err(axum::Error::new(error)),
        })
    }

    fn poll_close(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), axum::Error>> {
        self.poll_flush(context)
    }
}

/// The connection as the library knows connections: what cannot be done now fails, and its task is
/// woken when it can.
struct Blocking<'a, 'b> {
    carrier: &'a mut dyn Carrier,
    context: &'a mut Context<'b>,
}

fn or_would_block<T>(done: Poll<io::Result<T>>) -> io::Result<T> {
    match done {
        Poll::Ready(done) => done,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

impl Read for Blocking<'_, '_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let mut buffer = ReadBuf::new(to);
        or_would_block(Pin::new(&mut *self.carrier).poll_read(self.context, &mut buffer))?;
        Ok(buffer.filled().len())
    }
}

impl Write for Blocking<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        or_would_block(Pin::new(&mut *self.carrier).poll_write(self.context, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        or_would_block(Pin::new(&mut *self.carrier).poll_flush(self.context))
    }
}

/// What the library says of a message, in the words of the framework; `None` for a raw frame,
/// which it never gives.
fn heard_as(heard: Spoken) -> Option<Message> {
    Some(match heard {
        // The library has made sure that it is UTF-8.
        Spoken::Text(text) => {
            Message::Text(Utf8Bytes::try_from(Bytes::from(text)).unwrap_or_default())
        }
        Spoken::Binary(bytes) => Message::Binary(bytes),
        Spoken::Ping(bytes) => Message::Ping(bytes),
        Spoken::Pong(bytes) => Message::Pong(bytes),
        Spoken::Close(frame) => Message::Close(frame.map(|frame| CloseFrame {
            code: frame.code.into(),
            reason: frame.reason.as_str().into(),
        })),
        Spoken::Frame(_) => return None,
    })
}

fn spoken(message: Message) -> Spoken {
    match message {
        Message::Text(text) => {
            Spoken::Text(tungstenite::Utf8Bytes::try_from(Bytes::from(text)).unwrap_or_default())
        }
        Message::Binary(bytes) => Spoken::Binary(bytes),
        Message::Ping(bytes) => Spoken::Ping(bytes),
        Message::Pong(bytes) => Spoken::Pong(bytes),
        Message::Close(frame) => Spoken::Close(frame.map(|frame| SpokenClose {
            code: frame.code.into(),
            reason: frame.reason.as_str().into(),
        })),
    }
}
