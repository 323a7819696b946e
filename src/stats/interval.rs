//! By how much two lanes differ: the bootstrap interval of the median paired difference.

use super::{
    confidence::resamples_out,
    paired::{Pair, PairedLatencies},
};

/// How many blocks there must be for two lanes to be compared.
pub const MIN_BLOCKS: usize = 20;

/// How many times the blocks are drawn anew.
pub const RESAMPLES: usize = 1_000;

/// Into how many blocks a long run is gathered. Longer blocks only make the interval more honest,
/// and their number is what the bootstrap costs.
const MAX_BLOCKS: usize = 64;

/// By how much the latencies of two lanes differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The median of the paired differences `a` − `b`, in µs: negative where `a` is ahead.
    /// Infinite when more than half of the events never came in one of the lanes.
    pub estimate_us: f64,
    /// The lower end of the interval, in µs.
    pub low_us: f64,
    /// The upper end of the interval, in µs.
    pub high_us: f64,
    /// Out of how many events.
    pub n: usize,
    /// Out of how many blocks.
    pub blocks: usize,
}

impl Difference {
    /// The same difference seen from the other lane: `b` − `a`.
    pub(super) fn turned(self) -> Self {
        Self {
            estimate_us: -self.estimate_us,
            low_us: -self.high_us,
            high_us: -self.low_us,
            ..self
        }
    }
}

/// There are fewer than [`MIN_BLOCKS`] blocks with events of both lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotEnoughData {
    /// How many there are so far.
    pub blocks: usize,
}

impl PairedLatencies {
    /// The difference of two lanes with its 95 % interval, not corrected for further pairs: for
    /// those there is [`super::verdict()`]. 1,000 resamples, drawn from `seed`.
    pub fn compare(&self, a: usize, b: usize, seed: u64) -> Result<Difference, NotEnoughData> {
        let sample = Sample::new(&self.pairs(a, b))?;
        Ok(sample.difference(&Draws::new(sample.gathered(), seed), 0.05))
    }
}

/// Which blocks each resample is made of.
pub(super) struct Draws {
    blocks: usize,
    /// For each resample, how many times it contains each block.
    weights: Vec<u8>,
}

impl Draws {
    /// Draws `blocks` out of `blocks`, with replacement, for every resample.
    pub(super) fn new(blocks: usize, seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut weights = vec![0_u8; blocks * RESAMPLES];
        for resample in weights.chunks_exact_mut(blocks.max(1)) {
            for _ in 0..blocks {
                if let Some(weight) = resample.get_mut(rng.usize(..blocks)) {
                    *weight += 1;
                }
            }
        }
        Self { blocks, weights }
    }

    /// How many blocks there are to draw from.
    pub(super) fn blocks(&self) -> usize {
        self.blocks
    }

    /// In how many resamples the blocks' scores add up to at least `least`.
    fn reaching(&self, scores: &[i32], least: i32) -> usize {
        let sum = |resample: &[u8]| -> i32 {
            resample
                .iter()
                .zip(scores)
                .map(|(&weight, &score)| i32::from(weight) * score)
                .sum()
        };
        let resamples = self.weights.chunks_exact(self.blocks.max(1));
        resamples.filter(|resample| sum(resample) >= least).count()
    }
}

/// The paired differences of two lanes, made ready for drawing their blocks.
///
/// The bootstrap draws whole blocks, because events of one block share their luck. It needs no
/// resample's median: a resample's median is at most `v` exactly when at least half of its
/// events are, which is a sum over its blocks. So every question of the kind *in how many
/// resamples is the median at most v* costs 1,000 × at most 64 multiplications however many
/// events there are, and an end of the interval is found by bisection in about a dozen of them.
pub(super) struct Sample {
    /// Difference in µs and gathered block, by ascending difference.
    sorted: Vec<(i64, u32)>,
    /// How many events each gathered block has.
    totals: Vec<i32>,
    /// How many blocks there were.
    blocks: usize,
}

