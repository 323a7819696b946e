//! What all our WebSockets share: the handshake with its bounds, the sign of life, and an end with
//! the code that RFC 6455 has for it.

mod delivery;
mod patient;
mod taken;

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::Bytes,
    extract::{
        FromRequestParts,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocketUpgrade, close_code},
    },
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures::{Sink, SinkExt, Stream, StreamExt};
use ring::digest::{Context as Digest, SHA1_FOR_LEGACY_USE_ONLY};
use tokio::time::Instant;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tungstenite::{
    error::{CapacityError, Error as WsError},
    protocol::WebSocketConfig,
};

pub(super) use self::delivery::{Delivery, Waiting, Woken};
pub use self::patient::{Patient, SocketPatience};
use super::{
    error::ApiError,
    serving::Serving,
    standing::{Carrier, Silence, Standing},
};
use crate::{
    event::MAX_DATA,
    meter::{account::Account, cpu::Timed},
};

/// The read buffer of a socket, in bytes: enough for a ping or a pong. The library's default is 128
/// KiB for each connection. A longer message is read in pieces of this size, which costs whoever
/// publishes much over sockets some CPU; mostly a client says nothing.
const READ_BUFFER: usize = 128;
/// What may wait in a socket's write buffer, in bytes. An event must find room, whose JSON may
/// need six bytes for one of its data. Answers to pings that the client does not read pile up
/// here as well; beyond this the socket is given up.
const MAX_WRITE_BUFFER: usize = 8 * MAX_DATA;
/// What a server puts behind the client's key to show that it speaks WebSocket (RFC 6455, 4.2.2).
const KEY_SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// What is said on a socket.
type Conversation = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A handshake (RFC 6455) with the buffers and bounds that all our sockets have.
#[derive(Debug)]
pub struct Handshake {
    upgrade: WebSocketUpgrade,
    /// What the client's key has to be answered with; HTTP/2 has none.
    accept: Option<HeaderValue>,
    patience: Option<SocketPatience>,
    account: Option<Arc<Account>>,
    distorted: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Handshake {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let patience = parts.extensions.get().cloned();
        let account = parts.extensions.get().cloned();
        let upgrade = WebSocketUpgrade::from_request_parts(parts, state).await;
        let upgrade = upgrade.map_err(|_| ApiError::NotWebSocket)?;
        let key = parts.headers.get(header::SEC_WEBSOCKET_KEY);
        Ok(Self {
            upgrade,
            accept: key.and_then(accept),
            patience,
            account,
            distorted: false,
        })
    }
}

/// The answer to a client's key.
fn accept(key: &HeaderValue) -> Option<HeaderValue> {
    let mut digest = Digest::new(&SHA1_FOR_LEGACY_USE_ONLY);
    digest.update(key.as_bytes());
    digest.update(KEY_SUFFIX);
    BASE64_STANDARD.encode(digest.finish()).try_into().ok()
}

impl Handshake {
    /// What is said may be distorted by a test.
    pub fn distorted(mut self, distorted: bool) -> Self {
        self.distorted = distorted;
        self
    }

    /// Accepts it and runs `talk` on the socket.
    pub fn accept<F>(
        self,
        serving: &Serving,
        max_message: usize,
        talk: impl FnOnce(Patient) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let head = match self.accept {
            Some(_) => StatusCode::SWITCHING_PROTOCOLS.into_response(),
            None => StatusCode::OK.into_response(),
        };
        let talk = Box::new(Talk {
            handshake: self,
            max_message,
            token: serving.sockets.token(),
            begin: Box::new(move |socket| Box::pin(talk(socket))),
        });
        Standing::Socket(talk).mark(head)
    }
}

/// A socket whose handshake has been accepted, and what will be said on it.
pub struct Talk {
    handshake: Handshake,
    max_message: usize,
    /// The server's shutdown waits for it.
    token: TaskTrackerToken,
    begin: Box<dyn FnOnce(Patient) -> Conversation + Send>,
}

impl Talk {
    /// What the client's key is answered with.
    pub fn accept(&self) -> Option<HeaderValue> {
        self.handshake.accept.clone()
    }

    /// Whether a test wants what is said distorted.
    pub fn is_distorted(&self) -> bool {
        self.handshake.distorted
    }

    /// Talks on a connection of our own, whose head has been written.
    pub fn on_wire(
        self: Box<Self>,
        carrier: Box<dyn Carrier>,
        account: Arc<Account>,
    ) -> impl Future<Output = ()> + Send {
        let socket = Patient::on_wire(carrier, account, self.config());
        let Self { token, begin, .. } = *self;
        async move {
            begin(socket).await;
            drop(token);
        }
    }

    /// Talks in a task of its own after hyper's upgrade.
    pub fn on_hyper(self: Box<Self>, response: Response) -> Response {
        let config = self.config();
        let Self {
            handshake,
            max_message,
            token,
            begin,
        } = *self;
        let (patience, account) = (handshake.patience, handshake.account);
        let mut accepted = handshake
            .upgrade
            .read_buffer_size(config.read_buffer_size)
            .write_buffer_size(config.write_buffer_size)
            .max_message_size(max_message)
            .max_frame_size(max_message)
            .max_write_buffer_size(config.max_write_buffer_size)
            .on_upgrade(async move |socket| {
                let talk = begin(Patient::on_hyper(socket, patience, account.as_ref()));
                match account {
                    Some(account) => Timed::new(talk, account).await,
                    None => talk.await,
                }
                drop(token);
            });
        accepted
            .headers_mut()
            .extend(response.into_parts().0.headers);
        accepted
    }

