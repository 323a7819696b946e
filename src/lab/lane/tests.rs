//! What a lane counts.

use super::{taking::TEXT, *};
use crate::{
    event::{Epoch, Event, Gap},
    transport::Signal,
};

const EPOCH: Epoch = Epoch(7);

/// A lane and what it takes signals with. The clocks agree: 1 ms is 1,000 µs from 0 on.
struct Bench {
    lane: Lane,
    clock: ServerClock,
    common: Common,
}

impl Bench {
    fn new(transport: Transport, anchor: Option<u64>) -> Self {
        let mut clock = ServerClock::new(0.001);
        clock.add(crate::stats::Exchange {
            sent_ms: 0.0,
            received_us: 1_000,
            answered_us: 1_000,
            returned_ms: 2.0,
        });
        let anchor = anchor.map(|seq| Cursor { epoch: EPOCH, seq });
        Self {
            lane: Lane::new(Seat { transport, twin: 0 }, 0, anchor),
            clock,
            common: Common {
                published: Published::default(),
                paired: PairedLatencies::new(1),
                clock_error_us: 0.0,
                own: None,
            },
        }
    }

    fn take(&mut self, signal: Signal) -> &Lane {
        let frame = Frame {
            clock: &self.clock,
            half_trip: 1.0,
            start_us: 0,
            block_us: 1_000_000,
        };
        self.lane.take(signal, &frame, &mut self.common);
        &self.lane
    }

    fn deliver(&mut self, at: f64, events: &[(u64, u64, &str)]) -> &Lane {
        let events: Vec<_> = events
            .iter()
            .map(|&(seq, at, data)| Event {
                seq,
                at,
                data: data.to_owned(),
            })
            .collect();
        let seq = events.last().map_or(0, |event| event.seq);
        let next = Cursor { epoch: EPOCH, seq };
        self.take(Signal::Delivered { at, events, next })
    }
}

fn closed(at: f64) -> Signal {
    let reason = "network".to_owned();
    Signal::Closed { at, reason }
}

#[test]
fn every_event_and_every_request_is_counted() {
    let mut bench = Bench::new(Transport::Polling, Some(0));
    for signal in [Signal::Connecting { at: 0.0 }, Signal::Asked { at: 0.0 }] {
        bench.take(signal);
    }
    bench.take(Signal::Open {
        at: 3.0,
        position: None,
    });
    bench.take(Signal::Empty { at: 3.0 });
    bench.take(Signal::Asked { at: 100.0 });
    bench.deliver(110.0, &[(1, 60_000, "a"), (2, 80_000, "b")]);
    let lane = bench.take(Signal::Skipped {
        at: 110.0,
        ticks: 2,
    });
    assert_eq!((lane.requests, lane.wasted, lane.skipped), (2, 1, 2));
    assert_eq!((lane.state, lane.ledger.delivered()), (State::Open, 2));
    assert_eq!((lane.latencies.count(), lane.latest_us), (2, Some(30_000)));
    assert_eq!(bench.common.published.last(), 2);
}

#[test]
fn a_stream_asks_once_and_again_after_each_cut() {
    let mut bench = Bench::new(Transport::Sse, Some(0));
    let open = |at| Signal::Open { at, position: None };
    bench.take(Signal::Connecting { at: 0.0 });
    assert_eq!(bench.take(open(1.0)).reconnects, 0);
    assert_eq!(bench.take(closed(50.0)).state, State::Retrying);
    bench.take(Signal::Retrying {
        at: 50.0,
        in_ms: 100.0,
    });
    bench.take(Signal::Connecting { at: 150.0 });
    let lane = bench.take(open(151.0));
    assert_eq!(
        (lane.requests, lane.reconnects, lane.state),
        (2, 1, State::Open)
    );
    assert_eq!(lane.reason, "network");
}

#[test]
fn a_poll_that_fails_and_the_next_that_works_are_one_reconnection() {
    let mut bench = Bench::new(Transport::Polling, Some(0));
    bench.take(Signal::Open {
        at: 0.0,
        position: None,
    });
    bench.take(closed(5.0));
    bench.take(closed(6.0));
    bench.take(Signal::Asked { at: 7.0 });
    bench.take(Signal::Empty { at: 8.0 });
    assert_eq!(bench.take(Signal::Empty { at: 9.0 }).reconnects, 1);
}

#[test]
fn a_repeated_event_is_counted_but_not_measured_again() {
    let mut bench = Bench::new(Transport::WebSocket, Some(0));
    bench.deliver(10.0, &[(1, 9_000, "")]);
    bench.deliver(20.0, &[(3, 9_000, ""), (1, 9_000, ""), (2, 9_000, "")]);
    let (ledger, latencies) = (&bench.lane.ledger, &bench.lane.latencies);
    assert_eq!(
        (ledger.delivered(), ledger.duplicated(), ledger.reordered()),
        (3, 1, 1)
    );
    assert_eq!(latencies.count(), 3);
}

