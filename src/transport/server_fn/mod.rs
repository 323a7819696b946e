//! The framework's own transports over the same hub: polling and long polling as server functions
//! with GET, and a WebSocket as a server function with a stream each way.
//!
//! They are lanes beside the four plain ones, so that a Leptos user sees what they cost. Their
//! latency includes decoding, since the framework hands over decoded values only; the socket's
//! address is fixed, so topic, cursor and lane travel in its first message.

#[cfg(feature = "hydrate")]
pub mod client;
#[cfg(feature = "ssr")]
pub mod server;

use std::fmt;

use leptos::{
    prelude::*,
    server_fn::{
        BoxedStream, Bytes, Websocket,
        codec::{GetUrl, JsonEncoding},
        error::{FromServerFnError, ServerFnErrorErr},
    },
};
use serde::{Deserialize, Serialize};

use super::retry::reason;
use crate::event::{Batch, Cursor, Event, Gap, LaneName, TopicName};

/// Why a server function refuses, in the JSON of every answer that says no: whoever refuses before
/// the function is reached, for want of a token or of a place, is understood as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FnError {
    /// The reason.
    pub error: Refusal,
}

/// The same codes and texts as the data plane's errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The word by which programs tell errors apart.
    pub code: String,
    /// What to do, for people; empty where only the code is known.
    pub message: String,
}

impl FnError {
    /// An error of that code.
    pub fn new(code: &str, message: &str) -> Self {
        Self {
            error: Refusal {
                code: code.to_owned(),
                message: message.to_owned(),
            },
        }
    }
}

impl fmt::Display for FnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error.code, self.error.message)
    }
}

impl FromServerFnError for FnError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let code = match &error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => "bad_input",
            ServerFnErrorErr::Request(_) => reason::NETWORK,
            _ => "server_fn",
        };
        Self::new(code, &error.to_string())
    }

    fn de(data: Bytes) -> Self {
        // Whatever says no in other words is no pushpull: a proxy on the way, perhaps.
        serde_json::from_slice(&data).unwrap_or_else(|_| Self::new(reason::BAD_ANSWER, ""))
    }
}

/// What a client says on the socket. The first message opens the topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToServer {
    /// Which topic, from where on, on whose account.
    Open {
        /// The topic.
        topic: TopicName,
        /// The place behind which to begin; from now on when there is none.
        after: Option<Cursor>,
        /// The lane.
        lane: Option<LaneName>,
    },
    /// Publishes to the topic.
    Publish {
        /// The event's data.
        data: String,
    },
}

/// What the server says on the socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToBrowser {
    /// Where reading begins; its epoch holds for the whole connection.
    Position {
        /// The place.
        cursor: Cursor,
    },
    /// An event.
    Event(Event),
    /// What the log no longer holds.
    Gap {
        /// Its range.
        gap: Gap,
        /// The place behind it.
        next: Cursor,
    },
    /// Nothing for it: the reason, as in an error's answer.
    Refused {
        /// The error's code.
        code: String,
        /// What to do.
        message: String,
    },
}

/// Polling: what follows the cursor, at once.
#[server(prefix = "/api/fn", endpoint = "poll", input = GetUrl)]
pub async fn poll(
    /// The topic.
    topic: String,
    /// The cursor or `start`; from now on when there is none.
    after: Option<String>,
    /// The lane.
    lane: Option<String>,
) -> Result<Batch, FnError> {
    // The lane travels in the query, where the server's counting finds it by itself.
    drop(lane);
    server::poll(&topic, after.as_deref())
}

/// Long polling: what follows the cursor, as soon as there is any.
#[server(prefix = "/api/fn", endpoint = "long-poll", input = GetUrl)]
pub async fn long_poll(
    /// The topic.
    topic: String,
    /// The cursor or `start`; from now on when there is none.
    after: Option<String>,
    /// How long the server may hold the request, in s, 1 to 60.
    wait: u32,
    /// The lane.
    lane: Option<String>,
) -> Result<Batch, FnError> {
    drop(lane);
    server::long_poll(&topic, after.as_deref(), wait).await
}

/// WebSocket: a stream each way.
#[server(prefix = "/api/fn", endpoint = "socket", protocol = Websocket<JsonEncoding, JsonEncoding>)]
pub async fn socket(
    /// What the client says.
    input: BoxedStream<ToServer, FnError>,
) -> Result<BoxedStream<ToBrowser, FnError>, FnError> {
    server::socket(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_understood_whoever_refuses() {
        let guard = r#"{"error":{"code":"token_required","message":"sign in"}}"#;
        let told = FnError::de(Bytes::from_static(guard.as_bytes()));
        assert_eq!(told, FnError::new("token_required", "sign in"));
        assert_eq!(&*told.ser(), guard.as_bytes());
        let proxy = FnError::de(Bytes::from_static(b"<html>502 Bad Gateway"));
        assert_eq!(proxy.error.code, reason::BAD_ANSWER);
    }
}
