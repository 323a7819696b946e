//! How late a lane's events came.

use hdrhistogram::Histogram;

use super::{
    blocks::{BlockCounts, BlockHistogram},
    outermost::Outermost,
};

/// The longest latency that is told apart, in µs (one hour); what is beyond counts as this.
const LIMIT_US: i64 = 3_600_000_000;

/// Decimal digits of a recorded latency that hold: below 2,048 µs a value is exact to the µs,
/// above it to 0.1 %.
const DIGITS: u8 = 3;

/// How many samples must lie beyond a percentile for it to be shown.
const ENOUGH_SAMPLES: u64 = 10;

/// How late an event was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Latency {
    /// Receipt minus the event's `at`, in µs; negative when the clocks' error exceeds the latency.
    Micros(i64),
    /// It never came: later than any that did.
    Infinite,
}

/// A percentile that may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percentile {
    /// The latency that this share of the events did not exceed.
    pub value: Latency,
    /// Out of how many events, those that never came included.
    pub n: u64,
}

/// The median with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Median {
    /// The median.
    pub value: Latency,
    /// The lower end of the 95 % interval.
    pub low: Latency,
    /// The upper end of the 95 % interval.
    pub high: Latency,
    /// Out of how many events, those that never came included.
    pub n: u64,
}

/// Where a rank falls.
struct Place {
    value: Latency,
    /// The smallest and the largest µs that are not told apart from the value.
    bounds: (i64, i64),
    /// How many samples are below those bounds, and how many above.
    below: u64,
    above: u64,
}

/// The latencies of one lane, as a histogram of 1 µs or 0.1 %, whichever is coarser, over ± 1 h.
/// Its memory does not grow with the number of events: at most 100 KB for either sign, and less
/// until an hour's latency is seen. Beside it the same histogram is kept block by block.
///
/// A percentile is **shown** only with at least 10 samples beyond it out of at least 5 blocks
/// (the median: on both sides), so that no percentile rests on one bad moment.
#[derive(Debug, Clone, Default)]
pub struct Latencies {
    /// Latencies from 0 on; `None` before the first.
    late: Option<Histogram<u32>>,
    /// Negative latencies, mirrored; `None` before the first.
    early: Option<Histogram<u32>>,
    /// Events that never came.
    never: u64,
    min: Option<Latency>,
    max: Option<Latency>,
    /// The blocks with the largest latencies, and (negated) with the smallest.
    slowest: Outermost,
    fastest: Outermost,
    blocks: BlockHistogram,
}

impl Latencies {
    /// No events yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was kept of a lane: gives the same count, median and percentiles as the events
    /// themselves (or none, where blocks were gathered and the tail is now out of fewer than
    /// five); the smallest and the largest latency to 0.1 %.
    pub fn from_blocks(blocks: &[BlockCounts]) -> Self {
        let mut latencies = Self::new();
        for block in blocks {
            for &(latency_us, n) in &block.counts {
                latencies.record_n(latency_us, n, block.block);
            }
            latencies.record_never_in(block.never.into(), block.block);
        }
        latencies
    }

    /// Enters an event of the given block that came `latency_us` after its `at`.
    pub fn record(&mut self, latency_us: i64, block: u32) {
        self.record_n(latency_us, 1, block);
    }

    /// Enters `n` events of the given block that all came `latency_us` after their `at`.
    pub fn record_n(&mut self, latency_us: i64, n: u32, block: u32) {
        if n == 0 {
            return;
        }
        let value = latency_us.clamp(-LIMIT_US, LIMIT_US);
        let side = if value < 0 {
            &mut self.early
        } else {
            &mut self.late
        };
        if side.is_none() {
            *side = Histogram::new(DIGITS).ok().map(|mut histogram| {
                histogram.auto(true);
                histogram
            });
        }
        if let Some(histogram) = side {
            // It grows by itself up to the limit, so that this cannot fail.
            let _ = histogram.record_n(value.unsigned_abs(), n);
        }
        self.extend(Latency::Micros(value));
        self.slowest.offer(block, value);
        self.fastest.offer(block, -value);
        self.blocks.record(value, n, block);
    }

    /// Enters `n` events that never came and of which it is not known when they should have:
    /// they count as infinitely late, and as out of one block.
    pub fn record_never(&mut self, n: u64) {
        self.record_never_in(n, BlockCounts::UNKNOWN);
    }

    /// Enters `n` events of the given block that never came: infinitely late.
    pub fn record_never_in(&mut self, n: u64, block: u32) {
        if n > 0 {
            self.never = self.never.saturating_add(n);
            self.extend(Latency::Infinite);
            self.slowest.offer(block, i64::MAX);
            let n = u32::try_from(n).unwrap_or(u32::MAX);
            self.blocks.record_never(n, block);
        }
    }

    /// The histogram block by block, ascending: what is kept of a run, and what lanes that were
    /// measured in turn are compared by.
    pub fn blocks(&self) -> &[BlockCounts] {
        self.blocks.blocks()
    }

    /// How many events, those that never came included.
    pub fn count(&self) -> u64 {
        held(self.early.as_ref()) + held(self.late.as_ref()) + self.never
    }

