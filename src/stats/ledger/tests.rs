use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

#[test]
fn an_undisturbed_lane_has_nothing_but_deliveries() {
    let mut ledger = Ledger::new(1);
    for seq in 1..=100_000 {
        assert_eq!(ledger.record(seq), Arrival::New);
    }
    ledger.close(100_000);
    assert_eq!((ledger.delivered(), ledger.lost()), (100_000, 0));
    assert_eq!((ledger.duplicated(), ledger.reordered()), (0, 0));
    assert!(!ledger.approximate());
}

#[test]
fn a_hole_is_missing_first_and_lost_when_the_run_is_closed() {
    let mut ledger = Ledger::new(1);
    ledger.record(1);
    ledger.record(5);
    assert_eq!(ledger.missing(), [2..=4]);
    assert_eq!(ledger.lost(), 0);
    ledger.close(7);
    assert_eq!(ledger.missing(), []);
    assert_eq!(ledger.lost_ranges(), [2..=4, 6..=7]);
    assert_eq!(ledger.lost(), 5);
}

#[test]
fn a_lane_that_received_nothing_lost_everything() {
    let mut ledger = Ledger::new(1);
    ledger.close(9);
    assert_eq!(ledger.lost_ranges(), [1..=9]);
    let mut silent = Ledger::new(1);
    silent.close(0);
    assert_eq!(silent.lost(), 0);
}

#[test]
fn a_told_gap_is_lost_at_once_and_healed_by_a_late_arrival() {
    let mut ledger = Ledger::new(1);
    ledger.told_gap(1, 0);
    assert_eq!(ledger.lost(), 0);
    ledger.record(1);
    ledger.told_gap(2, 6);
    assert_eq!(ledger.lost_ranges(), [2..=6]);
    assert_eq!(ledger.record(7), Arrival::New);
    assert_eq!(ledger.record(4), Arrival::OutOfOrder);
    assert_eq!(ledger.lost_ranges(), [2..=3, 5..=6]);
    assert_eq!(ledger.record(4), Arrival::Duplicate);
}

#[test]
fn a_watcher_begins_with_what_it_first_receives() {
    let mut ledger = Ledger::unanchored();
    assert_eq!(ledger.record(40), Arrival::New);
    assert_eq!(ledger.record(42), Arrival::New);
    assert_eq!(ledger.missing(), [41..=41]);
    assert_eq!(ledger.record(38), Arrival::OutOfOrder);
    assert_eq!(ledger.missing(), [39..=39, 41..=41]);
    ledger.close(42);
    assert_eq!(ledger.lost(), 2);
    let mut silent = Ledger::unanchored();
    silent.close(42);
    assert_eq!(silent.lost(), 0);
}

#[test]
fn what_is_before_the_first_expected_had_been_seen() {
    let mut ledger = Ledger::new(10);
    assert_eq!(ledger.record(9), Arrival::Duplicate);
    ledger.told_gap(1, 11);
    assert_eq!(ledger.lost_ranges(), [10..=11]);
}

#[test]
fn lists_are_capped_and_counts_are_not() {
    let mut ledger = Ledger::new(1);
    for _ in 0..5_000 {
        ledger.record(1);
    }
    assert_eq!(ledger.duplicated(), 4_999);
    assert_eq!(ledger.duplicated_seqs().len(), MAX_LISTED);
}

#[test]
fn a_lane_that_loses_every_other_event_stays_bounded() {
    let mut ledger = Ledger::new(1);
    for seq in (2..=100_000).step_by(2) {
        ledger.record(seq);
    }
    assert!(ledger.approximate());
    ledger.close(100_000);
    assert!(ledger.lost_ranges().len() <= 16_384);
    assert_eq!((ledger.delivered(), ledger.lost()), (50_000, 50_000));
}

#[test]
fn the_largest_numbers_do_no_harm() {
    for mut ledger in [Ledger::new(0), Ledger::unanchored()] {
        ledger.record(u64::MAX);
        ledger.record(0);
        ledger.told_gap(0, u64::MAX);
        ledger.record(u64::MAX - 1);
        ledger.close(u64::MAX);
        assert_eq!((ledger.delivered(), ledger.duplicated()), (3, 0));
        assert_eq!(ledger.lost_ranges(), [1..=u64::MAX - 2]);
    }
}

#[derive(Debug, Clone)]
enum Step {
    Record(u64),
    Gap(u64, u64),
    Close(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..40_u64).prop_map(Step::Record),
        2 => (0..40_u64, 0..8_u64).prop_map(|(from, len)| Step::Gap(from, (from + len).saturating_sub(1))),
        1 => (0..45_u64).prop_map(Step::Close),
    ]
}

