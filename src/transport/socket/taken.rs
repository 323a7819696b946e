//! A WebSocket on a connection of our own. The library reads what the client says and writes what
//! is said to it in particular: pings, pongs, refusals, the close. Events it never sees: their
//! frames have been made, and go from the log's memory to the system.

use std::{
    fmt,
    future::poll_fn,
    io::{self, Read, Write},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{
    body::Bytes,
    extract::ws::{CloseFrame, Message, Utf8Bytes},
};
use futures::{Sink, SinkExt, Stream};
use tokio::{io::ReadBuf, time::Instant};
use tungstenite::{
    Message as Spoken,
    error::Error as WsError,
    protocol::{CloseFrame as SpokenClose, Role, WebSocketConfig, WebSocketContext},
};

use super::{Pulse, Woken};
use crate::{
    hub::{Entries, Entry, Fresh},
    meter::{account::Account, cpu::Stopwatch},
    transport::{
        reader::Reader,
        standing::{Carrier, Rest, Signal, Writer, poll_write, write_all},
    },
};

/// A socket.
pub struct Taken {
    carrier: Box<dyn Carrier>,
    account: Arc<Account>,
    protocol: WebSocketContext,
    /// The library may hold something that is to be written.
    unflushed: bool,
    /// Nothing more will be read.
    over: bool,
    /// Events whose frames have been begun to be written, and how many bytes of them have gone. The
    /// library must not come in between.
    begun: Option<Box<(Entries, usize)>>,
}

impl Taken {
    pub(super) fn new(
        carrier: Box<dyn Carrier>,
        account: Arc<Account>,
        config: WebSocketConfig,
    ) -> Self {
        Self {
            carrier,
            account,
            protocol: WebSocketContext::new(Role::Server, Some(config)),
            unflushed: false,
            over: false,
            begun: None,
        }
    }

    /// A place to wait in, where events are delivered without this task.
    pub(super) fn rest(&self, reader: &Reader) -> Rest<AtRest> {
        Rest::new(reader, Stopwatch::standing(Arc::clone(&self.account)))
    }

    /// Writes the events' frames, behind whatever has been begun and what the library still holds.
    pub(super) async fn deliver(&mut self, events: &[Entry]) -> Result<(), axum::Error> {
        poll_fn(|context| self.poll_finish(context))
            .await
            .map_err(axum::Error::new)?;
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

    /// Writes the rest of what has been begun.
    fn poll_finish(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(begun) = &mut self.begun {
            let (events, gone) = &mut **begun;
            let frames = events.iter().flat_map(Entry::frame);
            ready!(poll_write(&mut *self.carrier, context, frames, gone))?;
            self.begun = None;
        }
        Poll::Ready(Ok(()))
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

/// A socket whose task waits.
#[derive(Debug)]
pub(crate) struct AtRest {
    socket: Box<Taken>,
    reader: Box<Reader>,
    /// When an event was last written.
    wrote: Option<Instant>,
}

impl AtRest {
    pub(super) fn new(socket: Box<Taken>, reader: Box<Reader>) -> Self {
        Self {
            socket,
            reader,
            wrote: None,
        }
    }

    /// Looks for whatever else than an event may end the rest.
    pub(super) fn look(
        &mut self,
        pulse: &mut Pulse,
        stop: &mut Signal<'_, '_>,
        context: &mut Context<'_>,
    ) -> Poll<Woken> {
        if Pin::new(stop).poll(context).is_ready() {
            return Poll::Ready(Woken::Stop);
        }
        if self.socket.begun.is_some() {
            return Poll::Pending;
        }
        if let Poll::Ready(message) = Pin::new(&mut *self.socket).poll_next(context) {
            return Poll::Ready(Woken::Message(message));
        }
        self.tell(pulse);
        if self.reader.is_behind() {
            return Poll::Pending;
        }
        pulse.poll_beat(context).map(Woken::Silence)
    }

    /// Tells when something was last written.
    fn tell(&self, pulse: &mut Pulse) {
        if let Some(at) = self.wrote {
            pulse.wrote_at(at);
        }
    }

    /// The rest is over.
    pub(super) fn end(self, pulse: &mut Pulse) -> (Box<Taken>, Box<Reader>) {
        self.tell(pulse);
        (self.socket, self.reader)
    }
}

impl Writer for AtRest {
    fn reader(&self) -> Option<&Reader> {
        Some(&self.reader)
    }

    fn write(&mut self, fresh: &Fresh, context: &mut Context<'_>) -> bool {
        let its = &mut *self.socket;
        if its.unflushed && !matches!(Pin::new(&mut *its).poll_flush(context), Poll::Ready(Ok(())))
        {
            return false;
        }
        let Some(events) = fresh.past(self.reader.cursor().seq) else {
            return false;
        };
        self.reader.was_given(events, fresh.next());
        self.wrote = Some(fresh.at());
        let mut gone = 0;
        let frames = events.iter().flat_map(Entry::frame);
        let written = poll_write(&mut *its.carrier, context, frames, &mut gone);
        if matches!(written, Poll::Ready(Ok(()))) {
            return true;
        }
        // An error comes again where somebody can end the socket for it.
        its.begun = Some(Box::new((events.iter().cloned().collect(), gone)));
        false
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
            let heard = ready!(self.ask(context, |protocol, its| protocol.read(its)));
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
        if self.unflushed || self.begun.is_some() {
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
        ready!(self.poll_finish(context)).map_err(axum::Error::new)?;
        let flushed = ready!(self.ask(context, |protocol, its| protocol.flush(its)));
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

#[cfg(test)]
mod tests {
    use axum::extract::ws::close_code;
    use tokio::io::AsyncReadExt;

    use super::*;
    use crate::{
        event::{Cursor, Epoch},
        transport::socket::close,
    };

    #[tokio::test]
    async fn a_close_does_not_come_in_the_middle_of_an_event() {
        let cursor = Cursor {
            epoch: Epoch(7),
            seq: 1,
        };
        let entry = Entry::encode(cursor, 1, &"x".repeat(500));
        let frame = entry.frame().concat();
        for gone in [1, 100, frame.len() - 1] {
            let (near, mut far) = tokio::io::duplex(64);
            let account = Arc::new(Account::new(Arc::default(), false));
            let mut socket = Taken::new(Box::new(near), account, WebSocketConfig::default());
            socket.begun = Some(Box::new((Entries::from_elem(entry.clone(), 1), gone)));
            let mut heard = Vec::new();
            let say = async {
                close(&mut socket, close_code::AWAY, "").await.unwrap();
                drop(socket);
            };
            let hear = async {
                // A client that answers nothing and goes when it has heard all.
                let all = frame.len() - gone + 4;
                let mut bytes = vec![0; all];
                far.read_exact(&mut bytes).await.unwrap();
                heard = bytes;
                drop(far);
            };
            tokio::join!(say, hear);
            let (rest, last) = heard.split_at(frame.len() - gone);
            assert_eq!(rest, &frame[gone..]);
            assert_eq!(last, [0x88, 2, 3, 233], "close 1001");
        }
    }
}