#[test]
fn what_a_gap_tells_and_what_never_came_are_lost_and_infinitely_late() {
    let mut bench = Bench::new(Transport::LongPolling, Some(0));
    let gap = Gap {
        epoch: EPOCH,
        from: 1,
        to: 4,
        reset: false,
    };
    bench.take(Signal::Gap { at: 1.0, gap });
    bench.deliver(2.0, &[(5, 1_000, "")]);
    assert!(bench.lane.has_all(5) && !bench.lane.has_all(6));
    bench.lane.close(7, 9.0, &|_| None);
    let lane = &bench.lane;
    assert_eq!(
        (lane.gaps, lane.ledger.lost(), lane.latencies.count()),
        (1, 6, 7)
    );
    assert_eq!(lane.latencies.max(), Some(crate::stats::Latency::Infinite));
    assert_eq!(lane.state, State::Ended);
}

#[test]
fn a_new_log_begins_a_new_ledger() {
    let mut bench = Bench::new(Transport::Sse, None);
    bench.deliver(1.0, &[(40, 500, "")]);
    let gap = Gap {
        epoch: Epoch(8),
        from: 1,
        to: 0,
        reset: true,
    };
    bench.take(Signal::Gap { at: 2.0, gap });
    let lane = bench.deliver(3.0, &[(1, 2_500, "")]);
    assert_eq!((lane.ledger.duplicated(), lane.ledger.lost()), (0, 0));
    assert_eq!(bench.common.published.last(), 1);
}

#[test]
fn a_lane_without_a_clock_measures_nothing_and_counts_all() {
    let mut bench = Bench::new(Transport::Sse, Some(0));
    bench.clock = ServerClock::new(0.1);
    let lane = bench.deliver(5.0, &[(1, 9_000, "")]);
    assert_eq!((lane.ledger.delivered(), lane.latencies.count()), (1, 0));
}

#[test]
fn of_a_workload_only_the_visitors_own_text_is_shown() {
    let mut bench = Bench::new(Transport::Sse, Some(0));
    assert_eq!(bench.deliver(1.0, &[(1, 0, "filling")]).text, "");
    bench.common.own = Some("hello".to_owned());
    bench.deliver(2.0, &[(2, 0, "hello"), (3, 0, "filling")]);
    assert_eq!(bench.deliver(3.0, &[(4, 0, "filling")]).text, "hello");
    let mut watched = Bench::new(Transport::Sse, None);
    let long = "가".repeat(TEXT + 1);
    assert_eq!(
        watched.deliver(1.0, &[(9, 0, &long)]).text.chars().count(),
        TEXT
    );
}

#[test]
fn a_lane_that_failed_stays_failed() {
    let mut bench = Bench::new(Transport::Polling, Some(0));
    let reason = "cursor_ahead: …".to_owned();
    bench.take(Signal::Failed { at: 1.0, reason });
    bench.lane.close(3, 2.0, &|_| None);
    assert_eq!(
        (bench.lane.state, bench.lane.ledger.lost()),
        (State::Failed, 3)
    );
}

#[test]
fn a_lane_that_takes_turns_measures_only_what_came_to_be_in_its_window() {
    let mut bench = Bench::new(Transport::Sse, Some(0));
    bench.lane.wait_for_turn();
    bench.lane.call(0);
    bench.take(Signal::Connecting { at: 5.0 });
    bench.deliver(10.0, &[(1, 4_000, "")]);
    bench.lane.measure(Window {
        from_us: 12_000,
        to_us: 20_000,
        block: 7,
    });
    bench.deliver(21.0, &[(2, 11_999, ""), (3, 12_000, ""), (4, 20_000, "")]);
    bench.lane.dismiss(6, 25.0);
    let lane = &bench.lane;
    // Two never came, and count as late in the block.
    assert_eq!((lane.ledger.delivered(), lane.ledger.lost()), (4, 2));
    assert_eq!(lane.latencies.count(), 3);
    let blocks: Vec<_> = lane
        .latencies
        .blocks()
        .iter()
        .map(|block| (block.block, block.never))
        .collect();
    assert_eq!(blocks, [(7, 2)]);
    assert_eq!(lane.state, State::Waiting);
    assert!((lane.open_for_ms(99.0) - 20.0).abs() < 1e-9);

    bench.lane.call(9);
    assert!(bench.lane.has_all(9) && !bench.lane.has_all(10));
    bench.deliver(40.0, &[(10, 39_000, "")]);
    bench.lane.dismiss(10, 41.0);
    assert_eq!(bench.lane.latencies.count(), 3, "no window, no measure");
    bench.lane.close(100, 50.0, &|_| None);
    assert_eq!(bench.lane.ledger.lost(), 2);
    assert_eq!(bench.lane.state, State::Ended);
}