/// The same, remembering every number.
#[derive(Default)]
struct Naive {
    first: Option<u64>,
    anchored: bool,
    end: u64,
    received: BTreeSet<u64>,
    told: BTreeSet<u64>,
    duplicates: Vec<u64>,
    reordered: Vec<u64>,
    closed: bool,
}

impl Naive {
    fn step(&mut self, step: &Step) {
        match *step {
            Step::Record(seq) => {
                let early = self.anchored && self.first.is_some_and(|first| seq < first);
                let late = self.received.last().is_some_and(|&last| seq < last);
                if early || self.received.contains(&seq) {
                    self.duplicates.push(seq);
                    return;
                }
                if late {
                    self.reordered.push(seq);
                }
                self.received.insert(seq);
                self.extend(seq, seq);
            }
            Step::Gap(from, to) => {
                let from = if self.anchored {
                    from.max(self.first.unwrap_or(0))
                } else {
                    from
                };
                if from <= to {
                    self.told.extend(from..=to);
                    self.extend(from, to);
                }
            }
            Step::Close(last) => {
                self.closed = true;
                if self.first.is_some() {
                    self.end = self.end.max(last + 1);
                }
            }
        }
    }

    fn extend(&mut self, from: u64, to: u64) {
        self.first = Some(self.first.map_or(from, |first| first.min(from)));
        self.end = self.end.max(to + 1);
    }

    fn unseen(&self, lost: bool) -> Vec<u64> {
        (self.first.unwrap_or(self.end)..self.end)
            .filter(|seq| !self.received.contains(seq))
            .filter(|seq| (self.closed || self.told.contains(seq)) == lost)
            .collect()
    }
}

fn flat(ranges: Vec<RangeInclusive<u64>>) -> Vec<u64> {
    ranges.into_iter().flatten().collect()
}

proptest! {
    #[test]
    fn it_agrees_with_a_ledger_that_remembers_everything(
        first in proptest::option::of(0..10_u64),
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let mut ledger = first.map_or_else(Ledger::unanchored, Ledger::new);
        let mut naive = Naive { first, anchored: first.is_some(), ..Naive::default() };
        for step in &steps {
            naive.step(step);
            match *step {
                Step::Record(seq) => { ledger.record(seq); }
                Step::Gap(from, to) => ledger.told_gap(from, to),
                Step::Close(last) => ledger.close(last),
            }
            prop_assert_eq!(ledger.delivered(), naive.received.len() as u64);
            prop_assert_eq!(ledger.duplicated_seqs(), &naive.duplicates[..]);
            prop_assert_eq!(ledger.reordered_seqs(), &naive.reordered[..]);
            prop_assert_eq!(flat(ledger.missing()), naive.unseen(false));
            prop_assert_eq!(flat(ledger.lost_ranges()), naive.unseen(true));
            prop_assert_eq!(ledger.lost(), naive.unseen(true).len() as u64);
        }
    }

    #[test]
    fn forgetting_holes_keeps_the_sum(
        seqs in proptest::collection::btree_set(1..300_u64, 0..150),
        last in 300..310_u64,
    ) {
        let mut ledger = Ledger::new(1);
        ledger.holes.most = 8;
        for &seq in &seqs {
            ledger.record(seq);
        }
        ledger.close(last);
        prop_assert!(ledger.lost_ranges().len() <= 8);
        prop_assert_eq!(ledger.delivered() + ledger.lost(), last);
    }
}

#[test]
fn what_came_while_the_lane_was_away_is_not_its_loss() {
    let mut ledger = Ledger::new(1);
    for seq in [1, 2, 4] {
        ledger.record(seq);
    }
    assert!(ledger.has_all(2) && !ledger.has_all(4));
    ledger.close(5);
    ledger.reopen(11);
    assert_eq!(ledger.lost_ranges(), [3..=3, 5..=5]);
    assert!(ledger.has_all(10) && !ledger.has_all(12));
    ledger.record(11);
    ledger.record(13);
    assert_eq!((ledger.lost(), ledger.missing()), (2, vec![12..=12]));
    ledger.close(13);
    assert_eq!((ledger.delivered(), ledger.lost()), (5, 3));
    assert_eq!(ledger.duplicated() + ledger.reordered(), 0);
}

#[test]
fn a_lane_whose_first_turn_comes_late_owes_nothing_before() {
    let mut ledger = Ledger::new(1);
    ledger.reopen(8);
    assert!(ledger.has_all(7) && !ledger.has_all(8));
    ledger.record(8);
    ledger.close(8);
    assert_eq!((ledger.delivered(), ledger.lost()), (1, 0));
}
