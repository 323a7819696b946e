//! The same events in several lanes.

/// How many events a lane keeps: 24 bytes each.
const MAX_EVENTS: usize = 20_000;

/// The latency that stands for an event that never came; recorded ones are always less.
const NEVER: i64 = i64::MAX;

/// The longest latency that is kept, in µs (one hour).
const LIMIT_US: i64 = 3_600_000_000;

/// One event in one lane.
#[derive(Debug, Clone, Copy)]
struct Receipt {
    seq: u64,
    block: u32,
    latency_us: i64,
}

/// What one lane received, in the order of the log.
#[derive(Debug, Clone, Default)]
struct Lane {
    receipts: Vec<Receipt>,
    /// The highest number received, kept or not: what is missing below it did not come.
    highest: Option<u64>,
}

/// The paired difference of one event: latency in lane `a` minus latency in lane `b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    /// µs; `i64::MAX` when `a` never received it, `-i64::MAX` when `b` never did.
    pub difference_us: i64,
    /// The event's block.
    pub block: u32,
}

/// The latencies of the lanes of one run, event by event, so that lanes can be compared by what
/// the same event did in both.
///
/// Memory is bounded: from 20,000 events a lane on, a random half of the events is kept, then a
/// quarter, and so on; the same events in all lanes, chosen by their number alone, so that what
/// is kept does not depend on what was measured.
#[derive(Debug, Clone)]
pub struct PairedLatencies {
    lanes: Vec<Lane>,
    /// When the kept events were, by their numbers: the same for all lanes.
    times: Vec<(u64, i64)>,
    max_events: usize,
    /// An event is kept when its number's hash has this many leading zeros.
    halvings: u32,
    closed: bool,
}

impl PairedLatencies {
    /// For lanes numbered from 0 to `lanes - 1`.
    pub fn new(lanes: usize) -> Self {
        Self {
            lanes: vec![Lane::default(); lanes],
            times: Vec::new(),
            max_events: MAX_EVENTS,
            halvings: 0,
            closed: false,
        }
    }

    /// How many lanes there are.
    pub fn lanes(&self) -> usize {
        self.lanes.len()
    }

    /// Enters that `lane` received event `seq`, which belongs to `block`, `latency_us` after its
    /// `at`. Only the first receipt counts. The block is the event's, the same in all lanes.
    pub fn record(&mut self, lane: usize, seq: u64, block: u32, latency_us: i64) {
        let halvings = self.halvings;
        let Some(lane) = self.lanes.get_mut(lane) else {
            return;
        };
        lane.highest = lane.highest.max(Some(seq));
        if !kept(seq, halvings) {
            return;
        }
        let latency_us = latency_us.clamp(-LIMIT_US, LIMIT_US);
        let at = lane.receipts.partition_point(|receipt| receipt.seq < seq);
        if lane
            .receipts
            .get(at)
            .is_none_or(|receipt| receipt.seq != seq)
        {
            lane.receipts.insert(
                at,
                Receipt {
                    seq,
                    block,
                    latency_us,
                },
            );
        }
        if lane.receipts.len() > self.max_events {
            self.halvings += 1;
            let halvings = self.halvings;
            for lane in &mut self.lanes {
                lane.receipts.retain(|receipt| kept(receipt.seq, halvings));
            }
            self.times.retain(|time| kept(time.0, halvings));
        }
    }

    /// Notes when event `seq` was, on any clock that the caller likes: it comes back with the
    /// event's receipts. To be called before an event's first [`record`](Self::record).
    pub fn note(&mut self, seq: u64, at_us: i64) {
        if kept(seq, self.halvings) {
            let at = self.times.partition_point(|time| time.0 < seq);
            if self.times.get(at).is_none_or(|time| time.0 != seq) {
                self.times.insert(at, (seq, at_us));
            }
        }
    }

    /// When event `seq` was, as [noted](Self::note), or when the last one before it was that is
    /// kept: within a few events of its own time. `None` where none was noted before it.
    pub fn time_near(&self, seq: u64) -> Option<i64> {
        let after = self.times.partition_point(|time| time.0 <= seq);
        Some(self.times.get(after.checked_sub(1)?)?.1)
    }

    /// What is kept of a lane's receipts, in the order of the log: the event's number, its time as
    /// [noted](Self::note), its latency in µs. The same events in all lanes.
    pub fn receipts(&self, lane: usize) -> Vec<(u64, i64, i64)> {
        let mut times = self.times.iter().peekable();
        let receipts = self.lanes.get(lane).map(|lane| lane.receipts.as_slice());
        let timed = |receipt: &Receipt| {
            while times.next_if(|time| time.0 < receipt.seq).is_some() {}
            let noted = times.peek().filter(|time| time.0 == receipt.seq);
            noted.map(|time| (receipt.seq, time.1, receipt.latency_us))
        };
        receipts
            .unwrap_or_default()
            .iter()
            .filter_map(timed)
            .collect()
    }

