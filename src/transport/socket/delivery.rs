//! Events on a socket, in whatever way costs the socket least.

use axum::extract::ws::{Message, Utf8Bytes};
use futures::{Sink, SinkExt, Stream, StreamExt};

use super::{Beat, Pulse};
use crate::{
    hub::Entry,
    transport::{reader::Reader, standing::Signal},
};

/// What ends a wait.
#[derive(Debug)]
pub(crate) enum Woken {
    /// There is something to read, or to go on with.
    Moved,
    /// The client said something, or went.
    Message(Option<Result<Message, axum::Error>>),
    /// Nothing was said for so long that something is due.
    Silence(Beat),
    /// The server goes down.
    Stop,
}

/// What a socket waits with, the same for all of its time.
pub(crate) struct Waiting<'a, 'b, R> {
    /// The place to wait in.
    pub(crate) rest: R,
    /// Its signs of life.
    pub(crate) pulse: Pulse,
    /// The server's end.
    pub(crate) stop: Signal<'a, 'b>,
}

/// A socket on which events are delivered.
pub(crate) trait Delivery:
    Stream<Item = Result<Message, axum::Error>>
    + Sink<Message, Error = axum::Error>
    + Send
    + Unpin
    + Sized
{
    /// Where it waits.
    type Rest: Send + Sync;

    /// A place to wait in for that reader's events.
    fn rest(&self, reader: &Reader) -> Self::Rest;

    /// Waits until something is to be done. Meanwhile others may deliver events in its place. The
    /// reader is moved to and fro, so it is a pointer.
    fn wait(
        self,
        reader: Box<Reader>,
        with: &mut Waiting<'_, '_, Self::Rest>,
    ) -> impl Future<Output = (Self, Box<Reader>, Woken)> + Send;

    /// Waits as a task that is woken for each event.
    fn wait_awake(
        &mut self,
        reader: &mut Reader,
        Waiting { pulse, stop, .. }: &mut Waiting<'_, '_, Self::Rest>,
    ) -> impl Future<Output = Woken> + Send {
        async move {
            let backlog = reader.is_behind();
            tokio::select! {
                biased;
                // Mostly it is an event for which the task has been woken.
                () = reader.moved(), if !backlog => Woken::Moved,
                // A client with a backlog is heard as well, and told of the end; so these come first.
                () = &mut *stop => Woken::Stop,
                message = self.next() => Woken::Message(message),
                () = std::future::ready(()), if backlog => Woken::Moved,
                beat = pulse.beat(), if !backlog => Woken::Silence(beat),
            }
        }
    }

    /// Sends the events, each a text frame, behind all that has been fed, and flushes.
    fn deliver(
        &mut self,
        events: &[Entry],
    ) -> impl Future<Output = Result<(), axum::Error>> + Send {
        feed(self, events)
    }
}

/// Lets the library make the frames.
pub(super) async fn feed<S>(socket: &mut S, events: &[Entry]) -> Result<(), axum::Error>
where
    S: Sink<Message, Error = axum::Error> + Unpin,
{
    for event in events {
        // It was made by serde_json, which writes nothing but UTF-8; it shares the log's memory.
        let text = Utf8Bytes::try_from(event.json()).unwrap_or_default();
        socket.feed(Message::Text(text)).await?;
    }
    socket.flush().await
}
