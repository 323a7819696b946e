//! A sample that whole blocks are drawn from, anew and anew.
//!
//! The bootstrap draws whole blocks, because events of one block share their luck. A resample is
//! never written out: it is how many times each block is in it, and its median is found by
//! bisection over marks in the ordered sample, at each of which it is known how many events every
//! block has before it. That costs some 600 multiplications, however many events there are.

use super::{
    blocks::BlockCounts,
    bucket::{bucket, middle},
    interval::{MIN_BLOCKS, NotEnoughData},
    paired::Pair,
};

/// Into how many blocks a long run is gathered. Longer blocks share less luck with their
/// neighbours, and their number is what the bootstrap costs.
pub(super) const MAX_BLOCKS: usize = 32;

/// How many entries there are from one mark to the next.
const STRIDE: usize = 64;

/// So many events of one block in one bucket.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    bucket: i16,
    /// The gathered block, below [`MAX_BLOCKS`].
    block: u16,
    count: u32,
}

/// Values in blocks: paired differences of two lanes, or the latencies of one. They are told
/// apart to 1 µs or 0.1 %, whichever is coarser.
#[derive(Debug)]
pub(super) struct Sample {
    /// By ascending value.
    entries: Vec<Entry>,
    /// Before every [`STRIDE`]th entry: how many events each gathered block has had.
    marks: Vec<u32>,
    /// How many events each gathered block has.
    totals: Vec<u32>,
    /// How many blocks there were.
    blocks: usize,
}

/// Between which values a median lies: where the number of events is even, any value between the
/// two middle ones is a median.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Middle {
    /// The smallest median, in µs; ± `i64::MAX` for what never came.
    pub low: i64,
    /// The largest.
    pub high: i64,
}

impl Sample {
    /// The paired differences of two lanes.
    pub(super) fn of_pairs(pairs: &[Pair]) -> Result<Self, NotEnoughData> {
        let mut blocks: Vec<u32> = Vec::new();
        for pair in pairs {
            // Pairs come nearly in the order of their blocks.
            let at = blocks.partition_point(|&block| block < pair.block);
            if blocks.get(at) != Some(&pair.block) {
                blocks.insert(at, pair.block);
            }
        }
        let together = gathering(blocks.len())?;
        let entry = |pair: &Pair| Entry {
            bucket: bucket(pair.difference_us),
            block: (blocks.partition_point(|&block| block < pair.block) / together) as u16,
            count: 1,
        };
        Ok(Self::new(pairs.iter().map(entry).collect(), blocks.len()))
    }

    /// The latencies of one lane.
    pub(super) fn of_blocks(blocks: &[BlockCounts]) -> Result<Self, NotEnoughData> {
        let timed = blocks
            .iter()
            .filter(|block| block.block != BlockCounts::UNKNOWN);
        let timed = timed.count();
        let together = gathering(timed)?;
        let mut entries = Vec::new();
        for (at, its) in blocks.iter().enumerate() {
            // What never came at a time unknown is drawn with the last block.
            let block = (at.min(timed - 1) / together) as u16;
            let never = (i64::MAX, its.never);
            for &(us, count) in its.counts.iter().chain([&never]) {
                if count > 0 {
                    let bucket = bucket(us);
                    entries.push(Entry {
                        bucket,
                        block,
                        count,
                    });
                }
            }
        }
        Ok(Self::new(entries, timed))
    }

    fn new(entries: Vec<Entry>, blocks: usize) -> Self {
        let entries = by_value(entries);
        let most = entries.iter().map(|entry| entry.block).max();
        let mut totals = vec![0_u32; usize::from(most.unwrap_or_default()) + 1];
        let mut marks = Vec::with_capacity(totals.len() * (entries.len() / STRIDE + 1));
        for (at, entry) in entries.iter().enumerate() {
            if at % STRIDE == 0 {
                marks.extend_from_slice(&totals);
            }
            if let Some(total) = totals.get_mut(usize::from(entry.block)) {
                *total = total.saturating_add(entry.count);
            }
        }
        Self {
            entries,
            marks,
            totals,
            blocks,
        }
    }

