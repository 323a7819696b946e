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
        Judgement::of(&self.lanes, &self.common, self.block_us, step_ms)
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
        own: None,
    }
}

fn half_trip(clock: &ServerClock) -> f64 {
    clock.round_trip_us().map_or(HALF_TRIP_MS, |us| us / 2e3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::{Epoch, Event},
        lab::budget::fit,
    };

    const PACE: Pace = Pace {
        poll_interval_ms: 500,
        wait_s: 25,
    };

    fn model() -> Model {
        let mut model = Model::new(0.005);
        model.exchange(Exchange {
            sent_ms: 0.0,
            received_us: 1_000_000,
            answered_us: 1_000_000,
            returned_ms: 0.2,
        });
        model
    }

    fn open(model: &mut Model, transport: Transport) {
        model.take(
            transport,
            Signal::Open {
                at: 1.0,
                position: None,
            },
        );
    }

    /// Event `seq`, which came to be at `seq` s, reaches the lane `ms` later.
    fn deliver(model: &mut Model, transport: Transport, seq: u64, ms: f64) {
        let event = Event {
            seq,
            at: 1_000_000 + seq * 1_000_000,
            data: String::new(),
        };
        let at = seq as f64 * 1e3 + ms;
        let next = Cursor {
            epoch: Epoch(1),
            seq,
        };
        model.take(
            transport,
            Signal::Delivered {
                at,
                events: vec![event],
                next,
            },
        );
    }

    fn started() -> Model {
        let mut model = model();
        let anchor = Cursor {
            epoch: Epoch(1),
            seq: 0,
        };
        model.begin(fit(Lanes::default(), 0), Some(anchor), PACE, 0.0);
        for transport in Transport::PLAIN {
            open(&mut model, transport);
        }
        model.start(0.0);
        model
    }

    #[test]
    fn a_run_waits_for_its_lanes_and_gives_up_those_that_are_late() {
        let mut model = model();
        model.begin(fit(Lanes::default(), 4), None, PACE, 0.0);
        assert!(!model.all_open());
        open(&mut model, Transport::WebSocket);
        assert_eq!(model.give_up_late(), [Transport::Polling]);
        assert!(model.all_open() && model.any_takes_part());
        let state = |transport| model.lane(transport).map(|lane| lane.state);
        assert_eq!(state(Transport::Polling), Some(State::Late));
        assert_eq!(state(Transport::Sse), Some(State::LeftOut));
        assert_eq!(state(Transport::ServerFnPolling), None);
    }

    #[test]
    fn what_is_told_of_a_lane_that_there_is_not_is_nothing() {
        let mut model = started();
        deliver(&mut model, Transport::ServerFnPolling, 1, 1.0);
        assert_eq!(model.published().last(), 0);
    }

    #[test]
    fn a_run_has_drained_when_every_lane_has_all() {
        let mut model = started();
        for transport in Transport::PLAIN {
            assert!(!model.drained(1));
            deliver(&mut model, transport, 1, 1.0);
        }
        assert!(model.drained(1) && !model.drained(2));
        model.close(2);
        assert!(model.lanes().iter().all(|lane| lane.ledger.lost() == 1));
        assert!(!model.any_takes_part());
    }

    #[test]
    fn the_lanes_are_judged_once_there_are_enough_blocks() {
        let mut model = started();
        for seq in 1..=60 {
            for (transport, ms) in Transport::PLAIN.into_iter().zip([250.0, 9.0, 2.0, 2.1]) {
                deliver(&mut model, transport, seq, ms + seq as f64 * 0.01);
            }
            if seq == 15 {
                let early = model.judge(0.005);
                assert_eq!((early.leaders.len(), early.blocks), (0, 15));
            }
        }
        model.close(60);
        let judgement = model.judge(0.005);
        assert_eq!(judgement.leaders, [Transport::Sse, Transport::WebSocket]);
        let behind: Vec<_> = judgement
            .behind
            .iter()
            .map(|behind| behind.transport)
            .collect();
        assert_eq!(behind, [Transport::LongPolling, Transport::Polling]);
        assert!(judgement.within_ms.is_some_and(|ms| ms < 2.0));
        assert!(judgement.behind.iter().all(|behind| behind.by_ms > 5.0));
    }
}
