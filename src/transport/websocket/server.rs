//! WebSocket on the server: read, write, wait, for ever; and take what the client publishes.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
};

use axum::{
    extract::{
        State,
        ws::{Message, close_code},
    },
    response::Response,
};
use futures::{FutureExt, SinkExt};

use crate::{
    event::{Cursor, MAX_DATA},
    hub::{Read, ReadLimit},
    transport::{
        Transport,
        error::ApiError,
        reader::Reader,
        serving::Serving,
        socket::{
            Delivery, Handshake, Pulse, Waiting, Woken, answer_close, close, close_for, go_away,
        },
        standing::Signal,
        subscription::Subscription,
    },
};

/// `GET /api/topics/{topic}/ws`.
pub async fn serve(
    State(serving): State<Serving>,
    handshake: Handshake,
    subscription: Subscription,
) -> Result<Response, ApiError> {
    let (reader, first) = subscription.open(&serving, Transport::WebSocket, ReadLimit::STREAM)?;
    let handshake = handshake.distorted(reader.is_distorted());
    let delivery = Box::new((serving.clone(), Box::new(reader), first));
    // Either end may go away at any moment; there is nobody left to tell.
    Ok(handshake.accept(&serving, MAX_DATA, |socket| {
        deliver(socket, delivery).map(drop)
    }))
}

/// What is delivered: to whom, and what has been read for the beginning.
type Begun = Box<(Serving, Box<Reader>, Read)>;

/// Delivers a topic over a socket until one side ends it.
pub(crate) async fn deliver<S>(mut socket: S, begun: Begun) -> Result<(), axum::Error>
where
    S: Delivery,
{
    // What is done seldom takes no room in the task's memory.
    let (serving, mut reader) = Box::pin(begin(&mut socket, begun)).await?;
    let stop = pin!(serving.stop.cancelled());
    let mut with = Waiting {
        rest: socket.rest(&reader),
        pulse: Pulse::new(serving.heartbeat),
        stop: Signal::new(&serving.stop, stop),
    };
    loop {
        let woken;
        (socket, reader, woken) = socket.wait(reader, &mut with).await;
        match woken {
            Woken::Moved => {
                if Box::pin(go_on(&mut socket, &mut reader)).await? {
                    with.pulse.wrote();
                }
            }
            Woken::Stop => return Box::pin(go_away(&mut socket)).await,
            Woken::Silence(beat) => Box::pin(with.pulse.keep(beat, &mut socket)).await?,
            Woken::Message(message) => match message {
                Some(Ok(Message::Text(data))) => {
                    if let Some(lane) = reader.lane() {
                        lane.payload.add(data.len() as u64);
                    }
                    let topic = reader.topic();
                    serving
                        .hub
                        .publish_to(topic, serving.hub.clock().now_us(), &data);
                }
                Some(Ok(Message::Binary(_))) => {
                    let (code, reason) = (close_code::UNSUPPORTED, "events are text");
                    return Box::pin(close(&mut socket, code, reason)).await;
                }
                Some(Ok(Message::Pong(_))) => with.pulse.heard(),
                // Its answer leaves before more is read: a flood of them must not pile up.
                Some(Ok(Message::Ping(_))) => socket.flush().await?,
                Some(Ok(Message::Close(_))) => return Box::pin(answer_close(&mut socket)).await,
                None => return Ok(()),
                Some(Err(error)) => return Box::pin(close_for(&mut socket, error)).await,
            },
        }
    }
}

/// Sends where the reader is, and what has been read for the beginning.
async fn begin<S: Delivery>(
    socket: &mut S,
    begun: Begun,
) -> Result<(Serving, Box<Reader>), axum::Error> {
    let (serving, reader, first) = *begun;
    // The epoch holds for the whole connection, so a cursor of another one cannot be repeated.
    let position = match first.position {
        same if same.epoch == reader.epoch() => same,
        _ => Cursor {
            epoch: reader.epoch(),
            seq: 0,
        },
    };
    socket
        .feed(text(&serde_json::json!({"cursor": position})))
        .await?;
    tell(socket, first).await?;
    Ok((serving, reader))
}

