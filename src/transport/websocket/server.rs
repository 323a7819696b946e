//! WebSocket on the server: read, write, wait, for ever; and take what the client publishes.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::{
        FromRequestParts, State,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code},
    },
    http::request::Parts,
    response::Response,
};
use futures::{Sink, SinkExt, Stream, StreamExt};
use tokio::time::Instant;
use tungstenite::error::{CapacityError, Error as WsError};

use crate::{
    event::{Cursor, MAX_DATA},
    hub::{Entry, Read, ReadLimit},
    transport::{error::ApiError, reader::Reader, serving::Serving, subscription::Subscription},
};

/// The read buffer of a socket, in bytes. The library's default is 128 KiB for each connection.
const READ_BUFFER: usize = 1024;
/// What may wait in a socket's write buffer, in bytes. Answers to pings that the client does not
/// read pile up here; beyond this the socket is given up.
const MAX_WRITE_BUFFER: usize = 256 * 1024;

/// A handshake (RFC 6455) with the buffers and bounds that all our sockets have.
pub struct Handshake(WebSocketUpgrade);

impl<S: Send + Sync> FromRequestParts<S> for Handshake {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        WebSocketUpgrade::from_request_parts(parts, state)
            .await
            .map(|upgrade| {
                Self(
                    upgrade
                        .read_buffer_size(READ_BUFFER)
                        .write_buffer_size(0)
                        .max_write_buffer_size(MAX_WRITE_BUFFER),
                )
            })
            .map_err(|_| ApiError::NotWebSocket)
    }
}

impl Handshake {
    /// Answers 101 and runs `talk` on the socket, in a task that the server's shutdown waits for.
    pub fn accept<F>(
        self,
        serving: &Serving,
        max_message: usize,
        talk: impl FnOnce(WebSocket) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let token = serving.sockets.token();
        self.0
            .max_message_size(max_message)
            .max_frame_size(max_message)
            .max_write_buffer_size(MAX_WRITE_BUFFER.max(4 * max_message))
            .on_upgrade(async move |socket| {
                talk(socket).await;
                drop(token);
            })
    }
}

/// `GET /api/topics/{topic}/ws`.
pub async fn serve(
    State(serving): State<Serving>,
    handshake: Handshake,
    subscription: Subscription,
) -> Result<Response, ApiError> {
    let (reader, read) = subscription.open(&serving, ReadLimit::STREAM)?;
    let its = serving.clone();
    Ok(handshake.accept(&serving, MAX_DATA, async move |socket| {
        // Either end may go away at any moment; there is nobody left to tell.
        let _ = deliver(socket, its, reader, read).await;
    }))
}

/// Delivers a topic over a socket until one side ends it.
pub(crate) async fn deliver<S>(
    mut socket: S,
    serving: Serving,
    mut reader: Reader,
    first: Read,
) -> Result<(), axum::Error>
where
    S: Stream<Item = Result<Message, axum::Error>> + Sink<Message, Error = axum::Error> + Unpin,
{
    // The epoch holds for the whole connection, so a cursor of another one cannot be repeated.
    let position = match first.position {
        same if same.epoch == reader.epoch() => same,
        _ => Cursor { epoch: reader.epoch(), seq: 0 },
    };
    socket.feed(text(&serde_json::json!({"cursor": position}))).await?;
    let mut read = first;
    let mut pulse = Pulse::new(serving.heartbeat);
    loop {
        if let Some(gap) = read.gap {
            let told = serde_json::json!({"gap": gap, "next": gap.next()});
            socket.feed(text(&told)).await?;
        }
        for event in &read.events {
            socket.feed(Message::Text(json_text(event))).await?;
        }
        socket.flush().await?;
        if !read.is_empty() {
            pulse.wrote();
        }
        read = reader.read();
        if !read.is_empty() {
            continue;
        }
        tokio::select! {
            () = reader.moved() => read = reader.read(),
            message = socket.next() => match message {
                Some(Ok(Message::Text(data))) => {
                    let topic = reader.topic();
                    serving.hub.publish_to(topic, serving.hub.clock().now_us(), &data);
                }
                Some(Ok(Message::Binary(_))) => {
                    return close(&mut socket, close_code::UNSUPPORTED, "events are text").await;
                }
                Some(Ok(Message::Pong(_))) => pulse.heard(),
                Some(Ok(Message::Ping(_))) => {}
                Some(Ok(Message::Close(_))) | None => return Ok(()),
                Some(Err(error)) => return close_for(&mut socket, error).await,
            },
            beat = pulse.beat() => match beat {
                Beat::Ping => {
                    socket.send(Message::Ping(Bytes::new())).await?;
                    pulse.asked();
                }
                Beat::Dead => return Ok(()),
            },
            () = serving.stop.cancelled() => {
                return close(&mut socket, close_code::AWAY, "the server is going down").await;
            }
        }
    }
}

