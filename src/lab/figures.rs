//! A lane's figures at one moment: what the page shows of it, apart from the diagram.

use std::ops::RangeInclusive;

use super::lane::{Lane, State};
use crate::{
    stats::{Latency, Median},
    transport::counters::LaneCounters,
};

/// How many sequence numbers or ranges are named before "and so many more".
const NAMED: usize = 8;

/// Which events a counter is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    /// The first few, as in `3, 7–9`.
    pub named: String,
    /// How many entries there are beyond those.
    pub more: usize,
}

impl Numbers {
    /// No events.
    const NONE: Self = Self {
        named: String::new(),
        more: 0,
    };

    /// Names the first ranges, both ends included.
    pub fn of(ranges: impl ExactSizeIterator<Item = (u64, u64)>) -> Self {
        let mut numbers = Self {
            more: ranges.len().saturating_sub(NAMED),
            ..Self::NONE
        };
        for (from, to) in ranges.take(NAMED) {
            if !numbers.named.is_empty() {
                numbers.named.push_str(", ");
            }
            numbers.named.push_str(&from.to_string());
            if to > from {
                numbers.named.push('–');
                numbers.named.push_str(&to.to_string());
            }
        }
        numbers
    }
}

/// A lane's figures. Latencies are in ms.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// What its connection is doing.
    pub state: State,
    /// Why it failed or was cut, as far as the browser was told.
    pub reason: String,
    /// Different events received.
    pub delivered: u64,
    /// Events that a gap told, or that were never seen by the end of the run.
    pub lost: u64,
    /// Events received once more.
    pub duplicated: u64,
    /// Events received after a later one.
    pub reordered: u64,
    /// HTTP requests.
    pub requests: u64,
    /// Answers with neither event nor gap.
    pub wasted: u64,
    /// How often the lane came back after a cut.
    pub reconnects: u64,
    /// Polls that could not start on their tick.
    pub skipped: u64,
    /// Gaps that were told.
    pub gaps: u64,
    /// How many latencies the percentiles are out of.
    pub n: u64,
    /// The median, once there is enough to say it.
    pub p50: Option<Centre>,
    /// The 90th percentile, once there is enough to say it; infinite when it never came.
    pub p90: Option<f64>,
    /// The 95th percentile, likewise.
    pub p95: Option<f64>,
    /// The 99th percentile, likewise.
    pub p99: Option<f64>,
    /// The largest latency; infinite when an event never came.
    pub max: Option<f64>,
    /// The latest delivery's latency.
    pub latest: Option<f64>,
    /// What the server has counted of the lane, once it was asked.
    pub counters: Option<LaneCounters>,
    /// For how long the lane has been open, ms, to the time of the server's counters.
    pub open_ms: f64,
    /// The lost events.
    pub lost_numbers: Numbers,
    /// The duplicated events.
    pub duplicated_numbers: Numbers,
    /// The events out of order.
    pub reordered_numbers: Numbers,
    /// The beginning of the latest text: the visitor's own, or any of a topic that is watched.
    pub text: String,
}

/// A median and its 95 % interval, ms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Centre {
    /// The median.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

impl From<Median> for Centre {
    fn from(median: Median) -> Self {
        Self {
            value: in_ms(median.value),
            low: in_ms(median.low),
            high: in_ms(median.high),
        }
    }
}

/// A latency in ms; infinite for an event that never came.
pub fn in_ms(latency: Latency) -> f64 {
    match latency {
        Latency::Micros(us) => us as f64 / 1e3,
        Latency::Infinite => f64::INFINITY,
    }
}

impl Figures {
    /// Those of a lane that there is not.
    pub const NONE: Self = Self {
        state: State::Idle,
        reason: String::new(),
        delivered: 0,
        lost: 0,
        duplicated: 0,
        reordered: 0,
        requests: 0,
        wasted: 0,
        reconnects: 0,
        skipped: 0,
        gaps: 0,
        n: 0,
        p50: None,
        p90: None,
        p95: None,
        p99: None,
        max: None,
        latest: None,
        counters: None,
        open_ms: 0.0,
        lost_numbers: Numbers::NONE,
        duplicated_numbers: Numbers::NONE,
        reordered_numbers: Numbers::NONE,
        text: String::new(),
    };

    /// The lane's figures as they are now.
    pub fn of(lane: &Lane) -> Self {
        let (ledger, latencies) = (&lane.ledger, &lane.latencies);
        let lost = ledger.lost_ranges();
        let percentile = |p| latencies.percentile(p).map(|p| in_ms(p.value));
        let single = |seqs: &[u64]| Numbers::of(seqs.iter().map(|&seq| (seq, seq)));
        Self {
            state: lane.state,
            reason: lane.reason.clone(),
            delivered: ledger.delivered(),
            lost: ledger.lost(),
            duplicated: ledger.duplicated(),
            reordered: ledger.reordered(),
            requests: lane.requests,
            wasted: lane.wasted,
            reconnects: lane.reconnects,
            skipped: lane.skipped,
            gaps: lane.gaps,
            n: latencies.count(),
            p50: latencies.median().map(Centre::from),
            p90: percentile(90.0),
            p95: percentile(95.0),
            p99: percentile(99.0),
            max: latencies.max().map(in_ms),
            latest: lane.latest_us.map(|us| us as f64 / 1e3),
            counters: lane.counters,
            open_ms: lane.counted_ms,
            lost_numbers: Numbers::of(lost.iter().map(ends)),
            duplicated_numbers: single(ledger.duplicated_seqs()),
            reordered_numbers: single(ledger.reordered_seqs()),
            text: lane.text.clone(),
        }
    }
}

fn ends(range: &RangeInclusive<u64>) -> (u64, u64) {
    (*range.start(), *range.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbers_are_named_and_the_rest_counted() {
        let few = Numbers::of([(3, 3), (7, 9)].into_iter());
        assert_eq!((few.named.as_str(), few.more), ("3, 7–9", 0));
        let many = Numbers::of(
            (1..=20)
                .map(|n| (n * 10, n * 10))
                .collect::<Vec<_>>()
                .into_iter(),
        );
        assert_eq!((many.named.split(", ").count(), many.more), (NAMED, 12));
    }

    #[test]
    fn an_event_that_never_came_is_infinitely_late() {
        assert_eq!(in_ms(Latency::Micros(-1_500)), -1.5);
        assert_eq!(in_ms(Latency::Infinite), f64::INFINITY);
    }
}