/// Sends what there is to read, once all that has been begun is gone: a slow client has never more
/// than one of the two. Says whether something has been written just now.
async fn go_on<S: Delivery>(socket: &mut S, reader: &mut Reader) -> Result<bool, axum::Error> {
    let mut waited = false;
    poll_fn(|context| {
        let ready = Pin::new(&mut *socket).poll_ready(context);
        waited |= ready.is_pending();
        ready
    })
    .await?;
    let read = reader.read();
    if read.is_empty() {
        return Ok(waited);
    }
    tell(socket, read).await?;
    Ok(true)
}

/// Sends what a read gave, behind all that has been fed.
async fn tell<S: Delivery>(socket: &mut S, read: Read) -> Result<(), axum::Error> {
    if let Some(gap) = read.gap {
        let told = serde_json::json!({"gap": gap, "next": gap.next()});
        socket.feed(text(&told)).await?;
    }
    socket.deliver(&read.events).await
}

fn text(value: &serde_json::Value) -> Message {
    Message::Text(value.to_string().into())
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll};

    use futures::{Sink, Stream};

    use super::*;
    use crate::event::{Position, TopicName};

    /// A client whose backlog never ends: with everything that it is given, more is published.
    struct Backlogged {
        serving: Serving,
        topic: TopicName,
        says: Option<Message>,
        events: usize,
        close: Option<u16>,
    }

    impl Stream for Backlogged {
        type Item = Result<Message, axum::Error>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            match self.says.take() {
                Some(message) => Poll::Ready(Some(Ok(message))),
                None if self.close.is_some() => Poll::Ready(None),
                None => Poll::Pending,
            }
        }
    }

    impl Sink<Message> for Backlogged {
        type Error = axum::Error;

        fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
            Poll::Ready(Ok(()))
        }

        fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), axum::Error> {
            match message {
                Message::Close(frame) => self.close = frame.map(|frame| frame.code),
                Message::Text(event) if event.contains("hi") => self.serving.stop.cancel(),
                _ => {}
            }
            self.events += 1;
            let (hub, topic) = (&self.serving.hub, &self.topic);
            hub.publish(topic, "more").map_err(axum::Error::new)?;
            if self.events > 1_000 {
                return Err(axum::Error::new(std::fmt::Error));
            }
            Ok(())
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
            Poll::Ready(Ok(()))
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
            Poll::Ready(Ok(()))
        }
    }

    impl Delivery for &mut Backlogged {
        type Rest = ();

        fn rest(&self, _: &Reader) {}

        async fn wait(
            mut self,
            mut reader: Box<Reader>,
            with: &mut Waiting<'_, '_, ()>,
        ) -> (Self, Box<Reader>, Woken) {
            let woken = self.wait_awake(&mut reader, with).await;
            (self, reader, woken)
        }
    }

    #[tokio::test]
    async fn a_client_with_a_backlog_is_heard_and_told_of_the_end() {
        let serving = Serving::unused();
        let topic: TopicName = "t".parse().unwrap();
        serving.hub.publish(&topic, "first").unwrap();
        let opened = Reader::open(
            &serving,
            &topic,
            Position::Start,
            (Transport::WebSocket, None),
            ReadLimit::STREAM,
        );
        let (reader, first) = opened.unwrap();
        let mut client = Backlogged {
            serving: serving.clone(),
            topic,
            says: Some(Message::text("hi")),
            events: 0,
            close: None,
        };
        let delivered = deliver(&mut client, Box::new((serving, Box::new(reader), first))).await;
        assert!(delivered.is_ok(), "given up after {} events", client.events);
        assert_eq!(client.close, Some(close_code::AWAY));
    }
}
