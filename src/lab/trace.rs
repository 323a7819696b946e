//! What happened in a lane lately, as its sequence diagram needs it. Times are the browser's
//! `performance.now()` in ms; a moment on the server is mapped to it.

use std::collections::VecDeque;

use crate::event::Epoch;

/// How many exchanges a lane remembers: more than 500 events/s leave in any diagram's time that
/// can still be told apart.
const EXCHANGES: usize = 4_096;
/// How many connections a lane remembers.
const CONNECTIONS: usize = 64;
/// How many published events are remembered.
const EVENTS: usize = 4_096;

/// What became of a request, or what a message brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// No answer yet.
    UnderWay,
    /// So many events.
    Events(u32),
    /// An answer with neither event nor gap.
    Empty,
    /// A gap was told.
    Gap,
    /// The connection ended before there was an answer.
    Cut,
}

/// A request and its answer, or a message that the server sent by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exchange {
    /// When the request left the browser; `None` for what the server sent by itself.
    pub asked: Option<f64>,
    /// When the oldest of its events came to be.
    pub oldest: f64,
    /// When the answer left the server.
    pub left: f64,
    /// When the answer had arrived.
    pub received: f64,
    /// What it brought.
    pub outcome: Outcome,
}

/// A connection that stays open for many events.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Connection {
    /// When the browser asked for it.
    pub asked: f64,
    /// Since when it is established.
    pub opened: Option<f64>,
    /// When it had ended.
    pub ended: Option<f64>,
}

/// The events that are known to have been published, by whichever lane brought the news first.
#[derive(Debug, Default)]
pub struct Published {
    epoch: Option<Epoch>,
    last: u64,
    at: VecDeque<f64>,
}

impl Published {
    /// Notes that event `seq` came to be at `at`, unless a lane has told it already.
    pub fn note(&mut self, seq: u64, at: f64) {
        if seq > self.last {
            self.last = seq;
            push_bounded(&mut self.at, at, EVENTS);
        }
    }

    /// The log has begun anew, as a lane was told: so do its numbers.
    pub fn follow(&mut self, epoch: Epoch) {
        if self.epoch != Some(epoch) {
            self.epoch = Some(epoch);
            self.last = 0;
        }
    }

    /// The largest sequence number that any lane has seen.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// When they came to be, the newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = f64> {
        self.at.iter().rev().copied()
    }
}

/// One lane's recent past.
#[derive(Debug, Default)]
pub struct Trace {
    exchanges: VecDeque<Exchange>,
    connections: VecDeque<Connection>,
    /// Counts all changes, so that a painter sees whether there is anything new.
    changes: u64,
}

impl Trace {
    /// A request left the browser.
    pub fn asked(&mut self, at: f64) {
        self.push(Exchange {
            asked: Some(at),
            oldest: at,
            left: at,
            received: at,
            outcome: Outcome::UnderWay,
        });
    }

    /// An answer arrived, or a message that nobody had asked for. `oldest` and `newest` are when
    /// its events came to be; it cannot have left before its newest event, nor before its request
    /// (or its connection's) had arrived, which takes half a round trip.
    pub fn arrived(&mut self, at: f64, oldest: f64, newest: f64, half_trip: f64, outcome: Outcome) {
        let asked = self.under_way().map(|exchange| exchange.asked);
        let connected = self.connections.back().map(|connection| connection.asked);
        let possible = asked.flatten().or(connected).unwrap_or(at - half_trip) + half_trip;
        let arrived = Exchange {
            asked: asked.flatten(),
            oldest: oldest.min(at),
            left: newest.max(possible).min(at),
            received: at,
            outcome,
        };
        self.changes += 1;
        match self.under_way() {
            Some(exchange) => *exchange = arrived,
            None => self.push(arrived),
        }
    }

    /// A connection is asked for.
    pub fn connecting(&mut self, at: f64) {
        self.changes += 1;
        let connection = Connection {
            asked: at,
            opened: None,
            ended: None,
        };
        push_bounded(&mut self.connections, connection, CONNECTIONS);
    }

    /// The connection is established.
    pub fn opened(&mut self, at: f64) {
        self.changes += 1;
        if let Some(connection) = self.connections.back_mut() {
            connection.opened.get_or_insert(at);
        }
    }

