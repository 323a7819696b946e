//! One lane of a run: everything that is counted of what its client tells.

use super::{
    budget::Seat,
    judgement::Contestant,
    trace::{Outcome, Published, Trace},
    turns::Window,
};
use crate::{
    event::{Cursor, Event},
    stats::{Arrival, Latencies, Ledger, PairedLatencies, ServerClock},
    transport::{Signal, Transport, counters::LaneCounters},
};

/// How much of the last event's text is kept, in characters.
const TEXT: usize = 80;

/// What a lane's connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// There was no run yet.
    #[default]
    Idle,
    /// A connection is being opened.
    Connecting,
    /// Events come, or answers do.
    Open,
    /// The connection ended; a new attempt follows.
    Retrying,
    /// The server refuses for good.
    Failed,
    /// Not open 10 s after it was asked for.
    Late,
    /// Not opened: the browser has no connection left for it.
    LeftOut,
    /// Another lane has its turn.
    Waiting,
    /// The run is over.
    Ended,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Idle,
        Self::Connecting,
        Self::Open,
        Self::Retrying,
        Self::Failed,
        Self::Late,
        Self::LeftOut,
        Self::Ended,
    ];

    /// The state of that name.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.slug() == slug)
    }

    /// Its name in attributes and locale keys.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting => "connecting",
            Self::Open => "open",
            Self::Retrying => "retrying",
            Self::Failed => "failed",
            Self::Late => "late",
            Self::LeftOut => "left-out",
            Self::Waiting => "waiting",
            Self::Ended => "ended",
        }
    }

    /// Whether events are to be expected of the lane, now or later.
    pub fn takes_part(self) -> bool {
        matches!(self, Self::Connecting | Self::Open | Self::Retrying)
    }
}

/// What a lane needs to know of its run to place an event.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The server's time.
    pub clock: &'a ServerClock,
    /// Half of the best round trip, ms.
    pub half_trip: f64,
    /// When the run began, µs on the server's clock.
    pub start_us: u64,
    /// How long a block is, µs.
    pub block_us: u64,
}

impl Frame<'_> {
    /// The block that an event belongs to.
    fn block(&self, at: u64) -> u32 {
        let block = at.saturating_sub(self.start_us) / self.block_us.max(1);
        u32::try_from(block).unwrap_or(u32::MAX)
    }
}

/// What the lanes of a run tell together.
#[derive(Debug)]
pub struct Common {
    /// The events that are known to have been published.
    pub published: Published,
    /// The same events in all lanes.
    pub paired: PairedLatencies,
    /// The largest clock error with which a latency of the run was measured, µs.
    pub clock_error_us: f64,
    /// The text that the visitor has published; of a workload's events only these are shown.
    pub own: Option<String>,
}

/// A lane and what was counted of it.
#[derive(Debug)]
pub struct Lane {
    /// How its events travel.
    pub transport: Transport,
    /// Which of the transport's lanes: 0, and 1 for the second of a self-check.
    pub twin: u8,
    /// What its connection is doing.
    pub state: State,
    /// Why it failed or ended, as far as the browser was told.
    pub reason: String,
    /// What was received of the log.
    pub ledger: Ledger,
    /// How late it was.
    pub latencies: Latencies,
    /// HTTP requests: each poll, each attempt to open a stream or a socket.
    pub requests: u64,
    /// Answers with neither event nor gap.
    pub wasted: u64,
    /// How often the lane came back after its connection had ended.
    pub reconnects: u64,
    /// Ticks on which no poll could start.
    pub skipped: u64,
    /// How many gaps were told.
    pub gaps: u64,
    /// The latest delivery's latency, µs.
    pub latest_us: Option<i64>,
    /// The beginning of the latest text: the visitor's own, or any of a topic that is watched.
    pub text: String,
    /// What the server has counted of it, once it was asked.
    pub counters: Option<LaneCounters>,
    /// For how long it had been open when the server counted that, ms.
    pub counted_ms: f64,
    /// For how long it was open in the turns that are over, ms, and since when it is open now.
    open_ms: f64,
    open_since: Option<f64>,
    /// In a run in turn, the events that are measured; `None` measures all.
    window: Option<Window>,
    /// It takes turns with others.
    in_turn: bool,
    /// What happened lately.
    pub trace: Trace,
    /// Its number in the comparison of lanes.
    index: usize,
    anchored: bool,
    /// The connection ended and nothing has come since.
    broken: bool,
    /// It has worked at least once: what never opened is no slow lane.
    pub took_part: bool,
    /// How many lost events the latencies hold as infinite.
    never: u64,
}

