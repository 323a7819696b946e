//! A lane's latencies block by block: what is kept of a run, and what whole blocks are drawn from.

use std::mem::take;

use serde::{Deserialize, Serialize};

use super::bucket::{bucket, lowest};

/// How many buckets a lane keeps (16 bytes each) before its blocks are gathered. A minute at 500
/// events per second needs no more.
const MAX_BUCKETS: usize = 32_768;

/// So many blocks are never gathered: no interval is drawn from more.
const MIN_KEPT: usize = 64;

/// A block's part of a latency histogram.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockCounts {
    /// The block's number, from 0: an event belongs to the block of its `at`. Where neighbouring
    /// blocks were gathered it is the first one's.
    pub block: u32,
    /// Bucket and count, ascending. A bucket is named by its smallest µs (of the absolute value,
    /// with the sign of the latency): exact below 2,048 µs, then to 0.1 %.
    pub counts: Vec<(i64, u32)>,
    /// Events of the block that never came.
    pub never: u32,
}

impl BlockCounts {
    /// The number of the block that holds events of which it is only known that they never came.
    pub const UNKNOWN: u32 = u32::MAX;
}

/// A lane's latencies, block by block. Blocks and buckets without events take no room.
///
/// Memory is bounded: beyond 32,768 buckets two neighbouring blocks each are gathered into one,
/// then four, and so on, as long as more than 64 blocks are there.
#[derive(Debug, Clone, Default)]
pub(super) struct BlockHistogram {
    blocks: Vec<BlockCounts>,
    buckets: usize,
    /// Of how many blocks one is made, as a power of two.
    gathered: u32,
}

impl BlockHistogram {
    /// Enters `n` events of the block that came so many µs after their `at`.
    pub(super) fn record(&mut self, latency_us: i64, n: u32, block: u32) {
        let name = lowest(bucket(latency_us));
        let Some(block) = self.block(block) else {
            return;
        };
        let at = block.counts.partition_point(|entry| entry.0 < name);
        match block.counts.get_mut(at) {
            Some(entry) if entry.0 == name => entry.1 = entry.1.saturating_add(n),
            _ => {
                block.counts.insert(at, (name, n));
                self.buckets += 1;
                self.bound();
            }
        }
    }

    /// Enters `n` events of the block that never came.
    pub(super) fn record_never(&mut self, n: u32, block: u32) {
        if let Some(block) = self.block(block) {
            block.never = block.never.saturating_add(n);
        }
    }

    /// The blocks that have events, ascending.
    pub(super) fn blocks(&self) -> &[BlockCounts] {
        &self.blocks
    }

    /// The entry of a block, made where it is not there.
    fn block(&mut self, block: u32) -> Option<&mut BlockCounts> {
        let block = self.first_of(block);
        let at = self.blocks.partition_point(|it| it.block < block);
        if self.blocks.get(at).is_none_or(|it| it.block != block) {
            let empty = BlockCounts {
                block,
                ..BlockCounts::default()
            };
            self.blocks.insert(at, empty);
        }
        self.blocks.get_mut(at)
    }

    /// The number under which a block is kept.
    fn first_of(&self, block: u32) -> u32 {
        if block == BlockCounts::UNKNOWN {
            block
        } else {
            (block >> self.gathered) << self.gathered
        }
    }

    fn bound(&mut self) {
        while self.buckets > MAX_BUCKETS && self.blocks.len() > MIN_KEPT && self.gathered < 31 {
            self.gathered += 1;
            self.buckets = 0;
            for mut block in take(&mut self.blocks) {
                block.block = self.first_of(block.block);
                match self.blocks.last_mut() {
                    Some(last) if last.block == block.block => {
                        self.buckets -= last.counts.len();
                        last.counts = joined(&last.counts, &block.counts);
                        last.never = last.never.saturating_add(block.never);
                    }
                    _ => self.blocks.push(block),
                }
                self.buckets += self.blocks.last().map_or(0, |last| last.counts.len());
            }
        }
    }
}

/// Two ascending lists as one.
fn joined(one: &[(i64, u32)], two: &[(i64, u32)]) -> Vec<(i64, u32)> {
    let mut joined: Vec<(i64, u32)> = Vec::with_capacity(one.len() + two.len());
    let (mut one, mut two) = (one.iter().peekable(), two.iter().peekable());
    while let Some(&next) = match (one.peek(), two.peek()) {
        (Some(first), Some(second)) if second.0 < first.0 => two.next(),
        (Some(_), _) => one.next(),
        _ => two.next(),
    } {
        match joined.last_mut() {
            Some(last) if last.0 == next.0 => last.1 = last.1.saturating_add(next.1),
            _ => joined.push(next),
        }
    }
    joined
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn events(block: &BlockCounts) -> u64 {
        let came = block.counts.iter().map(|entry| u64::from(entry.1));
        came.sum::<u64>() + u64::from(block.never)
    }

    #[test]
    fn an_hour_at_the_highest_rate_takes_bounded_memory() {
        let mut histogram = BlockHistogram::default();
        let mut rng = fastrand::Rng::with_seed(1);
        for block in 0..3_600 {
            for _ in 0..500 {
                histogram.record(rng.i64(0..1_000_000), 1, block);
            }
            histogram.record_never(1, block);
        }
        let blocks = histogram.blocks();
        assert!((33..=64).contains(&blocks.len()), "{}", blocks.len());
        assert!(histogram.buckets < 64 * 12_000, "{}", histogram.buckets);
        let kept: usize = blocks.iter().map(|block| block.counts.len()).sum();
        assert_eq!(kept, histogram.buckets);
        assert_eq!(blocks.iter().map(events).sum::<u64>(), 3_600 * 501);
        assert!(blocks.is_sorted_by(|one, two| one.block < two.block));
    }

    #[test]
    fn what_never_came_at_a_time_unknown_stays_apart() {
        let mut histogram = BlockHistogram::default();
        histogram.record_never(3, BlockCounts::UNKNOWN);
        for block in 0..100 {
            for us in 0..1_000 {
                histogram.record(us, 1, block);
            }
        }
        let last = histogram
            .blocks()
            .last()
            .map(|last| (last.block, last.never));
        assert_eq!(last, Some((BlockCounts::UNKNOWN, 3)));
        assert_eq!(histogram.blocks()[1].block, 2);
    }

    proptest! {
        #[test]
        fn joining_is_entering_both(
            one in proptest::collection::vec((-9..9_i64, 1..4_u32), 0..12),
            two in proptest::collection::vec((-9..9_i64, 1..4_u32), 0..12),
        ) {
            let of = |lists: &[&[(i64, u32)]]| {
                let mut histogram = BlockHistogram::default();
                for &(us, n) in &lists.concat() {
                    histogram.record(us, n, 0);
                }
                histogram.blocks().first().map(|block| block.counts.clone()).unwrap_or_default()
            };
            prop_assert_eq!(joined(&of(&[&one]), &of(&[&two])), of(&[&one, &two]));
        }
    }
}
