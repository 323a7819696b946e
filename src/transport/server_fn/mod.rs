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
        BoxedStream, Websocket,
        codec::{GetUrl, JsonEncoding},
        error::{FromServerFnError, ServerFnErrorErr},
    },
};
use serde::{Deserialize, Serialize};

use crate::event::{Batch, Cursor, Event, Gap, LaneName, TopicName};

/// Why a server function refuses: the same codes and texts as the data plane's errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FnError {
    /// The word by which programs tell errors apart.
    pub code: String,
    /// What to do, for people.
    pub message: String,
}

impl FnError {
    /// An error of that code.
    pub fn new(code: &str, message: &str) -> Self {
        Self {
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }
}

impl fmt::Display for FnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl FromServerFnError for FnError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let code = match &error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => "bad_input",
            ServerFnErrorErr::Request(_) => "network",
            _ => "server_fn",
        };
        Self::new(code, &error.to_string())
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
