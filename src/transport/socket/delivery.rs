//! Events on a socket, in whatever way costs the socket least.

use axum::extract::ws::{Message, Utf8Bytes};
use futures::{Sink, SinkExt, Stream};

use crate::hub::Entry;

/// A socket on which events are delivered.
pub(crate) trait Delivery:
    Stream<Item = Result<Message, axum::Error>>
    + Sink<Message, Error = axum::Error>
    + Send
    + Unpin
    + Sized
{
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

impl<S: Delivery> Delivery for &mut S {
    async fn deliver(&mut self, events: &[Entry]) -> Result<(), axum::Error> {
        (**self).deliver(events).await
    }
}
