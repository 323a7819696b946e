//! By how much two runs differ, lane by lane.
//!
//! Their events are not the same, so nothing can be paired: whole blocks of each run are drawn
//! anew, and the difference is that of the medians. Each run has a clock error of its own, which
//! its absolute latencies carry; both are added to the interval.

use super::{evaluated::seat, record::Record};
use crate::{
    stats::{Difference, Evidence, NotEnoughData, difference},
    transport::Transport,
};

/// The bootstrap's seed: the same runs always give the same interval.
const SEED: u64 = 1;

/// The same transport in two runs.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneDifference {
    /// How its events travelled.
    pub transport: Transport,
    /// Which of the transport's lanes.
    pub twin: u8,
    /// How many subscribers the load generator had in both; 0 for browsers.
    pub subscribers: u32,
    /// The second run's median minus the first one's, with the interval of 95 % widened by the
    /// clock errors; negative where the second is faster.
    pub difference: Result<Difference, NotEnoughData>,
}

impl LaneDifference {
    /// Whether chance and clocks leave no doubt about which run is faster in this lane.
    pub fn is_certain(&self) -> bool {
        self.difference
            .is_ok_and(|it| it.low_us > 0.0 || it.high_us < 0.0)
    }
}

/// What both runs' clocks leave open about a difference between them, ± µs.
pub fn clock_error_us(first: &Record, second: &Record) -> u64 {
    let error = |record: &Record| record.clock.map_or(0, |clock| clock.error_us);
    error(first).saturating_add(error(second))
}

/// The differences of the lanes that both runs have, in the order of the first. Costs some ten ms.
pub fn differences(first: &Record, second: &Record) -> Vec<LaneDifference> {
    let error_us = clock_error_us(first, second) as f64;
    let of_lane = |lane: &super::record::LaneRecord| {
        let other = second
            .lanes
            .iter()
            .find(|other| seat(other) == seat(lane))?;
        let lanes = [
            other.client.histogram.as_slice(),
            lane.client.histogram.as_slice(),
        ];
        let difference = difference(&Evidence::InTurn(&lanes), (0, 1), SEED);
        Some(LaneDifference {
            transport: lane.client.transport,
            twin: lane.client.twin,
            subscribers: lane.subscribers(),
            difference: difference.map(|it| Difference {
                low_us: it.low_us - error_us,
                high_us: it.high_us + error_us,
                ..it
            }),
        })
    };
    first.lanes.iter().filter_map(of_lane).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Plan;

    /// A run all of whose latencies are later by so much.
    fn later(mut record: Record, us: i64) -> Record {
        for lane in &mut record.lanes {
            for block in &mut lane.client.histogram {
                for (latency, _) in &mut block.counts {
                    *latency += us;
                }
            }
        }
        record
    }

    #[test]
    fn a_run_does_not_differ_from_itself_and_its_clock_error_counts_twice() {
        let record = Plan::small(1).record();
        let error_us = record.clock.unwrap().error_us as f64;
        for lane in differences(&record, &record) {
            assert!(!lane.is_certain());
            let difference = lane.difference.unwrap();
            assert_eq!(difference.estimate_us, 0.0);
            assert!(difference.low_us <= -2.0 * error_us && difference.high_us >= 2.0 * error_us);
        }
    }

    #[test]
    fn what_is_later_by_five_ms_is_found_in_every_stream() {
        let record = Plan::small(1).record();
        let streams = |one: &Record, two: &Record| {
            let mut lanes = differences(one, two);
            // Half a second of polling's luck hides them there.
            lanes.retain(|lane| lane.transport != Transport::Polling);
            assert_eq!(lanes.len(), 3);
            lanes
        };
        let other = later(record.clone(), 5_000);
        for lane in streams(&record, &other) {
            assert!(lane.is_certain());
            let difference = lane.difference.unwrap();
            assert!(
                (difference.estimate_us - 5_000.0).abs() < 50.0,
                "{difference:?}"
            );
        }
        let turned = streams(&other, &record);
        assert!(
            turned
                .iter()
                .all(|lane| lane.difference.unwrap().high_us < 0.0)
        );
    }

    #[test]
    fn clocks_that_are_less_certain_than_the_difference_leave_it_open() {
        let mut record = Plan::small(1).record();
        if let Some(clock) = &mut record.clock {
            clock.error_us = 4_000;
        }
        let differences = differences(&record, &later(record.clone(), 5_000));
        assert!(differences.iter().all(|lane| !lane.is_certain()));
    }

    #[test]
    fn lanes_that_only_one_run_has_are_not_compared_and_short_runs_say_so() {
        let record = Plan::small(1).record();
        let mut other = record.clone();
        other.lanes.remove(0);
        assert_eq!(differences(&record, &other).len(), 3);
        let short = Plan {
            duration_s: 5,
            ..Plan::small(1)
        }
        .record();
        assert!(
            differences(&short, &record)
                .iter()
                .all(|lane| lane.difference.is_err())
        );
    }
}
