//! The server's own numbers, by transport: what `/metrics` tells.

use std::{ops::Deref, sync::Arc};

use super::{latency::Latency, tally::Count};
use crate::transport::Transport;

/// What a connection's bytes are used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// To deliver events.
    Transport(Transport),
    /// Pages, publishing, questions.
    Other,
    /// All of it over HTTP/2, where one connection serves many purposes at a time.
    Http2,
}

impl Use {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Transport(Transport::Polling),
        Self::Transport(Transport::LongPolling),
        Self::Transport(Transport::Sse),
        Self::Transport(Transport::WebSocket),
        Self::Transport(Transport::ServerFnPolling),
        Self::Transport(Transport::ServerFnLongPolling),
        Self::Transport(Transport::ServerFnWebSocket),
        Self::Other,
        Self::Http2,
    ];

    /// What an address is used for.
    pub fn of_path(path: &str) -> Self {
        let transport = match path.strip_prefix("/api/fn/") {
            Some("poll") => Some(Transport::ServerFnPolling),
            Some("long-poll") => Some(Transport::ServerFnLongPolling),
            Some("socket") => Some(Transport::ServerFnWebSocket),
            Some(_) => None,
            None => path
                .strip_prefix("/api/topics/")
                .and_then(|rest| rest.split_once('/'))
                .and_then(|(_, way)| match way {
                    "poll" => Some(Transport::Polling),
                    "long-poll" => Some(Transport::LongPolling),
                    "sse" => Some(Transport::Sse),
                    "ws" => Some(Transport::WebSocket),
                    _ => None,
                }),
        };
        transport.map_or(Self::Other, Self::Transport)
    }

    /// Its name as a label.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Transport(transport) => transport.slug(),
            Self::Other => "other",
            Self::Http2 => "http2",
        }
    }

    /// Its place among [`Use::ALL`].
    pub(super) fn place(self) -> u8 {
        match self {
            Self::Transport(Transport::Polling) => 0,
            Self::Transport(Transport::LongPolling) => 1,
            Self::Transport(Transport::Sse) => 2,
            Self::Transport(Transport::WebSocket) => 3,
            Self::Transport(Transport::ServerFnPolling) => 4,
            Self::Transport(Transport::ServerFnLongPolling) => 5,
            Self::Transport(Transport::ServerFnWebSocket) => 6,
            Self::Other => 7,
            Self::Http2 => 8,
        }
    }
}

/// One use's numbers.
#[derive(Debug, Default)]
pub struct Meter {
    /// Requests.
    pub requests: Count,
    /// TCP connections whose first request was one of these.
    pub connections: Count,
    /// Bytes read.
    pub bytes_in: Count,
    /// Bytes written.
    pub bytes_out: Count,
    /// Readers that came and readers that went.
    pub opened: Count,
    /// See `opened`.
    pub closed: Count,
    /// Events handed over for writing.
    pub delivered: Count,
    /// Answers with neither event nor gap.
    pub wasted: Count,
    /// Gaps told.
    pub gaps: Count,
    /// Standing answers that were carried without the HTTP library.
    pub taken_over: Count,
    /// How long events took until then.
    pub latency: Latency,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Meters {
    uses: [Meter; Use::ALL.len()],
    other: Meter,
}

impl Meters {
    /// One use's numbers.
    pub fn of(&self, of: Use) -> &Meter {
        self.at(of.place())
    }

    pub(super) fn at(&self, place: u8) -> &Meter {
        self.uses.get(usize::from(place)).unwrap_or(&self.other)
    }
}

/// A transport's numbers while one of its readers lives.
#[derive(Debug)]
pub struct OpenMeter {
    meters: Arc<Meters>,
    of: Use,
}

impl OpenMeter {
    /// One reader more.
    pub fn new(meters: Arc<Meters>, transport: Transport) -> Self {
        let of = Use::Transport(transport);
        meters.of(of).opened.add(1);
        Self { meters, of }
    }
}

impl Deref for OpenMeter {
    type Target = Meter;
    fn deref(&self) -> &Meter {
        self.meters.of(self.of)
    }
}

impl Drop for OpenMeter {
    fn drop(&mut self) {
        self.closed.add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_use_has_a_place_and_a_name_of_its_own() {
        for (n, of) in Use::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(of.place()), n);
        }
        let names: std::collections::BTreeSet<_> = Use::ALL.iter().map(|of| of.slug()).collect();
        assert_eq!(names.len(), Use::ALL.len());
    }

    #[test]
    fn an_address_is_one_of_the_contracts_or_something_else() {
        for (path, slug) in [
            ("/api/topics/t/poll", "polling"),
            ("/api/topics/t/long-poll", "long-polling"),
            ("/api/topics/t/sse", "sse"),
            ("/api/topics/t/ws", "websocket"),
            ("/api/fn/poll", "server-fn-polling"),
            ("/api/fn/socket", "server-fn-websocket"),
            ("/api/topics/t/events", "other"),
            ("/api/topics/t/ws/x", "other"),
            ("/api/fn/save", "other"),
            ("/", "other"),
        ] {
            assert_eq!(Use::of_path(path).slug(), slug, "{path}");
        }
    }
}
