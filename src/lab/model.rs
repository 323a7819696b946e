//! The state of a run as the browser sees it: the lanes, the server's clock, the events that are
//! known. Pure: it is fed with what happened and at which time, and asks for neither.

use super::{
    budget::Fit,
    flags::Disturbances,
    judgement::Contestant,
    lane::{Common, Frame, Lane, State},
    trace::Published,
    turns::Window,
};
use crate::{
    event::Cursor,
    stats::{Evidence, Exchange, PairedLatencies, ServerClock, block_us},
    transport::{Pace, Signal, Transport, counters::LaneCounters},
};

/// What is assumed of half a round trip while nothing is known, ms.
const HALF_TRIP_MS: f64 = 0.5;

/// One run.
#[derive(Debug)]
pub struct Model {
    clock: ServerClock,
    lanes: Vec<Lane>,
    common: Common,
    /// When it began, on the browser's clock, ms.
    origin: f64,
    /// The same on the server's clock, µs; 0 while that is unknown.
    start_us: u64,
    block_us: u64,
    away_ms: f64,
    in_turn: bool,
    disturbances: Disturbances,
    /// How often the clock had begun anew before the run.
    restarted: u32,
}

impl Model {
    /// Before the first run. `step_ms` is the step of the browser's timer.
    pub fn new(step_ms: f64) -> Self {
        Self {
            clock: ServerClock::new(step_ms),
            lanes: Vec::new(),
            common: common(0),
            origin: 0.0,
            start_us: 0,
            block_us: block_us(0),
            away_ms: 0.0,
            in_turn: false,
            disturbances: Disturbances::default(),
            restarted: 0,
        }
    }

    /// The lanes' way is so much longer than the clock's, round trip, ms: they go by a relay.
    #[must_use]
    pub fn away(self, distance_ms: u32) -> Self {
        Self {
            away_ms: distance_ms.into(),
            ..self
        }
    }

    /// A new run with these lanes. They begin at `anchor`, or from now on where there is none.
    ///
    /// A lane has its number from here on: first those that open, in their order, then those that
    /// are left out.
    pub fn begin(&mut self, fit: &Fit, anchor: Option<Cursor>, pace: Pace, now: f64) {
        self.lanes.clear();
        for (index, &seat) in fit.open.iter().chain(&fit.left_out).enumerate() {
            let mut lane = Lane::new(seat, index, anchor);
            if index >= fit.open.len() {
                lane.state = State::LeftOut;
            }
            self.lanes.push(lane);
        }
        self.common = common(self.lanes.len());
        self.block_us = block_us(pace.poll_interval_ms);
        self.in_turn = false;
        self.disturbances = Disturbances::default();
        self.restarted = self.clock.restarted();
        self.start(now);
    }

    /// The lanes of the new run take turns, and wait for theirs.
    pub fn take_turns(&mut self) {
        self.in_turn = true;
        self.lanes.iter_mut().for_each(Lane::wait_for_turn);
    }

    /// It is a lane's turn: it is about to be opened behind event `seen`.
    pub fn call(&mut self, index: usize, seen: u64) {
        if let Some(lane) = self.lanes.get_mut(index) {
            lane.call(seen);
        }
    }

    /// The lane's window begins at the browser's time `from` and lasts a block.
    pub fn measure(&mut self, index: usize, block: u32, from: f64) {
        let from_us = self.clock.to_server_us(from).map_or(0, |us| us as u64);
        let window = Window {
            from_us,
            to_us: from_us + self.block_us,
            block,
        };
        if let Some(lane) = self.lanes.get_mut(index) {
            lane.measure(window);
        }
    }

    /// The lane's turn is over: what it has not seen up to `upto` is lost.
    pub fn dismiss(&mut self, index: usize, upto: u64, now: f64) {
        if let Some(lane) = self.lanes.get_mut(index) {
            lane.dismiss(upto, now);
        }
    }

    /// What the server has counted of a lane.
    pub fn count(&mut self, index: usize, counters: LaneCounters, now: f64) {
        if let Some(lane) = self.lanes.get_mut(index) {
            lane.counters = Some(counters);
            lane.counted_ms = lane.open_for_ms(now);
        }
    }

    /// What the page has noticed of disturbances.
    pub fn disturbances(&self) -> &Disturbances {
        &self.disturbances
    }

    /// The same, to enter one.
    pub fn disturb(&mut self) -> &mut Disturbances {
        &mut self.disturbances
    }

    /// How often the clocks contradicted each other during the run and were matched anew.
    pub fn clock_restarts(&self) -> u32 {
        self.clock.restarted().saturating_sub(self.restarted)
    }

    /// When the run began, µs since the Unix epoch on the server's clock.
    pub fn start_us(&self) -> u64 {
        self.start_us
    }

    /// How long a block is, µs.
    pub fn block_us(&self) -> u64 {
        self.block_us
    }

    /// What is kept of a lane's receipts: number, time since the start in µs, latency in µs.
    pub fn receipts(&self, index: usize) -> Vec<(u64, i64, i64)> {
        self.common.paired.receipts(index)
    }