    /// How many blocks there are to draw from.
    pub(super) fn gathered(&self) -> usize {
        self.totals.len()
    }

    /// How many blocks there were.
    pub(super) fn blocks(&self) -> usize {
        self.blocks
    }

    /// How many events there are.
    pub(super) fn events(&self) -> u64 {
        self.totals.iter().map(|&total| u64::from(total)).sum()
    }

    /// The sample's own median.
    pub(super) fn middle(&self) -> Middle {
        self.middle_of(&vec![1; self.gathered()])
    }

    /// The median of a resample that has each gathered block so many times.
    pub(super) fn middle_of(&self, times: &[u8]) -> Middle {
        let events = sum(times, &self.totals);
        let half = events.div_ceil(2);
        let mut before = 0;
        let mark = self.last_mark(|mark| {
            let sum = sum(times, mark);
            let is_before = sum < half;
            before = if is_before { sum } else { before };
            is_before
        });
        let mut low = None;
        for entry in self.entries.iter().skip(mark * STRIDE) {
            let times = times.get(usize::from(entry.block)).copied().unwrap_or(0);
            before += u64::from(times) * u64::from(entry.count);
            if before >= half {
                let here = middle(entry.bucket);
                let low = *low.get_or_insert(here);
                if 2 * before > events {
                    return Middle { low, high: here };
                }
            }
        }
        // Only without events.
        Middle { low: 0, high: 0 }
    }

    /// By how much more the median varies than blocks would let it that have nothing to do with
    /// each other: blocks that follow each other may share some luck all the same.
    ///
    /// What a block does to the median is how many more of its events are above it than below.
    /// These sums are taken for a series in which each takes over a share of the last one's luck,
    /// up to 80 %; a share below zero is not believed.
    pub(super) fn stretch(&self, own: Middle) -> f64 {
        let mut sums = vec![0_f64; self.gathered()];
        for entry in &self.entries {
            let value = middle(entry.bucket);
            let side = f64::from(i8::from(value > own.low) - i8::from(value < own.high));
            if let Some(sum) = sums.get_mut(usize::from(entry.block)) {
                *sum += side * f64::from(entry.count);
            }
        }
        let n = sums.len() as f64;
        let mean = sums.iter().sum::<f64>() / n;
        let of = |one: &f64, two: &f64| (one - mean) * (two - mean);
        let all: f64 = sums.iter().map(|sum| of(sum, sum)).sum();
        let next = sums.iter().zip(sums.iter().skip(1));
        let share = next.map(|(one, two)| of(one, two)).sum::<f64>() / all.max(1e-9);
        let share = share.clamp(0.0, 0.8);
        ((1.0 + share) / (1.0 - share)).sqrt()
    }

    /// The number of the last mark for which `is_before` holds; the first mark is never asked.
    fn last_mark(&self, mut is_before: impl FnMut(&[u32]) -> bool) -> usize {
        let width = self.gathered();
        let (mut first, mut end) = (0, self.marks.len() / width.max(1));
        while end - first > 1 {
            let at = usize::midpoint(first, end);
            let mark = self.marks.get(at * width..(at + 1) * width);
            if is_before(mark.unwrap_or_default()) {
                first = at;
            } else {
                end = at;
            }
        }
        first
    }
}

/// How many neighbouring blocks are gathered into one.
fn gathering(blocks: usize) -> Result<usize, NotEnoughData> {
    if blocks < MIN_BLOCKS {
        Err(NotEnoughData { blocks })
    } else {
        Ok(blocks.div_ceil(MAX_BLOCKS))
    }
}

/// How many events a resample has of so many in each block.
fn sum(times: &[u8], events: &[u32]) -> u64 {
    let of_block = |(&times, &events): (&u8, &u32)| u64::from(times) * u64::from(events);
    times.iter().zip(events).map(of_block).sum()
}

