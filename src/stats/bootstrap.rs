//! Drawing blocks anew: how the median varies from resample to resample.

use super::{
    confidence::resamples_out,
    interval::{Difference, RESAMPLES},
    sample::{Middle, Sample},
};

/// How many resamples are drawn at a time: about 0.1 ms natively.
const AT_ONCE: usize = 500;

/// A sample whose blocks are being drawn.
#[derive(Debug)]
pub(super) struct Drawing {
    sample: Sample,
    random: fastrand::Rng,
    times: Vec<u8>,
    middles: Vec<Middle>,
}

impl Drawing {
    /// Nothing is drawn yet. The same seed and number of blocks give the same draws.
    pub(super) fn new(sample: Sample, seed: u64) -> Self {
        Self {
            random: fastrand::Rng::with_seed(seed),
            times: vec![0; sample.gathered()],
            middles: Vec::with_capacity(RESAMPLES),
            sample,
        }
    }

    /// Draws some more resamples; `false` when there were enough.
    pub(super) fn step(&mut self) -> bool {
        let left = RESAMPLES - self.middles.len();
        for _ in 0..left.min(AT_ONCE) {
            self.times.fill(0);
            for _ in 0..self.times.len() {
                if let Some(times) = drawn(&mut self.random, &mut self.times) {
                    *times += 1;
                }
            }
            self.middles.push(self.sample.middle_of(&self.times));
        }
        left > 0
    }

    /// What was drawn.
    pub(super) fn finish(self) -> Drawn {
        let own = self.sample.middle();
        let stretch = self.sample.stretch(own);
        let mut resamples = self.middles;
        for middle in &mut resamples {
            middle.low = stretched(own.low, middle.low, stretch);
            middle.high = stretched(own.high, middle.high, stretch);
        }
        let gathered = self.sample.gathered();
        Drawn {
            own,
            events: self.sample.events(),
            blocks: self.sample.blocks(),
            gathered,
            freedom: gathered as f64 / (stretch * stretch) - 1.0,
            resamples,
        }
    }
}

/// One of these, each as likely as any other. Drawn as a u64: fastrand's usize takes other draws
/// where an address has 32 bits, and the browser would judge the same run otherwise than the server.
fn drawn<'a>(random: &mut fastrand::Rng, times: &'a mut [u8]) -> Option<&'a mut u8> {
    let place = random.u64(..times.len() as u64);
    times.get_mut(usize::try_from(place).ok()?)
}

/// A median, and what it was in the resamples.
#[derive(Debug)]
pub(super) struct Drawn {
    own: Middle,
    resamples: Vec<Middle>,
    events: u64,
    blocks: usize,
    gathered: usize,
    /// How many degrees of freedom the spread of the resamples has.
    freedom: f64,
}

impl Drawn {
    /// The difference of two medians whose blocks were drawn independently.
    pub(super) fn minus(&self, other: &Self) -> Self {
        let pairs = self.resamples.iter().zip(&other.resamples);
        Self {
            own: minus(self.own, other.own),
            resamples: pairs.map(|(&one, &two)| minus(one, two)).collect(),
            events: self.events.min(other.events),
            blocks: self.blocks.min(other.blocks),
            gathered: self.gathered + other.gathered,
            freedom: self.freedom + other.freedom,
        }
    }

    /// How many blocks there were.
    pub(super) fn blocks(&self) -> usize {
        self.blocks
    }

    /// In how many resamples, at most, the median is on the other side of zero: the fewer, the
    /// surer the difference. Half the bootstrap's p-value, times the resamples.
    pub(super) fn doubt(&self) -> usize {
        let not_above = self.resamples.iter().filter(|middle| middle.low <= 0);
        let not_below = self.resamples.iter().filter(|middle| middle.high >= 0);
        not_above.count().min(not_below.count())
    }

    /// The median with its interval of confidence 1 − `alpha`.
    pub(super) fn difference(&self, alpha: f64) -> Difference {
        let out = resamples_out(alpha, self.gathered, self.freedom, RESAMPLES);
        // The smallest median counts for the low end, the largest for the high end, so that
        // swapping the lanes swaps the ends.
        let low = least(&|v| self.reaching(|middle| middle.low <= v) > out);
        let high = least(&|v| self.reaching(|middle| middle.high <= v) >= RESAMPLES - out);
        let estimate = f64::midpoint(micros(self.own.low), micros(self.own.high));
        Difference {
            // Half of the events never came in one lane, and the other half never in the other.
            estimate_us: if estimate.is_nan() { 0.0 } else { estimate },
            low_us: micros(low),
            high_us: micros(high),
            n: self.events,
            blocks: self.blocks,
        }
    }

    fn reaching(&self, is_there: impl Fn(&Middle) -> bool) -> usize {
        self.resamples.iter().filter(|it| is_there(it)).count()
    }
}

/// A resample's median so many times as far from the sample's own; what is infinite stays so.
fn stretched(own: i64, resample: i64, stretch: f64) -> i64 {
    let is_finite = |us: i64| us.unsigned_abs() < i64::MAX.unsigned_abs();
    if is_finite(own) && is_finite(resample) {
        own + ((resample - own) as f64 * stretch).round() as i64
    } else {
        resample
    }
}

/// The difference of two medians. Of two that are both infinite it may be anything.
fn minus(one: Middle, two: Middle) -> Middle {
    Middle {
        low: apart(one.low, two.high, -i64::MAX),
        high: apart(one.high, two.low, i64::MAX),
    }
}

fn apart(one: i64, two: i64, undecided: i64) -> i64 {
    match (one == i64::MAX, two == i64::MAX) {
        (true, true) => undecided,
        (true, false) => i64::MAX,
        (false, true) => -i64::MAX,
        (false, false) => one - two,
    }
}

/// The smallest value that is `enough`; all larger ones are, too, and `i64::MAX` is.
fn least(enough: &dyn Fn(i64) -> bool) -> i64 {
    let (mut below, mut least) = (-i64::MAX, i64::MAX);
    if enough(below) {
        return below;
    }
    while least - 1 > below {
        let middle = i64::midpoint(below, least);
        if enough(middle) {
            least = middle;
        } else {
            below = middle;
        }
    }
    least
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
