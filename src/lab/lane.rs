//! One lane of a run: everything that is counted of what its client tells.
//!
//! | file | what it answers |
//! |---|---|
//! | `state` | What is its connection doing? |
//! | `taking` | What does that which its client tells do to the counts? |
//! | `turn` | What is another when it takes turns? |

mod state;
mod taking;
mod turn;

use super::{
    budget::Seat,
    judgement::Contestant,
    trace::{Published, Trace},
    turns::Window,
};
use crate::{
    event::Cursor,
    stats::{Latencies, Ledger, PairedLatencies, ServerClock},
    transport::{Transport, counters::LaneCounters},
};

pub use state::State;

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
}

fn new_ledger(anchor: Option<u64>) -> Ledger {
    anchor.map_or_else(Ledger::unanchored, |seen| Ledger::new(seen + 1))
}

#[cfg(test)]
mod tests;