/// Orders entries by their buckets, byte by byte: the general sort is 4 KB of WebAssembly, and
/// slower.
fn by_value(mut entries: Vec<Entry>) -> Vec<Entry> {
    for byte in [0, 1] {
        let key = |entry: &Entry| {
            let bytes = entry.bucket.wrapping_sub(i16::MIN).to_le_bytes();
            usize::from(bytes.get(byte).copied().unwrap_or_default())
        };
        let mut starts = [0_usize; 257];
        for entry in &entries {
            if let Some(count) = starts.get_mut(key(entry) + 1) {
                *count += 1;
            }
        }
        let mut start = 0;
        for place in &mut starts {
            start += *place;
            *place = start;
        }
        let mut ordered = vec![Entry::default(); entries.len()];
        for entry in entries {
            if let Some(start) = starts.get_mut(key(&entry))
                && let Some(place) = ordered.get_mut(*start)
            {
                *place = entry;
                *start += 1;
            }
        }
        entries = ordered;
    }
    entries
}

#[cfg(test)]
#[allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pairs(values: &[(i64, u32)]) -> Vec<Pair> {
        let pair = |&(difference_us, block)| Pair {
            difference_us,
            block,
        };
        values.iter().map(pair).collect()
    }

    #[test]
    fn a_long_run_is_gathered() {
        let values: Vec<_> = (0..18_000).map(|n| (n, n as u32 / 5)).collect();
        let sample = Sample::of_pairs(&pairs(&values)).expect("enough");
        assert_eq!(sample.blocks(), 3_600);
        assert!((32..=MAX_BLOCKS).contains(&sample.gathered()));
        assert_eq!(sample.events(), 18_000);
    }

    #[test]
    fn fewer_than_twenty_blocks_are_not_enough() {
        let few: Vec<_> = (0..19).map(|n| (5, n)).collect();
        let error = |blocks| Some(NotEnoughData { blocks });
        assert_eq!(Sample::of_pairs(&pairs(&few)).err(), error(19));
        assert_eq!(Sample::of_pairs(&[]).err(), error(0));
        assert_eq!(Sample::of_blocks(&[]).err(), error(0));
        let unknown = BlockCounts {
            block: BlockCounts::UNKNOWN,
            never: 9,
            ..BlockCounts::default()
        };
        assert_eq!(Sample::of_blocks(&vec![unknown; 30]).err(), error(0));
    }

    proptest! {
        #[test]
        fn a_resamples_median_is_that_of_its_events(
            mut values in proptest::collection::vec(
                (prop_oneof![-9..9_i64, -2_000..2_000_i64, Just(i64::MAX)], 0..24_u32),
                60..400,
            ),
            times in proptest::collection::vec(0..4_u8, 24),
        ) {
            values.extend((0..24).map(|block| (0, block)));
            let sample = Sample::of_pairs(&pairs(&values)).expect("enough");
            let mut drawn = Vec::new();
            for &(value, block) in &values {
                drawn.extend(std::iter::repeat_n(value, times[block as usize].into()));
            }
            drawn.sort_unstable();
            prop_assume!(!drawn.is_empty());
            let middle = Middle {
                low: drawn[(drawn.len() - 1) / 2],
                high: drawn[drawn.len() / 2],
            };
            prop_assert_eq!(sample.middle_of(&times), middle);
        }

        #[test]
        fn a_lanes_blocks_give_its_median(
            values in proptest::collection::vec((0..2_000_i64, 0..30_u32, 1..4_u32), 40..200),
            never in 0..300_u32,
        ) {
            let mut histogram = super::super::blocks::BlockHistogram::default();
            let mut all = vec![i64::MAX; never as usize];
            for block in 0..30 {
                histogram.record(1, 1, block);
                all.push(1);
            }
            for &(us, block, n) in &values {
                histogram.record(us, n, block);
                all.extend(vec![us; n as usize]);
            }
            histogram.record_never(never, BlockCounts::UNKNOWN);
            all.sort_unstable();
            let sample = Sample::of_blocks(histogram.blocks()).expect("enough");
            prop_assert_eq!(sample.events(), all.len() as u64);
            let middle = Middle { low: all[(all.len() - 1) / 2], high: all[all.len() / 2] };
            prop_assert_eq!(sample.middle(), middle);
        }
    }
}