/// Says why, waits shortly for the client's own close, and ends.
pub(crate) async fn close<S>(
    socket: &mut S,
    code: u16,
    reason: &'static str,
) -> Result<(), axum::Error>
where
    S: Stream<Item = Result<Message, axum::Error>> + Sink<Message, Error = axum::Error> + Unpin,
{
    let frame = CloseFrame {
        code,
        reason: Utf8Bytes::from_static(reason),
    };
    let farewell = async {
        socket.send(Message::Close(Some(frame))).await?;
        while let Some(Ok(_)) = socket.next().await {}
        Ok(())
    };
    tokio::time::timeout(Duration::from_secs(1), farewell)
        .await
        .unwrap_or(Ok(()))
}

/// Closes with the code that RFC 6455 has for what the client did.
pub(crate) async fn close_for<S>(socket: &mut S, error: axum::Error) -> Result<(), axum::Error>
where
    S: Stream<Item = Result<Message, axum::Error>> + Sink<Message, Error = axum::Error> + Unpin,
{
    let error = error.into_inner();
    match error.downcast_ref::<WsError>() {
        Some(WsError::Capacity(CapacityError::MessageTooLong { .. })) => {
            close(socket, close_code::SIZE, "the message is too long").await
        }
        Some(WsError::Utf8(_)) => close(socket, close_code::INVALID, "text is UTF-8").await,
        Some(WsError::Protocol(_)) => {
            close(socket, close_code::PROTOCOL, "that is not RFC 6455").await
        }
        _ => Err(axum::Error::new(error)),
    }
}

/// What the silence asks for.
pub(crate) enum Beat {
    /// A sign of life.
    Ping,
    /// The end: the other side does not answer.
    Dead,
}

/// A socket's sign of life: after a time without output a ping, and after the same time without
/// its pong the end.
pub(crate) struct Pulse {
    every: Duration,
    last: Instant,
    unanswered: bool,
}

impl Pulse {
    pub(crate) fn new(every: Duration) -> Self {
        Self {
            every,
            last: Instant::now(),
            unanswered: false,
        }
    }

    /// Something was written.
    pub(crate) fn wrote(&mut self) {
        if !self.unanswered {
            self.last = Instant::now();
        }
    }

    /// A ping was sent.
    pub(crate) fn asked(&mut self) {
        self.last = Instant::now();
        self.unanswered = true;
    }

    /// A pong came.
    pub(crate) fn heard(&mut self) {
        self.unanswered = false;
        self.last = Instant::now();
    }

    /// Waits until the silence has lasted.
    pub(crate) async fn beat(&self) -> Beat {
        tokio::time::sleep_until(self.last + self.every).await;
        if self.unanswered { Beat::Dead } else { Beat::Ping }
    }
}

fn text(value: &serde_json::Value) -> Message {
    Message::Text(value.to_string().into())
}

/// The event's JSON as the text it is; shares the log's memory.
fn json_text(entry: &Entry) -> Utf8Bytes {
    // It was made by serde_json, which writes nothing but UTF-8.
    Utf8Bytes::try_from(entry.json()).unwrap_or_default()
}
