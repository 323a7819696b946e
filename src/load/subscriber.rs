//! One of the many: what it has heard, where it is in the log, and how it comes back.

use std::time::Instant;

use super::{
    adapter::Place, answer::BadAnswer, asking::Asking, event_stream::EventStream,
    schedule::Schedule, socket::Socket, tally::Tally, target::LaneTarget,
};
use crate::{
    event::Gap,
    stats::{Arrival, Ledger},
    transport::{
        Transport,
        retry::{Backoff, judge},
        ticks::Ticks,
    },
};

/// How long an answer that says no is read for its reason, in bytes.
const REASON: usize = 2_048;

/// Why a connection is given up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    #[error("{0}")]
    BadAnswer(#[from] BadAnswer),
    #[error("the server said {0}")]
    Refused(String),
    #[error("{0}")]
    Unlike(&'static str),
    #[error("the WebSocket ended: {0}")]
    Socket(String),
    #[error("the server ended the connection")]
    Ended,
    #[error("{0}")]
    Io(std::io::ErrorKind),
}

impl Trouble {
    /// An answer that says no, in the server's own words.
    pub(super) fn refused(status: u16, body: &[u8]) -> Self {
        let body = body.get(..body.len().min(REASON)).unwrap_or_default();
        let body = String::from_utf8_lossy(body);
        let said = judge(status, &body, None).reason().to_owned();
        let status = status.to_string();
        Self::Refused(if said.starts_with(&status) {
            said
        } else {
            format!("{status} {said}")
        })
    }
}

/// What follows when bytes have been understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// The server speaks next.
    Listen,
    /// The answer is complete; the next request may go out: at once where there was more to read.
    Ask {
        at_once: bool,
        /// On a new connection, since the server closes this one.
        anew: bool,
    },
}

/// How it talks; each of them turns bytes into what [`Hearing`] is told.
#[derive(Debug)]
pub(super) enum Talk {
    // All subscribers of a lane talk in the same way: boxed, nobody's takes the largest one's room.
    Asking(Box<Asking>),
    EventStream(Box<EventStream>),
    Socket(Box<Socket>),
}

/// What a subscriber keeps of itself.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) place: Place,
    /// SSE: the last id that was received.
    pub(super) last_id: String,
    pub(super) ledger: Ledger,
    /// It has been open at least once.
    pub(super) opened: bool,
}

/// Where what is understood goes: to the subscriber's own memory and to the worker's tally.
pub(super) struct Hearing<'a> {
    pub(super) target: &'a LaneTarget,
    pub(super) schedule: &'a Schedule,
    pub(super) tally: &'a mut Tally,
    pub(super) memory: &'a mut Memory,
    /// What is to be sent.
    pub(super) out: &'a mut Vec<u8>,
    /// Which of the lane's subscribers.
    pub(super) subscriber: u32,
    /// When the bytes had been read.
    pub(super) now: Instant,
}

impl Hearing<'_> {
    /// A message of the server's; how many events were in it.
    pub(super) fn message(&mut self, text: &[u8]) -> usize {
        let mut events = 0;
        for number in self.schedule.numbers_in(text) {
            events += usize::from(self.receipt(number));
        }
        events
    }

    /// Events came; `false` for a number that is none of the lane's.
    fn receipt(&mut self, number: u64) -> bool {
        let Some(due) = self.schedule.due(number) else {
            return false;
        };
        if self.memory.ledger.record(number) == Arrival::Duplicate {
            return true;
        }
        let late = self.now.saturating_duration_since(due);
        let latency_us = i64::try_from(late.as_micros()).unwrap_or(i64::MAX);
        let tally = &mut *self.tally;
        tally
            .latencies
            .record(latency_us, self.schedule.block(number));
        if self.schedule.is_sampled(number, self.subscriber)
            && let Some(at) = self.schedule.at_us(number)
        {
            let at = i64::try_from(at).unwrap_or(i64::MAX);
            tally.receipts.push((number, at, latency_us));
        }
        true
    }

    /// The log no longer holds what was asked for.
    pub(super) fn gap(&mut self, gap: Gap) {
        self.tally.gaps += 1;
        if gap.from <= gap.to {
            let number = |seq| self.schedule.number_of(seq);
            self.memory
                .ledger
                .told_gap(number(gap.from), number(gap.to));
        }
    }
}

/// One of the many.
#[derive(Debug)]
pub(super) struct Subscriber {
    pub(super) talk: Talk,
    pub(super) memory: Memory,
    pub(super) backoff: Backoff,
    /// When it polls.
    pub(super) ticks: Option<Ticks>,
    /// What could not be sent yet.
    pub(super) out: Vec<u8>,
}

impl Subscriber {
    /// Before its first connection.
    pub(super) fn new(target: &LaneTarget, schedule: &Schedule) -> Self {
        Self {
            talk: match target.transport.plain() {
                Transport::Sse => Talk::EventStream(Box::new(EventStream::new())),
                Transport::WebSocket => Talk::Socket(Box::new(Socket::new())),
                _ => Talk::Asking(Box::new(Asking::new())),
            },
            memory: Memory {
                place: target.start.clone(),
                last_id: String::new(),
                ledger: Ledger::new(*schedule.numbers().start()),
                opened: false,
            },
            backoff: Backoff::default(),
            ticks: None,
            out: Vec::new(),
        }
    }

    /// A connection is there: what it says first.
    pub(super) fn greet(&mut self, target: &LaneTarget, random: &mut fastrand::Rng) {
        self.out.clear();
        let Memory { place, last_id, .. } = &self.memory;
        match &mut self.talk {
            Talk::Asking(asking) => {
                **asking = Asking::new();
                asking.ask(target, place, &mut self.out);
            }
            Talk::EventStream(stream) => stream.open(target, place, last_id, &mut self.out),
            Talk::Socket(socket) => {
                let mut key = [0; 16];
                random.fill(&mut key);
                socket.open(target, place, key, &mut self.out);
            }
        }
    }

    /// The next request on the connection that is there.
    pub(super) fn ask(&mut self, target: &LaneTarget) {
        if let Talk::Asking(asking) = &mut self.talk {
            asking.ask(target, &self.memory.place, &mut self.out);
        }
    }

    /// Whether the server owes an answer, or anything at all.
    pub(super) fn is_waiting(&self) -> bool {
        match &self.talk {
            Talk::Asking(asking) => asking.is_waiting(),
            Talk::EventStream(_) | Talk::Socket(_) => true,
        }
    }

    /// Understands what was read.
    pub(super) fn hear(
        &mut self,
        bytes: &[u8],
        (target, schedule, tally): (&LaneTarget, &Schedule, &mut Tally),
        (subscriber, now): (u32, Instant),
    ) -> Result<Turn, Trouble> {
        let mut hearing = Hearing {
            target,
            schedule,
            tally,
            memory: &mut self.memory,
            out: &mut self.out,
            subscriber,
            now,
        };
        match &mut self.talk {
            Talk::Asking(asking) => asking.hear(bytes, &mut hearing),
            Talk::EventStream(stream) => stream.hear(bytes, &mut hearing),
            Talk::Socket(socket) => socket.hear(bytes, &mut hearing),
        }
    }
}
