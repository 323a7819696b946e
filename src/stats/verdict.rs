//! Which lanes are ahead of which, and which are alike.

use super::{
    comparison::{Comparison, Evidence},
    interval::{Difference, NotEnoughData},
    ranking::Group,
};

/// What a difference must exceed, besides chance, to be called one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rules {
    /// The step of the timer, in µs.
    pub step_us: f64,
    /// The instrument's bias lane by lane, in µs: by how much two lanes of the same transport
    /// differed in a self-check. A lane that is not listed has none.
    pub bias_us: Vec<f64>,
    /// What lanes that share events, moment and browser do to each other, in µs: smaller
    /// differences are left to the mode *in turn*. 0 there; [`TOGETHER_FLOOR_US`] for *together*.
    pub together_floor_us: f64,
}

/// The [`Rules::together_floor_us`] of lanes that run together.
pub const TOGETHER_FLOOR_US: f64 = 2_000.0;

impl Rules {
    /// What a difference of these lanes must exceed: the timer's step and the bias of either.
    fn margin_us(&self, a: usize, b: usize) -> f64 {
        let bias = |lane: usize| self.bias_us.get(lane).copied().unwrap_or(0.0);
        self.step_us.max(bias(a)).max(bias(b))
    }
}

/// What is to be said of two lanes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// One is ahead of the other. All three numbers are positive and may be infinite.
    Ahead {
        /// The lane that is ahead: the pair's `a` or `b`.
        lane: usize,
        /// By how many µs the median event is earlier in it.
        by_us: f64,
        /// The lower end of the corrected interval, in µs.
        low_us: f64,
        /// The upper end of the corrected interval, in µs.
        high_us: f64,
    },
    /// They could not be told apart: they differ by less than this.
    AlikeWithin {
        /// The end of the corrected interval that is farther from zero, in µs; may be infinite.
        us: f64,
    },
    /// There are not enough blocks yet.
    NotEnoughData(NotEnoughData),
}

/// Two lanes, `a` < `b`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairVerdict {
    /// The first lane.
    pub a: usize,
    /// The second lane.
    pub b: usize,
    /// The difference `a` − `b` with its corrected interval.
    pub difference: Result<Difference, NotEnoughData>,
    /// What is to be said of them.
    pub outcome: Outcome,
}

/// The verdict on a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The leaders first: the lanes that no other lane is ahead of. Then those that are next when
    /// the leaders are set aside, and so on. Empty while there is not enough data.
    pub ranking: Vec<Group>,
    /// The lanes that there is not enough data to compare with any other.
    pub unranked: Vec<usize>,
    /// Every two lanes once, in ascending order.
    pub pairs: Vec<PairVerdict>,
}

/// Compares every lane with every other; what is random is drawn from `seed`.
///
/// A lane is ahead when the interval of the difference leaves out zero and the difference exceeds
/// the rules' margin and floor. The intervals are corrected for the number of pairs (Holm).
///
/// All in one go: where a page must go on painting, drive a [`Comparison`].
pub fn verdict(evidence: &Evidence<'_>, rules: Rules, seed: u64) -> Verdict {
    drained(Comparison::new(evidence, rules, seed), evidence)
}

/// The difference `a` − `b` of two lanes with its 95 % interval, not corrected for further pairs.
pub fn difference(
    evidence: &Evidence<'_>,
    (a, b): (usize, usize),
    seed: u64,
) -> Result<Difference, NotEnoughData> {
    let comparison = Comparison::between(vec![(a, b)], evidence, Rules::default(), seed);
    let verdict = drained(comparison, evidence);
    let nothing = Err(NotEnoughData { blocks: 0 });
    verdict
        .pairs
        .first()
        .map_or(nothing, |pair| pair.difference)
}

fn drained(mut comparison: Comparison, evidence: &Evidence<'_>) -> Verdict {
    while comparison.step(evidence) {}
    comparison.finish()
}

impl PairVerdict {
    pub(super) fn new(
        a: usize,
        b: usize,
        difference: Result<Difference, NotEnoughData>,
        rules: &Rules,
    ) -> Self {
        let outcome = match difference {
            Ok(difference) => outcome((a, b), difference, rules),
            Err(few) => Outcome::NotEnoughData(few),
        };
        Self {
            a,
            b,
            difference,
            outcome,
        }
    }

    /// Of two lanes of the same transport: the size of their difference in µs, whether or not it
    /// can be told from chance. It is this instrument's bias for that transport, which
    /// [`Rules::bias_us`] wants.
    pub fn bias_us(&self) -> Option<f64> {
        Some(self.difference.ok()?.estimate_us.abs())
    }
}

/// What is to be said of a difference `a` − `b`.
fn outcome((a, b): (usize, usize), difference: Difference, rules: &Rules) -> Outcome {
    let (lane, ahead) = if difference.low_us > 0.0 {
        (b, difference)
    } else {
        (a, difference.turned())
    };
    let Difference {
        estimate_us: by_us,
        low_us,
        high_us,
        ..
    } = ahead;
    let exceeds = by_us > rules.margin_us(a, b) && by_us >= rules.together_floor_us;
    if low_us > 0.0 && exceeds {
        Outcome::Ahead {
            lane,
            by_us,
            low_us,
            high_us,
        }
    } else {
        Outcome::AlikeWithin {
            us: low_us.abs().max(high_us.abs()),
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]
mod tests;
