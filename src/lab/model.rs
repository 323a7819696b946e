//! The state of a run as the browser sees it: the lanes, the server's clock, the events that are
//! known. Pure: it is fed with what happened and at which time, and asks for neither.

use super::{
    budget::Fit,
    judgement::Judgement,
    lane::{Common, Frame, Lane, State},
    settings::Lanes,
    trace::Published,
};
use crate::{
    event::Cursor,
    stats::{Exchange, PairedLatencies, ServerClock, block_us},
    transport::{Pace, Signal, Transport},
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
        }
    }

    /// A new run with these lanes. They begin at `anchor`, or from now on where there is none.
    pub fn begin(&mut self, fit: Fit, anchor: Option<Cursor>, pace: Pace, now: f64) {
        self.lanes.clear();
        for transport in Lanes::ALL {
            let mut lane = Lane::new(transport, self.lanes.len(), anchor);
            if fit.left_out.has(transport) {
                lane.state = State::LeftOut;
            } else if !fit.open.has(transport) {
                continue;
            }
            self.lanes.push(lane);
        }
        self.common = common(self.lanes.len());
        self.block_us = block_us(pace.poll_interval_ms);
        self.start(now);
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

    /// What a lane's client tells.
    pub fn take(&mut self, transport: Transport, signal: Signal) {
        let frame = Frame {
            clock: &self.clock,
            half_trip: half_trip(&self.clock),
            start_us: self.start_us,
            block_us: self.block_us,
        };
        let lane = self
            .lanes
            .iter_mut()
            .find(|lane| lane.transport == transport);
        if let Some(lane) = lane {
            lane.take(signal, &frame, &mut self.common);
        }
    }

    /// The run's lanes, those left out included, in the order in which they are shown.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// A transport's lane, if the run has one.
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

    /// Half of the shortest round trip, ms.
    pub fn half_trip(&self) -> f64 {
        half_trip(&self.clock)
    }

    /// Whether no lane is still to open.
    pub fn all_open(&self) -> bool {
        !self.lanes.iter().any(is_pending)
    }

    /// Gives up the lanes that are not open yet, and tells which those are.
    pub fn give_up_late(&mut self) -> Vec<Transport> {
        let late = self.lanes.iter_mut().filter(|lane| is_pending(lane));
        late.map(|lane| {
            lane.state = State::Late;
            lane.transport
        })
        .collect()
    }

    /// Whether any lane can still get events.
    pub fn any_takes_part(&self) -> bool {
        self.lanes.iter().any(|lane| lane.state.takes_part())
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
    pub fn close(&mut self, last_seq: u64) {
        for lane in &mut self.lanes {
            lane.close(last_seq);
        }
        self.common.paired.close();
    }

    /// What may be said about the lanes by now. Costs some ms: not for every frame.
    pub fn judge(&self, step_ms: f64) -> Judgement {
        let lanes: Vec<_> = self.lanes.iter().map(Lane::contestant).collect();
        Judgement::of(&lanes, &self.common.paired, self.block_us, step_ms)
    }

    /// The run is over without final figures: the lanes have been closed.
    pub fn end(&mut self) {
        for lane in &mut self.lanes {
            lane.end();
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