    /// The run has ended and the lanes have drained: what a lane has not received by now never
    /// came. Until then two lanes are compared up to the last event that both have reached.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// The paired differences of two lanes, in the order of the log. An event that only one of
    /// them received is infinitely late in the other; one that neither received says nothing.
    pub(super) fn pairs(&self, a: usize, b: usize) -> Vec<Pair> {
        let (Some(a), Some(b)) = (self.lanes.get(a), self.lanes.get(b)) else {
            return Vec::new();
        };
        let reached = if self.closed {
            Some(u64::MAX)
        } else {
            a.highest.min(b.highest)
        };
        let Some(reached) = reached else {
            return Vec::new();
        };
        let within = |receipt: &&Receipt| receipt.seq <= reached;
        let mut ours = a.receipts.iter().take_while(within).peekable();
        let mut theirs = b.receipts.iter().take_while(within).peekable();
        let mut pairs = Vec::with_capacity(a.receipts.len().max(b.receipts.len()));
        loop {
            let next = match (ours.peek(), theirs.peek()) {
                (None, None) => return pairs,
                (Some(our), None) => our.seq,
                (None, Some(their)) => their.seq,
                (Some(our), Some(their)) => our.seq.min(their.seq),
            };
            let our = ours.next_if(|receipt| receipt.seq == next);
            let their = theirs.next_if(|receipt| receipt.seq == next);
            let difference_us = match (our, their) {
                (Some(our), Some(their)) => our.latency_us - their.latency_us,
                (Some(_), None) => -NEVER,
                _ => NEVER,
            };
            if let Some(receipt) = our.or(their) {
                pairs.push(Pair {
                    difference_us,
                    block: receipt.block,
                });
            }
        }
    }
}

/// Whether the event is among those that are kept after so many halvings. A stride would do the
/// same more simply, but might beat with a poll interval.
fn kept(seq: u64, halvings: u32) -> bool {
    fastrand::Rng::with_seed(seq).u64(..).leading_zeros() >= halvings
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn differences(paired: &PairedLatencies) -> Vec<i64> {
        paired
            .pairs(0, 1)
            .iter()
            .map(|pair| pair.difference_us)
            .collect()
    }

    #[test]
    fn events_are_paired_by_their_number() {
        let mut paired = PairedLatencies::new(2);
        for (seq, latency) in [(1, 10), (3, 30), (2, 20), (2, 99)] {
            paired.record(0, seq, 0, latency);
        }
        for seq in 1..=3 {
            paired.record(1, seq, 0, 1);
        }
        paired.record(7, 1, 0, 1);
        assert_eq!(differences(&paired), [9, 19, 29]);
    }

    #[test]
    fn what_may_still_come_is_not_compared_and_what_never_came_is() {
        let mut paired = PairedLatencies::new(2);
        for seq in [1, 2, 4, 5, 6] {
            paired.record(0, seq, 0, 10);
        }
        assert!(differences(&paired).is_empty());
        for seq in [1, 3, 4] {
            paired.record(1, seq, 0, 10);
        }
        assert_eq!(differences(&paired), [0, -NEVER, NEVER, 0]);
        paired.close();
        assert_eq!(differences(&paired), [0, -NEVER, NEVER, 0, -NEVER, -NEVER]);
        assert_eq!(paired.pairs(0, 9), []);
    }

    #[test]
    fn receipts_come_back_with_their_events_times() {
        let mut paired = PairedLatencies::new(2);
        for seq in [2, 1, 3] {
            paired.note(seq, seq as i64 * 100);
            paired.note(seq, -1);
            paired.record(0, seq, 0, 7);
        }
        paired.record(1, 3, 0, 9);
        paired.record(1, 4, 0, 9);
        assert_eq!(paired.receipts(0), [(1, 100, 7), (2, 200, 7), (3, 300, 7)]);
        assert_eq!(paired.receipts(1), [(3, 300, 9)]);
        assert_eq!(paired.receipts(2), []);
        let near = [0, 1, 3, 9].map(|seq| paired.time_near(seq));
        assert_eq!(near, [None, Some(100), Some(300), Some(300)]);
    }

    #[test]
    fn a_long_run_keeps_the_same_random_part_in_all_lanes() {
        let mut paired = PairedLatencies::new(2);
        for seq in 1..=100_000 {
            paired.note(seq, 0);
            paired.record(0, seq, 0, 5);
            paired.record(1, seq, 0, 2);
        }
        paired.close();
        let differences = differences(&paired);
        assert!(
            (5_000..=MAX_EVENTS).contains(&differences.len()),
            "{}",
            differences.len()
        );
        assert!(differences.iter().all(|&difference| difference == 3));
        assert_eq!(paired.receipts(0).len(), differences.len());
        assert_eq!(paired.times.len(), differences.len());
    }

    proptest! {
        #[test]
        fn halving_never_unpairs(
            receipts in proptest::collection::vec((0..2_usize, 0..200_u64, -9..9_i64), 0..400),
        ) {
            let mut paired = PairedLatencies { max_events: 20, ..PairedLatencies::new(2) };
            let mut all = PairedLatencies::new(2);
            for &(lane, seq, latency) in &receipts {
                paired.record(lane, seq, seq as u32, latency);
                all.record(lane, seq, seq as u32, latency);
            }
            prop_assert!(paired.lanes.iter().all(|lane| lane.receipts.len() <= 20));
            let all = all.pairs(0, 1);
            for pair in paired.pairs(0, 1) {
                // Every event has a block of its own here, by which it is found again.
                prop_assert!(all.contains(&pair));
            }
        }
    }
}