    /// The smallest latency, to the µs.
    pub fn min(&self) -> Option<Latency> {
        self.min
    }

    /// The largest latency, to the µs.
    pub fn max(&self) -> Option<Latency> {
        self.max
    }

    /// The latency that `p` per cent of the events did not exceed, if there is enough beyond it
    /// to show it: above it for `p` ≥ 50, below it for `p` ≤ 50.
    pub fn percentile(&self, p: f64) -> Option<Percentile> {
        let n = self.count();
        let place = self.place(rank(p, n)?)?;
        let (low, high) = place.bounds;
        let above = p < 50.0
            || (place.above >= ENOUGH_SAMPLES && self.slowest.enough_from(high.saturating_add(1)));
        let below =
            p > 50.0 || (place.below >= ENOUGH_SAMPLES && self.fastest.enough_from(1 - low));
        (above && below).then_some(Percentile {
            value: place.value,
            n,
        })
    }

    /// The median, if it may be shown, with its 95 % interval: the two order statistics between
    /// which the median of independent samples lies with a probability of at least 95 %
    /// (binomial, normal approximation, rounded outwards). Events that share a poll are not
    /// independent; comparing lanes is the business of [`super::verdict()`].
    pub fn median(&self) -> Option<Median> {
        self.median_of(self.count())
    }

    /// The same for deliveries of which only so many are independent of each other: those of one
    /// event to many subscribers share its moment, so that a thousand of them say no more about the
    /// next event than one. The interval is as wide as that of so many samples.
    pub fn median_of(&self, independent: u64) -> Option<Median> {
        let Percentile { value, n } = self.percentile(50.0)?;
        let (low, high) = median_ranks(n, independent);
        Some(Median {
            value,
            low: self.place(low)?.value,
            high: self.place(high)?.value,
            n,
        })
    }

    /// The percentile as it stands, however little it rests on. **Provisional**: for a display
    /// that moves while a run is going on, marked as such; never for a result.
    pub fn raw_percentile(&self, p: f64) -> Option<Latency> {
        Some(self.place(rank(p, self.count())?)?.value)
    }

    fn extend(&mut self, value: Latency) {
        self.min = Some(self.min.map_or(value, |min| min.min(value)));
        self.max = Some(self.max.map_or(value, |max| max.max(value)));
    }

    /// Where the `rank`-th smallest sample (from 1) lies.
    fn place(&self, rank: u64) -> Option<Place> {
        let (early, late) = (held(self.early.as_ref()), held(self.late.as_ref()));
        let n = early + late + self.never;
        if rank > early + late {
            // Those that never came cannot be told apart: each that ranks higher is beyond.
            return Some(Place {
                value: Latency::Infinite,
                bounds: (i64::MAX, i64::MAX),
                below: early + late,
                above: n - rank,
            });
        }
        let (bounds, middle, below, upto) = if rank <= early {
            let ((low, high), middle, below, upto) = scan(self.early.as_ref()?, early + 1 - rank)?;
            ((-high, -low), -middle, early - upto, early - below)
        } else {
            let (bounds, middle, below, upto) = scan(self.late.as_ref()?, rank - early)?;
            (bounds, middle, below + early, upto + early)
        };
        Some(Place {
            value: Latency::Micros(middle),
            bounds,
            below,
            above: n - upto,
        })
    }
}

/// How many samples a histogram holds.
fn held(histogram: Option<&Histogram<u32>>) -> u64 {
    histogram.map_or(0, Histogram::len)
}

/// The bucket of the `rank`-th smallest sample: its bounds, its middle, how many samples are
/// before it, and how many up to and including it.
fn scan(histogram: &Histogram<u32>, rank: u64) -> Option<((i64, i64), i64, u64, u64)> {
    let mut before = 0;
    for bucket in histogram.iter_recorded() {
        let upto = before + bucket.count_since_last_iteration();
        if upto >= rank {
            let value = bucket.value_iterated_to();
            let signed = |us: u64| i64::try_from(us).ok();
            let low = signed(histogram.lowest_equivalent(value))?;
            let high = signed(histogram.highest_equivalent(value))?;
            return Some(((low, high), low + (high - low) / 2, before, upto));
        }
        before = upto;
    }
    None
}

/// The rank, from 1 to `n`, of the `p`-th percentile; `None` when there are no samples.
fn rank(p: f64, n: u64) -> Option<u64> {
    // The tiny subtrahend keeps 99.9 % of 10,000 at 9,990 in spite of binary fractions.
    let rank = (p * n as f64 / 100.0 - 1e-6).ceil() as u64;
    (n > 0).then(|| rank.clamp(1, n))
}

/// The ranks of the order statistics that enclose the median of `n` samples with 95 %, of which so
/// many are independent.
fn median_ranks(n: u64, independent: u64) -> (u64, u64) {
    let independent = independent.clamp(1, n.max(1)) as f64;
    let half_width = 1.96 * independent.sqrt() / 2.0 * (n as f64 / independent);
    let low = (n as f64 / 2.0 - half_width).floor() as u64;
    let low = low.clamp(1, n.max(1));
    (low, n + 1 - low.min(n))
}

#[cfg(test)]
#[allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]
mod tests;