    /// The connection ended, and with it what was under way.
    pub fn ended(&mut self, at: f64) {
        self.changes += 1;
        if let Some(exchange) = self.under_way() {
            exchange.received = at;
            exchange.outcome = Outcome::Cut;
        }
        if let Some(connection) = self.connections.back_mut() {
            connection.ended.get_or_insert(at);
        }
    }

    /// How often anything has changed.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// The exchanges, the newest first.
    pub fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().rev()
    }

    /// The connections, the newest first.
    pub fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.connections.iter().rev()
    }

    fn under_way(&mut self) -> Option<&mut Exchange> {
        self.exchanges
            .back_mut()
            .filter(|exchange| exchange.outcome == Outcome::UnderWay)
    }

    fn push(&mut self, exchange: Exchange) {
        self.changes += 1;
        push_bounded(&mut self.exchanges, exchange, EXCHANGES);
    }
}

fn push_bounded<T>(ring: &mut VecDeque<T>, item: T, most: usize) {
    if ring.len() == most {
        ring.pop_front();
    }
    ring.push_back(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_completes_its_request() {
        let mut trace = Trace::default();
        trace.asked(100.0);
        trace.arrived(110.0, 40.0, 60.0, 1.0, Outcome::Events(2));
        trace.asked(200.0);
        let all: Vec<_> = trace.exchanges().copied().collect();
        assert_eq!(all.len(), 2);
        let answered = Exchange {
            asked: Some(100.0),
            oldest: 40.0,
            // The events are older than the request: the answer left when that had arrived.
            left: 101.0,
            received: 110.0,
            outcome: Outcome::Events(2),
        };
        assert_eq!(all.last(), Some(&answered));
        assert_eq!(all.first().map(|e| e.outcome), Some(Outcome::UnderWay));
    }

    #[test]
    fn a_held_answer_leaves_with_its_event() {
        let mut trace = Trace::default();
        trace.asked(100.0);
        trace.arrived(160.0, 150.0, 150.0, 1.0, Outcome::Events(1));
        assert_eq!(trace.exchanges().next().map(|e| e.left), Some(150.0));
    }

    #[test]
    fn a_pushed_event_leaves_when_it_comes_to_be_or_when_the_stream_is_there() {
        let mut trace = Trace::default();
        trace.connecting(100.0);
        trace.opened(104.0);
        trace.arrived(105.0, 20.0, 20.0, 1.0, Outcome::Events(1));
        trace.arrived(133.0, 130.0, 130.0, 1.0, Outcome::Events(1));
        let left: Vec<_> = trace.exchanges().map(|e| e.left).collect();
        assert_eq!(left, [130.0, 101.0]);
    }

    #[test]
    fn nothing_leaves_after_it_was_received() {
        let mut trace = Trace::default();
        // A clock that is off by a little can place an event behind its own receipt.
        trace.arrived(10.0, 12.0, 12.0, 1.0, Outcome::Events(1));
        let only = trace.exchanges().next().copied();
        assert_eq!(only.map(|e| (e.oldest, e.left)), Some((10.0, 10.0)));
    }

    #[test]
    fn a_cut_ends_the_request_and_the_connection() {
        let mut trace = Trace::default();
        trace.connecting(0.0);
        trace.opened(1.0);
        trace.asked(2.0);
        trace.ended(3.0);
        assert_eq!(
            trace.exchanges().next().map(|e| e.outcome),
            Some(Outcome::Cut)
        );
        assert_eq!(trace.connections().next().and_then(|c| c.ended), Some(3.0));
    }

    #[test]
    fn the_past_is_bounded() {
        let mut trace = Trace::default();
        let mut published = Published::default();
        for i in 0..10_000_i32 {
            trace.asked(f64::from(i));
            trace.arrived(f64::from(i), 0.0, 0.0, 0.0, Outcome::Empty);
            trace.connecting(f64::from(i));
            published.note(u64::from(i.unsigned_abs()), f64::from(i));
            published.note(3, 0.0);
        }
        assert_eq!(trace.exchanges().count(), EXCHANGES);
        assert_eq!(trace.connections().count(), CONNECTIONS);
        assert_eq!(published.newest_first().next(), Some(9_999.0));
        assert_eq!(
            (published.last(), published.newest_first().count()),
            (9_999, EVENTS)
        );
    }
}
