//! Comparing lanes a little at a time, so that a page that compares them goes on receiving and
//! painting.

use super::{
    blocks::BlockCounts,
    bootstrap::{Drawing, Drawn},
    interval::{Difference, NotEnoughData},
    paired::PairedLatencies,
    ranking::ranking,
    sample::Sample,
    verdict::{PairVerdict, Rules, Verdict},
};

/// The share of runs without any difference in which some pair may wrongly be called different.
const ALPHA: f64 = 0.05;

/// What two lanes are compared by.
#[derive(Debug, Clone, Copy)]
pub enum Evidence<'a> {
    /// The same events in all lanes at the same moment: their difference is the median of what
    /// the same event did in both.
    Together(&'a PairedLatencies),
    /// Each lane in blocks of its own, lane by lane as in [`super::Latencies::blocks`]: their
    /// difference is that of their medians. Also for lanes of different runs.
    InTurn(&'a [&'a [BlockCounts]]),
}

impl Evidence<'_> {
    fn lanes(&self) -> usize {
        match self {
            Self::Together(paired) => paired.lanes(),
            Self::InTurn(lanes) => lanes.len(),
        }
    }

    /// What is drawn from in the course of a comparison: pair by pair when together, lane by lane
    /// when in turn. `None` when there is no more.
    fn sample(
        &self,
        number: usize,
        pairs: &[(usize, usize)],
    ) -> Option<Result<Sample, NotEnoughData>> {
        Some(match self {
            Self::Together(paired) => {
                let &(a, b) = pairs.get(number)?;
                Sample::of_pairs(&paired.pairs(a, b))
            }
            Self::InTurn(lanes) => Sample::of_blocks(lanes.get(number)?),
        })
    }
}

/// A comparison of lanes on its way. With 20,000 events a lane a step takes at most 1 ms natively
/// (pairing and ordering the events), and all 21 pairs of seven lanes 20 ms; the verdict itself 1 ms.
///
/// The evidence is given anew to every step, so that it need not stand still meanwhile. The same
/// evidence and the same seed give the same verdict, in however many goes.
#[derive(Debug)]
pub struct Comparison {
    lanes: usize,
    pairs: Vec<(usize, usize)>,
    in_turn: bool,
    rules: Rules,
    seed: u64,
    drawing: Option<Drawing>,
    drawn: Vec<Result<Drawn, NotEnoughData>>,
}

impl Comparison {
    /// Of every lane with every other; what is random is drawn from `seed`.
    pub fn new(evidence: &Evidence<'_>, rules: Rules, seed: u64) -> Self {
        let lanes = evidence.lanes();
        let pairs = (0..lanes).flat_map(|a| (a + 1..lanes).map(move |b| (a, b)));
        Self::between(pairs.collect(), evidence, rules, seed)
    }

    /// Of these pairs of lanes only, `a` < `b` in each: of a self-check's twins.
    pub fn between(
        pairs: Vec<(usize, usize)>,
        evidence: &Evidence<'_>,
        rules: Rules,
        seed: u64,
    ) -> Self {
        Self {
            lanes: evidence.lanes(),
            in_turn: matches!(evidence, Evidence::InTurn(_)),
            drawn: Vec::with_capacity(pairs.len()),
            drawing: None,
            pairs,
            rules,
            seed,
        }
    }

    /// Does a little of the work; `false` when there is none left.
    pub fn step(&mut self, evidence: &Evidence<'_>) -> bool {
        if let Some(mut drawing) = self.drawing.take() {
            if drawing.step() {
                self.drawing = Some(drawing);
            } else {
                self.drawn.push(Ok(drawing.finish()));
            }
            return true;
        }
        let number = self.drawn.len();
        match evidence.sample(number, &self.pairs) {
            None => return false,
            Some(Err(few)) => self.drawn.push(Err(few)),
            Some(Ok(sample)) => {
                // Lanes in turn are drawn independently; pairs of the same blocks alike.
                let stream = if self.in_turn { number as u64 } else { 0 };
                let seed = self.seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                self.drawing = Some(Drawing::new(sample, seed));
            }
        }
        true
    }

    /// The verdict, once no work is left.
    pub fn finish(self) -> Verdict {
        let drawn = if self.in_turn {
            let of_pair = |&(a, b): &(usize, usize)| apart(self.drawn.get(a), self.drawn.get(b));
            self.pairs.iter().map(of_pair).collect()
        } else {
            self.drawn
        };
        let pairs: Vec<PairVerdict> = self
            .pairs
            .iter()
            .zip(corrected(&drawn))
            .map(|(&(a, b), difference)| PairVerdict::new(a, b, difference, &self.rules))
            .collect();
        let comparable = |lane: usize| {
            pairs
                .iter()
                .any(|pair| (pair.a == lane || pair.b == lane) && pair.difference.is_ok())
        };
        let (ranked, unranked): (Vec<usize>, Vec<usize>) =
            (0..self.lanes).partition(|&lane| comparable(lane));
        Verdict {
            ranking: ranking(ranked, &pairs),
            unranked,
            pairs,
        }
    }
}

/// How the difference of two lanes' medians varies when their blocks are drawn independently.
fn apart(
    a: Option<&Result<Drawn, NotEnoughData>>,
    b: Option<&Result<Drawn, NotEnoughData>>,
) -> Result<Drawn, NotEnoughData> {
    let blocks = |lane: Option<&Result<Drawn, NotEnoughData>>| match lane {
        Some(Ok(drawn)) => drawn.blocks(),
        Some(Err(few)) => few.blocks,
        None => 0,
    };
    match (a, b) {
        (Some(Ok(a)), Some(Ok(b))) => Ok(a.minus(b)),
        _ => Err(NotEnoughData {
            blocks: blocks(a).min(blocks(b)),
        }),
    }
}

/// The intervals, corrected for the number of pairs after Holm: the surest pair's has a
/// confidence of 1 − 5 % / pairs, the next one's 1 − 5 % / (pairs − 1), and so on; from the first
/// that holds zero on it stays as it is.
fn corrected(drawn: &[Result<Drawn, NotEnoughData>]) -> Vec<Result<Difference, NotEnoughData>> {
    let mut compared: Vec<_> = drawn
        .iter()
        .map(|drawn| match drawn {
            Ok(_) => Err(NotEnoughData { blocks: 0 }),
            Err(few) => Err(*few),
        })
        .collect();
    // In how many resamples the sign is in doubt, and the pair's place.
    let mut left: Vec<(usize, usize)> = Vec::new();
    for (place, drawn) in drawn.iter().enumerate() {
        if let Ok(drawn) = drawn {
            left.push((drawn.doubt(), place));
        }
    }
    let mut hypotheses = left.len();
    // The surest first. They are few: no sort is worth its code.
    while let Some(surest) = (0..left.len()).min_by_key(|&at| left.get(at).copied()) {
        let (_, place) = left.swap_remove(surest);
        if let (Some(Ok(drawn)), Some(result)) = (drawn.get(place), compared.get_mut(place)) {
            let difference = drawn.difference(ALPHA / hypotheses as f64);
            if difference.leaves_out_zero() {
                hypotheses -= 1;
            }
            *result = Ok(difference);
        }
    }
    compared
}
