//! Lanes in turn: each alone, in short blocks, interleaved and shuffled.
//!
//! The run's log is parted among the lanes without a rest: a lane opens at the cursor where its
//! predecessor stopped, and is closed once it has got, or lost, all that was published by the end
//! of its block. So every event of the run is delivered or lost in exactly one lane. *Measured*
//! are only those that came to be within the lane's [`Window`], which begins when the lane is
//! open: what waited for the lane to open tells of the opening, not of the transport.

use super::{budget::Seat, settings::Settings};
use crate::{stats::block_us, transport::Transport};

/// What opening, draining and closing a lane take, as far as can be said beforehand, ms.
const BETWEEN_MS: f64 = 150.0;

/// The time in which events come to be that a lane is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// When it begins, µs since the Unix epoch on the server's clock.
    pub from_us: u64,
    /// When it has ended.
    pub to_us: u64,
    /// The number of the block, from 0.
    pub block: u32,
}

impl Window {
    /// Whether an event of that time is measured.
    pub fn holds(&self, at_us: u64) -> bool {
        (self.from_us..self.to_us).contains(&at_us)
    }
}

/// Whose turn it is, block by block: each of `lanes` once in every round, in an order drawn anew
/// for each round.
pub fn order(lanes: usize, rounds: u32, seed: u64) -> Vec<usize> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut order = Vec::new();
    for _ in 0..rounds {
        let mut left: Vec<usize> = (0..lanes).collect();
        while !left.is_empty() {
            order.push(left.swap_remove(random.usize(..left.len())));
        }
    }
    order
}

/// How long a run in turn takes, about, ms.
pub fn duration_ms(seats: &[Seat], settings: &Settings) -> f64 {
    let block_ms = block_us(settings.poll_interval_ms) as f64 / 1e3;
    let of_lane = |seat: &Seat| {
        let polls = seat.transport.plain() == Transport::Polling;
        let phase_ms = f64::from(settings.poll_interval_ms) / 2.0;
        // A poll's window begins at a random place of the interval, and the last event waits for
        // the next poll.
        let polling_ms = if polls { 2.0 * phase_ms } else { 0.0 };
        block_ms + BETWEEN_MS + polling_ms
    };
    f64::from(settings.blocks) * seats.iter().map(of_lane).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::Ledger;

    #[test]
    fn a_window_holds_its_beginning_and_not_its_end() {
        let window = Window {
            from_us: 10,
            to_us: 20,
            block: 0,
        };
        let held: Vec<_> = [9, 10, 19, 20].map(|at| window.holds(at)).into();
        assert_eq!(held, [false, true, true, false]);
    }

    #[test]
    fn every_lane_has_one_turn_in_every_round() {
        let order = order(4, 50, 3);
        for round in order.chunks(4) {
            let mut sorted = round.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3]);
        }
        let firsts: std::collections::BTreeSet<_> = order.chunks(4).map(|round| round[0]).collect();
        assert_eq!(firsts.len(), 4, "shuffled");
        assert_eq!(order, super::order(4, 50, 3));
    }

    proptest! {
        /// Lanes take turns on one log; in each turn some events do not come.
        #[test]
        fn every_event_is_delivered_or_lost_in_exactly_one_lane(
            lanes in 1..5_usize,
            turns in proptest::collection::vec((0..9_u64, 0..4_u64, any::<u16>()), 1..40),
            seed: u64,
        ) {
            let mut ledgers: Vec<Ledger> = (0..lanes).map(|_| Ledger::new(1)).collect();
            let mut accounts = std::collections::BTreeMap::new();
            let mut cursor = 0;
            let order = order(lanes, 40, seed);
            for (&lane, &(published, beyond, mask)) in order.iter().zip(&turns) {
                let ledger = &mut ledgers[lane];
                ledger.reopen(cursor + 1);
                // What the server had published at the end of the block, and what came beyond.
                let upto = cursor + published;
                let mut end = upto;
                for seq in cursor + 1..=upto + beyond {
                    if mask & (1 << (seq % 16)) != 0 {
                        ledger.record(seq);
                        end = end.max(seq);
                        *accounts.entry(seq).or_insert(0) += 1;
                    }
                }
                let before = ledger.lost();
                ledger.close(end);
                for range in ledger.lost_ranges() {
                    for seq in range {
                        if seq > cursor {
                            *accounts.entry(seq).or_insert(0) += 1;
                        }
                    }
                }
                prop_assert!(ledger.lost() >= before);
                cursor = end;
            }
            prop_assert_eq!(accounts.len() as u64, cursor);
            prop_assert!(accounts.values().all(|&times| times == 1));
            let sum: u64 = ledgers.iter().map(|ledger| ledger.delivered() + ledger.lost()).sum();
            prop_assert_eq!(sum, cursor);
        }
    }
}
