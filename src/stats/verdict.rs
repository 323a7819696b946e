//! Which lanes are ahead of which, and which are alike.

use super::{
    interval::{Difference, Draws, NotEnoughData, Sample},
    paired::PairedLatencies,
    ranking::{Compared, Group, ranking},
};

/// The share of runs without any difference in which some pair may wrongly be called different.
const ALPHA: f64 = 0.05;

/// What a difference must exceed, besides chance, to be called one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// The timer's step and the instrument's bias, in µs.
    pub margin_us: f64,
    /// What lanes that share events, moment and browser do to each other, in µs: smaller
    /// differences are left to the mode *in turn*. 0 there; 2,000 for *together*.
    pub together_floor_us: f64,
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
/// A lane is ahead when the interval of the median paired difference leaves out zero and the
/// difference exceeds the rules' margin and floor. The intervals are corrected for the number of
/// pairs after Holm: the surest pair's has a confidence of 1 − 5 % / pairs, the next one's
/// 1 − 5 % / (pairs − 1), and so on; from the first that holds zero on it stays as it is.
///
/// Four lanes and 2,000 events cost about 3 ms natively and 10 ms as size-optimised WebAssembly,
/// 20,000 events about 12 ms and 23 ms: to be called once a second or at the end, not once a
/// frame.
pub fn verdict(paired: &PairedLatencies, rules: Rules, seed: u64) -> Verdict {
    let compared = compared(paired, seed);
    let pairs: Vec<PairVerdict> = compared
        .iter()
        .map(|&(a, b, difference)| PairVerdict {
            a,
            b,
            outcome: outcome(a, b, difference, rules),
        })
        .collect();
    let comparable = |lane: usize| {
        compared
            .iter()
            .any(|&(a, b, ref difference)| (a == lane || b == lane) && difference.is_ok())
    };
    let (ranked, unranked): (Vec<usize>, Vec<usize>) =
        (0..paired.lanes()).partition(|&lane| comparable(lane));
    Verdict {
        ranking: ranking(ranked, &pairs, &compared),
        unranked,
        pairs,
    }
}

/// The differences of every two lanes, their intervals corrected after Holm.
fn compared(paired: &PairedLatencies, seed: u64) -> Vec<Compared> {
    let lanes = paired.lanes();
    let mut compared: Vec<Compared> = Vec::new();
    // In how many resamples the sign is in doubt, the sample, and the pair's place above.
    let mut samples: Vec<(usize, Sample, usize)> = Vec::new();
    // Lanes of one run nearly always have the same blocks, hence the same draws.
    let mut drawn: Vec<Draws> = Vec::new();
    for (a, b) in (0..lanes).flat_map(|a| (a + 1..lanes).map(move |b| (a, b))) {
        match Sample::new(&paired.pairs(a, b)) {
            Err(few) => compared.push((a, b, Err(few))),
            Ok(sample) => {
                if draws_for(&drawn, &sample).is_none() {
                    drawn.push(Draws::new(sample.gathered(), seed));
                }
                let doubt = draws_for(&drawn, &sample).map_or(0, |draws| sample.doubt(draws));
                samples.push((doubt, sample, compared.len()));
                compared.push((a, b, Err(NotEnoughData { blocks: 0 })));
            }
        }
    }
    let mut hypotheses = samples.len();
    // The surest first. They are few: no sort is worth its code.
    while let Some(surest) = (0..samples.len()).min_by_key(|&at| samples.get(at).map(|it| it.0)) {
        let (_, sample, place) = samples.swap_remove(surest);
        let Some(draws) = draws_for(&drawn, &sample) else {
            continue;
        };
        let difference = sample.difference(draws, ALPHA / hypotheses as f64);
        if difference.low_us > 0.0 || difference.high_us < 0.0 {
            hypotheses -= 1;
        }
        if let Some((_, _, result)) = compared.get_mut(place) {
            *result = Ok(difference);
        }
    }
    compared
}

/// The draws that fit the sample's number of blocks.
fn draws_for<'a>(drawn: &'a [Draws], sample: &Sample) -> Option<&'a Draws> {
    drawn
        .iter()
        .find(|draws| draws.blocks() == sample.gathered())
}

/// What is to be said of a difference `a` − `b`.
fn outcome(
    a: usize,
    b: usize,
    difference: Result<Difference, NotEnoughData>,
    rules: Rules,
) -> Outcome {
    let difference = match difference {
        Ok(difference) => difference,
        Err(few) => return Outcome::NotEnoughData(few),
    };
    let exceeds = |by_us: f64| by_us > rules.margin_us && by_us >= rules.together_floor_us;
    let (
        lane,
        Difference {
            estimate_us,
            low_us,
            high_us,
            ..
        },
    ) = if difference.low_us > 0.0 {
        (b, difference)
    } else {
        (a, difference.turned())
    };
    if low_us > 0.0 && exceeds(estimate_us) {
        Outcome::Ahead {
            lane,
            by_us: estimate_us,
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
