//! What a run waits for, and when it is judged.

use super::*;
use crate::{
    event::{Epoch, Event},
    lab::{
        budget::{Seat, fit, seats},
        judgement::{Judgement, rules},
        settings::Lanes,
    },
    runs::types::Mode,
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

/// The number of a transport's lane.
fn number(model: &Model, transport: Transport) -> usize {
    let lanes = model.lanes();
    lanes
        .iter()
        .position(|lane| lane.transport == transport)
        .unwrap_or(lanes.len())
}

/// The four plain lanes, as far as they fit.
fn four(elsewhere: usize) -> Fit {
    fit(&seats(Lanes::default(), Mode::Together), elsewhere)
}

fn open(model: &mut Model, transport: Transport) {
    let index = number(model, transport);
    model.take(
        index,
        Signal::Open {
            at: 1.0,
            position: None,
        },
    );
}

/// Event `seq`, which came to be at `seq` s, reaches the lane `ms` later.
fn deliver(model: &mut Model, transport: Transport, seq: u64, ms: f64) {
    let index = number(model, transport);
    deliver_to(model, index, seq, ms);
}

/// The same by the lane's number.
fn deliver_to(model: &mut Model, index: usize, seq: u64, ms: f64) {
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
        index,
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
    model.begin(&four(0), Some(anchor), PACE, 0.0);
    for transport in Transport::PLAIN {
        open(&mut model, transport);
    }
    model.start(0.0);
    model
}

fn judge(model: &Model) -> Judgement {
    let transports = model.lanes().iter().map(|lane| lane.transport);
    let rules = rules(transports, false, 0.005, |_| 0);
    model
        .evidence(|evidence| Judgement::of(&model.contestants(), evidence, rules, model.block_us()))
}

#[test]
fn a_run_waits_for_its_lanes_and_gives_up_those_that_are_late() {
    let mut model = model();
    model.begin(&four(4), None, PACE, 0.0);
    assert!(!model.all_open());
    open(&mut model, Transport::WebSocket);
    assert_eq!(model.give_up_late(), [number(&model, Transport::Polling)]);
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
    model.close(2, 1e6);
    assert!(model.lanes().iter().all(|lane| lane.ledger.lost() == 1));
    assert!(!model.any_takes_part());
}

#[test]
fn what_a_lane_has_lost_belongs_to_the_blocks_that_others_tell() {
    let mut model = started();
    for seq in 1..=60 {
        deliver(&mut model, Transport::Sse, seq, 2.0);
        if seq > 30 {
            deliver(&mut model, Transport::WebSocket, seq, 2.0);
        }
    }
    model.close(60, 1e6);
    let lane = model
        .lanes()
        .iter()
        .find(|lane| lane.transport == Transport::WebSocket);
    let latencies = &lane.unwrap().latencies;
    let never = latencies.blocks().iter().map(|block| block.never);
    assert_eq!(never.sum::<u32>(), 30);
    // Half a minute of blocks: enough to say that a quarter and more never came.
    let p75 = latencies.percentile(75.0).map(|p75| p75.value);
    assert_eq!(p75, Some(crate::stats::Latency::Infinite));
}

#[test]
fn the_lanes_are_judged_once_there_are_enough_blocks() {
    let mut model = started();
    for seq in 1..=60 {
        for (transport, ms) in Transport::PLAIN.into_iter().zip([250.0, 9.0, 2.0, 2.1]) {
            deliver(&mut model, transport, seq, ms + seq as f64 * 0.01);
        }
        if seq == 15 {
            let early = judge(&model);
            assert_eq!((early.leaders.len(), early.blocks), (0, 15));
        }
    }
    model.close(60, 1e6);
    let judgement = judge(&model);
    assert_eq!(judgement.leaders, [Transport::Sse, Transport::WebSocket]);
    let behind: Vec<_> = judgement
        .behind
        .iter()
        .map(|behind| behind.transport)
        .collect();
    assert_eq!(behind, [Transport::LongPolling, Transport::Polling]);
    assert!(judgement.within_ms.is_some_and(|ms| ms < 2.0));
    for behind in &judgement.behind {
        let (low, high) = behind.range_ms;
        assert!(low <= behind.by_ms && behind.by_ms <= high && behind.by_ms > 5.0);
        assert!(judgement.leaders.contains(&behind.leader));
    }
}

#[test]
fn a_lane_that_never_opened_is_not_called_a_slow_one() {
    let mut model = model();
    let anchor = Cursor {
        epoch: Epoch(1),
        seq: 0,
    };
    model.begin(&four(0), Some(anchor), PACE, 0.0);
    let there = [Transport::Polling, Transport::LongPolling, Transport::Sse];
    for transport in there {
        open(&mut model, transport);
    }
    assert_eq!(model.give_up_late(), [number(&model, Transport::WebSocket)]);
    model.start(0.0);
    for seq in 1..=40 {
        for transport in there {
            deliver(&mut model, transport, seq, 5.0);
        }
    }
    model.close(40, 1e6);
    let judgement = judge(&model);
    let behind = judgement.behind.iter().map(|behind| behind.transport);
    let named: Vec<_> = judgement.leaders.iter().copied().chain(behind).collect();
    assert_eq!(named.len(), 3);
    assert!(!named.contains(&Transport::WebSocket));
}

#[test]
fn the_clock_error_is_the_largest_that_a_latency_was_measured_with() {
    let mut model = started();
    let fresh = model.clock_error_us(0.0);
    deliver(&mut model, Transport::Sse, 100, 5.0);
    let grown = model.clock().error_us(100_005.0);
    assert!(grown > fresh, "nothing is known of the drift");
    model.exchange(Exchange {
        sent_ms: 100_010.0,
        received_us: 101_010_000,
        answered_us: 101_010_000,
        returned_ms: 100_010.2,
    });
    assert!(model.clock().error_us(100_010.2) < grown);
    assert_eq!(model.clock_error_us(100_010.2), grown);
}

#[test]
fn twins_of_one_transport_are_two_lanes() {
    let mut model = model();
    let lanes = Lanes::NONE.with(Transport::Sse, true);
    let anchor = Cursor {
        epoch: Epoch(1),
        seq: 0,
    };
    let fit = fit(&seats(lanes, Mode::SelfCheck), 0);
    model.begin(&fit, Some(anchor), PACE, 0.0);
    for (index, late_ms) in [(0, 2.0), (1, 5.0), (1, 5.0)] {
        deliver_to(&mut model, index, 1, late_ms);
    }
    let counted: Vec<_> = model
        .lanes()
        .iter()
        .map(|lane| (lane.twin, lane.ledger.delivered(), lane.ledger.duplicated()))
        .collect();
    assert_eq!(counted, [(0, 1, 0), (1, 1, 1)]);
    assert_eq!(
        fit.open.first(),
        Some(&Seat {
            transport: Transport::Sse,
            twin: 0
        })
    );
}