impl Sample {
    /// Gathers neighbouring blocks until there are at most 64.
    pub(super) fn new(pairs: &[Pair]) -> Result<Self, NotEnoughData> {
        let mut blocks: Vec<u32> = Vec::new();
        for pair in pairs {
            // Pairs come nearly in order; a further sort would cost 4 KB of WebAssembly.
            let at = blocks.partition_point(|&block| block < pair.block);
            if blocks.get(at) != Some(&pair.block) {
                blocks.insert(at, pair.block);
            }
        }
        if blocks.len() < MIN_BLOCKS {
            return Err(NotEnoughData {
                blocks: blocks.len(),
            });
        }
        let together = blocks.len().div_ceil(MAX_BLOCKS);
        let mut totals = vec![0; blocks.len().div_ceil(together)];
        let mut sorted = Vec::with_capacity(pairs.len());
        for pair in pairs {
            let gathered = blocks.partition_point(|&block| block < pair.block) / together;
            if let Some(total) = totals.get_mut(gathered) {
                *total += 1;
            }
            sorted.push((pair.difference_us, gathered as u32));
        }
        sorted.sort_unstable();
        Ok(Self {
            sorted,
            totals,
            blocks: blocks.len(),
        })
    }

    /// How many blocks there are to draw from.
    pub(super) fn gathered(&self) -> usize {
        self.totals.len()
    }

    /// The median with its interval of confidence 1 − `alpha`.
    pub(super) fn difference(&self, draws: &Draws, alpha: f64) -> Difference {
        let out = resamples_out(alpha, self.gathered(), RESAMPLES);
        // Where a resample has an even number of events any value between the two middle ones is
        // its median: the smallest counts for the low end, the largest for the high end, so that
        // swapping the lanes swaps the ends.
        let low = self.first(|v| draws.reaching(&self.scores(v), 0) > out);
        let high = self.first(|v| RESAMPLES - draws.reaching(&self.scores(v), 1) <= out);
        Difference {
            estimate_us: self.median(),
            low_us: micros(low),
            high_us: micros(high),
            n: self.sorted.len(),
            blocks: self.blocks,
        }
    }

    /// In how many resamples, at most, the median is on the other side of zero: the fewer, the
    /// surer the difference. Half the bootstrap's p-value, times the resamples.
    pub(super) fn doubt(&self, draws: &Draws) -> usize {
        let not_above = draws.reaching(&self.scores(0), 0);
        let below = draws.reaching(&self.scores(-1), 1);
        not_above.min(RESAMPLES - below)
    }

    /// The median difference, in µs.
    fn median(&self) -> f64 {
        let n = self.sorted.len();
        let at = |rank: usize| self.sorted.get(rank).map_or(0.0, |entry| micros(entry.0));
        let middle = f64::midpoint(at(n.saturating_sub(1) / 2), at(n / 2));
        // Half of the events never came in one lane, and the other half never in the other.
        if middle.is_nan() { 0.0 } else { middle }
    }

    /// Each gathered block's events with a difference of at most `v`, minus its others. Over a
    /// resample these add up to 0 or more when its median is at most `v`.
    fn scores(&self, v: i64) -> Vec<i32> {
        let mut scores: Vec<i32> = self.totals.iter().map(|total| -total).collect();
        for (_, block) in self.sorted.iter().take_while(|entry| entry.0 <= v) {
            if let Some(score) = scores.get_mut(*block as usize) {
                *score += 2;
            }
        }
        scores
    }

    /// The smallest difference in the sample that is `enough`; `enough` holds from some
    /// difference on.
    fn first(&self, enough: impl Fn(i64) -> bool) -> i64 {
        let at = self.sorted.partition_point(|entry| !enough(entry.0));
        self.sorted
            .get(at)
            .or(self.sorted.last())
            .map_or(0, |entry| entry.0)
    }
}

/// A difference in µs as a number that knows infinity.
fn micros(difference_us: i64) -> f64 {
    match difference_us {
        i64::MAX => f64::INFINITY,
        d if d <= -i64::MAX => f64::NEG_INFINITY,
        d => d as f64,
    }
}

#[cfg(test)]
#[allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]
mod tests;
