//! How events travel: one folder a transport, each with the same three files, so that reading
//! them side by side *is* the comparison.
//!
//! - `mod.rs`: what the transport is, and the little that both ends must agree on;
//! - `server.rs` \[ssr\]: *read what follows the cursor, write it, wait for the head to move*;
//! - `client.rs` \[hydrate\]: the browser's own `fetch`, `EventSource` or `WebSocket`, told as
//!   [`Signal`]s.

pub mod address;
pub mod counters;
pub mod long_polling;
pub mod polling;
pub mod retry;
pub mod server_fn;
pub mod sse;
pub mod ticks;
pub mod websocket;

#[cfg(feature = "hydrate")]
pub mod client;

#[cfg(feature = "ssr")]
pub mod batch;
#[cfg(feature = "ssr")]
pub mod clock;
#[cfg(feature = "ssr")]
pub mod echo;
#[cfg(feature = "ssr")]
pub mod ending;
#[cfg(feature = "ssr")]
pub mod error;
#[cfg(feature = "ssr")]
pub mod knobs;
#[cfg(feature = "ssr")]
pub mod lane;
#[cfg(feature = "ssr")]
pub mod publishing;
#[cfg(feature = "ssr")]
pub mod query;
#[cfg(feature = "ssr")]
pub mod reader;
#[cfg(feature = "ssr")]
pub mod serving;
#[cfg(feature = "ssr")]
pub mod socket;
#[cfg(feature = "ssr")]
pub mod standing;
#[cfg(feature = "ssr")]
pub mod subscription;

use serde::{Deserialize, Serialize};

use crate::event::{Cursor, Event, Gap, LaneName, TopicName};

/// A way for events to travel from the server to the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// Ask at an interval; each answer is whatever has piled up.
    Polling,
    /// Ask; the server holds the request until there is something to tell.
    LongPolling,
    /// One response that never ends: `text/event-stream`.
    Sse,
    /// One socket, upgraded from HTTP, that both sides write to.
    #[serde(rename = "websocket")]
    WebSocket,
    /// [`Transport::Polling`] through a Leptos server function.
    ServerFnPolling,
    /// [`Transport::LongPolling`] through a Leptos server function.
    ServerFnLongPolling,
    /// [`Transport::WebSocket`] through a Leptos server function.
    #[serde(rename = "server-fn-websocket")]
    ServerFnWebSocket,
}

impl Transport {
    /// The four plain transports, in the order in which they are always shown.
    pub const PLAIN: [Self; 4] = [Self::Polling, Self::LongPolling, Self::Sse, Self::WebSocket];
    /// The framework's own ways over the same hub.
    pub const SERVER_FN: [Self; 3] = [
        Self::ServerFnPolling,
        Self::ServerFnLongPolling,
        Self::ServerFnWebSocket,
    ];

    /// Its name in addresses, attributes, style classes and locale keys.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Polling => "polling",
            Self::LongPolling => "long-polling",
            Self::Sse => "sse",
            Self::WebSocket => "websocket",
            Self::ServerFnPolling => "server-fn-polling",
            Self::ServerFnLongPolling => "server-fn-long-polling",
            Self::ServerFnWebSocket => "server-fn-websocket",
        }
    }

    /// The plain transport whose colour and mark it wears.
    pub fn plain(self) -> Self {
        match self {
            Self::ServerFnPolling => Self::Polling,
            Self::ServerFnLongPolling => Self::LongPolling,
            Self::ServerFnWebSocket => Self::WebSocket,
            plain => plain,
        }
    }

    /// How many of the browser's six HTTP/1.1 connections to an origin it holds while it waits.
    /// A poll is in and out; a WebSocket does not count against the six.
    pub fn standing_connections(self) -> usize {
        match self {
            Self::LongPolling | Self::Sse | Self::ServerFnLongPolling => 1,
            Self::Polling | Self::WebSocket | Self::ServerFnPolling | Self::ServerFnWebSocket => 0,
        }
    }
}

/// What a client reads, and from where on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The topic.
    pub topic: TopicName,
    /// Where to begin; `None` is from now on.
    pub after: Option<Cursor>,
    /// The lane to which the server ascribes the traffic.
    pub lane: LaneName,
}

/// A lane's settings on the client's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// From the start of one poll to the start of the next, in ms (50 to 60,000). Polling only.
    pub poll_interval_ms: u32,
    /// How long the server may hold a request, in whole seconds (1 to 60). Long polling only.
    pub wait_s: u32,
}

/// What a client tells of what really happened. Times are the browser's `performance.now()` in
/// ms, taken in the first statement of the callback (for fetch: when the whole body is there).
#[derive(Debug, Clone, PartialEq)]
pub enum Signal {
    /// A connection is being opened.
    Connecting {
        /// When.
        at: f64,
    },
    /// Events will come from here on: the answer, stream or socket is established.
    Open {
        /// When.
        at: f64,
        /// The position that the server told, where the transport tells it.
        position: Option<Cursor>,
    },
    /// A request left the browser.
    Asked {
        /// When.
        at: f64,
    },
    /// Events arrived together.
    Delivered {
        /// When the message or the whole body had arrived.
        at: f64,
        /// The events in the order of arrival.
        events: Vec<Event>,
        /// The cursor that follows the last of them.
        next: Cursor,
    },
    /// An answer with neither event nor gap: a wasted exchange.
    Empty {
        /// When the whole body had arrived.
        at: f64,
    },
    /// The log no longer holds what the cursor asked for.
    Gap {
        /// When it was told.
        at: f64,
        /// What is gone.
        gap: Gap,
    },
    /// The connection ended, whoever ended it.
    Closed {
        /// When it was seen to have ended.
        at: f64,
        /// The reason as far as the browser tells it: a status, a close code, an error's code.
        reason: String,
    },
    /// A new attempt will follow.
    Retrying {
        /// When this was decided.
        at: f64,
        /// How long until the attempt, in ms.
        in_ms: f64,
    },
    /// Ticks on which no poll could start because the last answer was still under way.
    Skipped {
        /// When the late answer had come.
        at: f64,
        /// How many.
        ticks: u32,
    },
    /// No further attempt will be made: the server refuses for a reason that will not pass.
    Failed {
        /// When.
        at: f64,
        /// The server's reason, its error code first.
        reason: String,
    },
}