    /// Publishing begins: time and blocks are counted from here.
    pub fn start(&mut self, now: f64) {
        self.origin = now;
        self.start_us = self
            .clock
            .to_server_us(now)
            .map_or(0, |us| us.max(0.0) as u64);
    }

    /// The visitor publishes this text: the lanes show it when it comes.
    pub fn expect(&mut self, text: &str) {
        self.common.own = Some(text.to_owned());
    }

    /// An exchange of clocks.
    pub fn exchange(&mut self, exchange: Exchange) {
        self.clock.add(exchange);
    }

    /// What the client of lane number `index` tells.
    pub fn take(&mut self, index: usize, signal: Signal) {
        let frame = Frame {
            clock: &self.clock,
            half_trip: half_trip(&self.clock) + self.away_ms / 2.0,
            start_us: self.start_us,
            block_us: self.block_us,
        };
        if let Some(lane) = self.lanes.get_mut(index) {
            lane.take(signal, &frame, &mut self.common);
        }
    }

    /// The run's lanes by their numbers, those left out included.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// A transport's lane, if the run has one: the first of twins.
    pub fn lane(&self, transport: Transport) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.transport == transport)
    }

    /// The events that are known to have been published.
    pub fn published(&self) -> &Published {
        &self.common.published
    }

    /// The server's time.
    pub fn clock(&self) -> &ServerClock {
        &self.clock
    }

    /// The clock error, ± µs: what it is at `now`, or what it was when a latency of this run was
    /// measured, whichever is larger. `None` before the first exchange.
    pub fn clock_error_us(&self, now: f64) -> Option<f64> {
        let present = self.clock.error_us(now)?;
        Some(present.max(self.common.clock_error_us))
    }

    /// When the run began, on the browser's clock, ms.
    pub fn origin(&self) -> f64 {
        self.origin
    }

    /// Half of the lanes' shortest round trip, ms.
    pub fn half_trip(&self) -> f64 {
        half_trip(&self.clock) + self.away_ms / 2.0
    }

    /// Whether no lane is still to open.
    pub fn all_open(&self) -> bool {
        !self.lanes.iter().any(is_pending)
    }

    /// Gives up the lanes that are not open yet, and tells which those are.
    pub fn give_up_late(&mut self) -> Vec<usize> {
        let lanes = self.lanes.iter_mut().enumerate();
        let late = lanes.filter(|(_, lane)| is_pending(lane));
        late.map(|(index, lane)| {
            lane.state = State::Late;
            index
        })
        .collect()
    }

    /// Whether a lane has got, or knows to have lost, all up to `last_seq` that it has to get.
    pub fn has_all(&self, index: usize, last_seq: u64) -> bool {
        let lane = self.lanes.get(index);
        lane.is_some_and(|lane| lane.has_all(last_seq))
    }

    /// Whether any lane can still get events.
    pub fn any_takes_part(&self) -> bool {
        let can = |lane: &Lane| lane.state.takes_part() || lane.state == State::Waiting;
        self.lanes.iter().any(can)
    }

    /// Whether every lane that takes part has got, or knows to have lost, all up to `last_seq`.
    pub fn drained(&self, last_seq: u64) -> bool {
        self.lanes
            .iter()
            .filter(|lane| lane.state.takes_part())
            .all(|lane| lane.has_all(last_seq))
    }

    /// The lanes have drained: what was not seen up to `last_seq` is lost, and the figures are
    /// final.
    pub fn close(&mut self, last_seq: u64, now: f64) {
        let (paired, block_us) = (&self.common.paired, self.block_us.max(1));
        let block_of = |seq| {
            let since_start = u64::try_from(paired.time_near(seq)?).ok()?;
            u32::try_from(since_start / block_us).ok()
        };
        for lane in &mut self.lanes {
            lane.close(last_seq, now, &block_of);
        }
        self.common.paired.close();
    }

    /// What the lanes are compared by.
    pub fn evidence<T>(&self, look: impl FnOnce(&Evidence<'_>) -> T) -> T {
        if self.in_turn {
            let lanes: Vec<_> = self
                .lanes
                .iter()
                .map(|lane| lane.latencies.blocks())
                .collect();
            look(&Evidence::InTurn(&lanes))
        } else {
            look(&Evidence::Together(&self.common.paired))
        }
    }

    /// The lanes as the verdict looks at them, by their numbers.
    pub fn contestants(&self) -> Vec<Contestant<'_>> {
        self.lanes.iter().map(Lane::contestant).collect()
    }

    /// The run is over without final figures: the lanes have been closed.
    pub fn end(&mut self, now: f64) {
        for lane in &mut self.lanes {
            lane.end(now);
        }
    }
}

/// Whether a lane has yet to open.
fn is_pending(lane: &Lane) -> bool {
    matches!(
        lane.state,
        State::Idle | State::Connecting | State::Retrying
    )
}

fn common(lanes: usize) -> Common {
    Common {
        published: Published::default(),
        paired: PairedLatencies::new(lanes),
        clock_error_us: 0.0,
        own: None,
    }
}

fn half_trip(clock: &ServerClock) -> f64 {
    clock.round_trip_us().map_or(HALF_TRIP_MS, |us| us / 2e3)
}

#[cfg(test)]
mod tests;