    fn config(&self) -> WebSocketConfig {
        WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_write_buffer_size(MAX_WRITE_BUFFER + self.max_message)
            .max_message_size(Some(self.max_message))
            .max_frame_size(Some(self.max_message))
    }
}

/// Answers each message with what `answer` makes of it, until one side ends it. `answer` gives
/// `None` for a kind of message that is not spoken here.
pub async fn converse(
    mut socket: Patient,
    serving: Serving,
    answer: impl Fn(Message) -> Option<Message>,
) -> Result<(), axum::Error> {
    let mut pulse = Pulse::new(serving.heartbeat);
    let mut stop = pin!(serving.stop.cancelled());
    loop {
        tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Pong(_))) => pulse.heard(),
                // Its answer leaves before more is read: a flood of them must not pile up.
                Some(Ok(Message::Ping(_))) => socket.flush().await?,
                Some(Ok(Message::Close(_))) => return answer_close(&mut socket).await,
                None => return Ok(()),
                Some(Ok(message)) => {
                    let Some(answer) = answer(message) else {
                        return close(&mut socket, close_code::UNSUPPORTED, "not spoken here").await;
                    };
                    socket.send(answer).await?;
                    pulse.wrote();
                }
                Some(Err(error)) => return close_for(&mut socket, error).await,
            },
            beat = pulse.beat() => pulse.keep(beat, &mut socket).await?,
            () = stop.as_mut() => return go_away(&mut socket).await,
        }
    }
}

/// Tells the client that the server is going down: close 1001.
pub async fn go_away<S>(socket: &mut S) -> Result<(), axum::Error>
where
    S: Stream<Item = Result<Message, axum::Error>> + Sink<Message, Error = axum::Error> + Unpin,
{
    close(socket, close_code::AWAY, "the server is going down").await
}

/// Says why, waits shortly for the client's own close, and ends.
pub async fn close<S>(socket: &mut S, code: u16, reason: &'static str) -> Result<(), axum::Error>
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

/// Lets the answer to the client's close go out, which the protocol has made ready by itself.
pub async fn answer_close<S>(socket: &mut S) -> Result<(), axum::Error>
where
    S: Sink<Message, Error = axum::Error> + Unpin,
{
    // A client that takes nothing any more must not hold the socket.
    tokio::time::timeout(Duration::from_secs(1), socket.flush())
        .await
        .unwrap_or(Ok(()))
}

/// Closes with the code that RFC 6455 has for what the client did.
pub async fn close_for<S>(socket: &mut S, error: axum::Error) -> Result<(), axum::Error>
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
#[derive(Debug, Clone, Copy)]
pub enum Beat {
    /// A sign of life.
    Ping,
    /// The end: the other side does not answer.
    Dead,
}

/// A socket's sign of life: after a time without output a ping, and after the same time without
/// its pong the end.
#[derive(Debug)]
pub struct Pulse {
    silence: Silence,
    unanswered: bool,
}

impl Pulse {
    /// A pulse that begins now.
    pub fn new(every: Duration) -> Self {
        Self {
            silence: Silence::new(every),
            unanswered: false,
        }
    }

    /// Something was written.
    pub fn wrote(&mut self) {
        if !self.unanswered {
            self.silence.begin();
        }
    }

    /// Something was written at that time.
    pub fn wrote_at(&mut self, at: Instant) {
        if !self.unanswered {
            self.silence.begun(at);
        }
    }

    /// Gives the sign of life, or ends a socket whose other side does not answer.
    pub async fn keep<S>(&mut self, beat: Beat, socket: &mut S) -> Result<(), axum::Error>
    where
        S: Sink<Message, Error = axum::Error> + Unpin,
    {
        match beat {
            Beat::Ping => {
                socket.send(Message::Ping(Bytes::new())).await?;
                self.silence.begin();
                self.unanswered = true;
                Ok(())
            }
            Beat::Dead => Err(axum::Error::new(WsError::ConnectionClosed)),
        }
    }

    /// A pong came.
    pub fn heard(&mut self) {
        self.unanswered = false;
        self.silence.begin();
    }

    /// Waits until the silence has lasted.
    pub async fn beat(&mut self) -> Beat {
        poll_fn(|context| self.poll_beat(context)).await
    }

    /// The same for who waits for several things.
    pub fn poll_beat(&mut self, context: &mut Context<'_>) -> Poll<Beat> {
        self.silence.poll_lasted(context).map(|()| {
            if self.unanswered {
                Beat::Dead
            } else {
                Beat::Ping
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_answered_as_the_standard_says() {
        // RFC 6455, 1.3.
        let key = HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ==");
        let answer = HeaderValue::from_static("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(accept(&key), Some(answer));
    }
}