impl Lane {
    /// A lane that opens at `anchor`, or from now on where there is none; `index` is its number in
    /// the comparison of lanes.
    pub fn new(seat: Seat, index: usize, anchor: Option<Cursor>) -> Self {
        Self {
            transport: seat.transport,
            twin: seat.twin,
            state: State::Idle,
            reason: String::new(),
            ledger: new_ledger(anchor.map(|cursor| cursor.seq)),
            latencies: Latencies::new(),
            requests: 0,
            wasted: 0,
            reconnects: 0,
            skipped: 0,
            gaps: 0,
            latest_us: None,
            text: String::new(),
            counters: None,
            counted_ms: 0.0,
            open_ms: 0.0,
            open_since: None,
            window: None,
            in_turn: false,
            trace: Trace::default(),
            index,
            anchored: anchor.is_some(),
            broken: false,
            took_part: false,
            never: 0,
        }
    }

    /// Whether the transport keeps one connection for many events.
    pub fn streams(&self) -> bool {
        matches!(
            self.transport.plain(),
            Transport::Sse | Transport::WebSocket
        )
    }

    /// Whether the server holds its requests until there is an event.
    pub fn holds(&self) -> bool {
        self.transport.plain() == Transport::LongPolling
    }

    /// The lane as the verdict looks at it.
    pub fn contestant(&self) -> Contestant<'_> {
        Contestant {
            transport: self.transport,
            latencies: &self.latencies,
            took_part: self.took_part,
        }
    }

    /// Takes in what the client tells. Every event is counted, whatever is painted of it.
    pub fn take(&mut self, signal: Signal, frame: &Frame<'_>, common: &mut Common) {
        match signal {
            Signal::Connecting { at } => {
                self.open_since.get_or_insert(at);
                self.state = State::Connecting;
                if self.streams() {
                    self.requests += 1;
                    self.trace.connecting(at);
                }
            }
            Signal::Open { at, .. } => {
                self.works();
                if self.streams() {
                    self.trace.opened(at);
                }
            }
            Signal::Asked { at } => {
                if !self.streams() {
                    self.requests += 1;
                    self.trace.asked(at);
                }
            }
            Signal::Delivered { at, events, .. } => {
                self.works();
                self.deliver(at, &events, frame, common);
            }
            Signal::Empty { at } => {
                self.works();
                self.wasted += 1;
                self.trace.arrived(
                    at,
                    at,
                    at - frame.half_trip,
                    frame.half_trip,
                    Outcome::Empty,
                );
            }
            Signal::Gap { at, gap } => {
                self.works();
                self.gaps += 1;
                if gap.reset {
                    // Another log: its numbers begin anew, and what the old one lost besides
                    // cannot be known.
                    self.ledger = new_ledger(self.anchored.then_some(0));
                    self.never = 0;
                    self.latencies = Latencies::new();
                    self.latest_us = None;
                    common.published.follow(gap.epoch);
                }
                self.ledger.told_gap(gap.from, gap.to);
                self.count_lost();
                self.trace
                    .arrived(at, at, at - frame.half_trip, frame.half_trip, Outcome::Gap);
            }
            Signal::Closed { at, reason } => {
                self.broken = true;
                self.reason = reason;
                self.state = State::Retrying;
                self.trace.ended(at);
            }
            Signal::Retrying { .. } => {
                self.broken = true;
                self.state = State::Retrying;
            }
            Signal::Skipped { ticks, .. } => self.skipped += u64::from(ticks),
            Signal::Failed { at, reason } => {
                self.reason = reason;
                self.state = State::Failed;
                self.trace.ended(at);
            }
        }
    }

    /// It takes turns with others, and waits for its first.
    pub fn wait_for_turn(&mut self) {
        if self.state == State::Idle {
            self.in_turn = true;
            self.state = State::Waiting;
        }
    }

    /// It is the lane's turn: it is opened behind event `seen`. Nothing is measured until its
    /// window is told.
    pub fn call(&mut self, seen: u64) {
        self.state = State::Idle;
        self.window = None;
        self.ledger.reopen(seen + 1);
    }

    /// The events of this time are measured.
    pub fn measure(&mut self, window: Window) {
        self.window = Some(window);
    }

    /// The turn is over, and the lane's client closed: what it has not seen up to `upto` is lost.
    pub fn dismiss(&mut self, upto: u64, at: f64) {
        self.ledger.close(upto);
        self.count_lost();
        self.pause(at);
        self.trace.ended(at);
        if self.state.takes_part() {
            self.state = State::Waiting;
        }
    }

    /// Its client was closed.
    fn pause(&mut self, at: f64) {
        self.open_ms = self.open_for_ms(at);
        self.open_since = None;
    }

    /// For how long it has been open in all, ms.
    pub fn open_for_ms(&self, at: f64) -> f64 {
        self.open_ms + self.open_since.map_or(0.0, |since| at - since)
    }

    /// The HTTP version of its requests, as the server has counted them; empty while that is not
    /// known.
    pub fn protocol(&self) -> &'static str {
        match self.counters {
            Some(LaneCounters { http2: 1.., .. }) => "h2",
            Some(LaneCounters { http1: 1.., .. }) => "http/1.1",
            _ => "",
        }
    }

    /// Whether the lane has got, or knows to have lost, every event up to `last_seq` that it has
    /// to get.
    pub fn has_all(&self, last_seq: u64) -> bool {
        self.ledger.has_all(last_seq)
    }

    /// The run has drained; `last_seq` was its last event. What this lane has not seen is lost.
    /// `block_of` knows the blocks of events, from what the other lanes have received.
    pub fn close(&mut self, last_seq: u64, at: f64, block_of: &dyn Fn(u64) -> Option<u32>) {
        // Whoever takes turns has accounted for each of them.
        if !self.in_turn && !matches!(self.state, State::Late | State::LeftOut) {
            let told = self.ledger.lost_ranges();
            self.ledger.close(last_seq);
            for seq in self.ledger.lost_ranges().into_iter().flatten() {
                let last = told.partition_point(|range| *range.start() <= seq);
                let before = told.iter().take(last).next_back();
                let is_counted = before.is_some_and(|range| range.contains(&seq));
                if let Some(block) = block_of(seq).filter(|_| !is_counted) {
                    self.latencies.record_never_in(1, block);
                    self.never += 1;
                }
            }
            self.count_lost();
        }
        self.end(at);
    }

    /// The lane's client has been closed.
    pub fn end(&mut self, at: f64) {
        self.pause(at);
        if self.state.takes_part() || matches!(self.state, State::Idle | State::Waiting) {
            self.state = State::Ended;
        }
    }

    /// Enters newly lost events as infinitely late ones.
    fn count_lost(&mut self) {
        let lost = self.ledger.lost();
        let new = lost.saturating_sub(self.never);
        match self.window {
            Some(window) => self.latencies.record_never_in(new, window.block),
            None => self.latencies.record_never(new),
        }
        self.never = self.never.max(lost);
    }

    /// The block that an event is measured in; `None` when it is not.
    fn block(&self, at_us: u64, frame: &Frame<'_>) -> Option<u32> {
        if !self.in_turn {
            return Some(frame.block(at_us));
        }
        let window = self.window.filter(|window| window.holds(at_us))?;
        Some(window.block)
    }

    fn works(&mut self) {
        self.state = State::Open;
        self.took_part = true;
        if std::mem::take(&mut self.broken) {
            self.reconnects += 1;
        }
    }

    fn deliver(&mut self, at: f64, events: &[Event], frame: &Frame<'_>, common: &mut Common) {
        let (mut oldest, mut newest) = (f64::INFINITY, f64::NEG_INFINITY);
        if let Some(error_us) = frame.clock.error_us(at) {
            common.clock_error_us = common.clock_error_us.max(error_us);
        }
        for event in events {
            let arrival = self.ledger.record(event.seq);
            let latency_us = frame.clock.latency_us(at, event.at);
            let made = latency_us.map_or(at - frame.half_trip, |us| at - us as f64 / 1e3);
            oldest = oldest.min(made);
            newest = newest.max(made);
            common.published.note(event.seq, made);
            let block = self.block(event.at, frame);
            let latency_us = latency_us.filter(|_| arrival != Arrival::Duplicate);
            if let (Some(latency_us), Some(block)) = (latency_us, block) {
                self.latest_us = Some(latency_us);
                self.latencies.record(latency_us, block);
                let since_start = event.at.checked_signed_diff(frame.start_us).unwrap_or(0);
                common.paired.note(event.seq, since_start);
                common
                    .paired
                    .record(self.index, event.seq, block, latency_us);
            }
        }
        let worth_showing =
            |event: &&Event| !self.anchored || common.own.as_ref() == Some(&event.data);
        if let Some(last) = events.iter().rfind(worth_showing) {
            self.text.clear();
            self.text.extend(last.data.chars().take(TEXT));
        }
        let count = u32::try_from(events.len()).unwrap_or(u32::MAX);
        self.trace
            .arrived(at, oldest, newest, frame.half_trip, Outcome::Events(count));
    }
}

fn new_ledger(anchor: Option<u64>) -> Ledger {
    anchor.map_or_else(Ledger::unanchored, |seen| Ledger::new(seen + 1))
}

#[cfg(test)]
mod tests;
