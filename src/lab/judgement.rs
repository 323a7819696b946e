//! What may be said about the lanes of a run: the verdict of `stats`, told of transports and in ms.

use super::figures::in_ms;
use crate::{
    stats::{
        Comparison, Evidence, Latencies, MIN_BLOCKS, Outcome, Rules, TOGETHER_FLOOR_US, Verdict,
        verdict,
    },
    transport::Transport,
};

/// The bootstrap's seed: the same data always give the same verdict.
const SEED: u64 = 1;

/// A lane as the verdict looks at it: one that is running, or one of a saved run.
#[derive(Debug, Clone, Copy)]
pub struct Contestant<'a> {
    /// How its events travel.
    pub transport: Transport,
    /// How late they came.
    pub latencies: &'a Latencies,
    /// It has worked at least once: what never opened is no slow lane.
    pub took_part: bool,
}

/// A lane behind the leaders.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Behind {
    /// Which.
    pub transport: Transport,
    /// Behind which leader: of those that are ahead of it, the one that it is closest to.
    pub leader: Transport,
    /// How much later the median event is in it, ms; infinite when it never came.
    pub by_ms: f64,
    /// The ends of that difference's 95 % interval, corrected for the number of lanes, ms.
    pub range_ms: (f64, f64),
}

/// What may be said by now.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judgement {
    /// The lanes that no other is ahead of; empty while there is not enough data.
    pub leaders: Vec<Transport>,
    /// The leaders' median latency, ms: that of the first of them, which is the smallest.
    pub p50_ms: Option<f64>,
    /// By how much the leaders differ at most, ms; `None` for a single one.
    pub within_ms: Option<f64>,
    /// The others, the nearest first.
    pub behind: Vec<Behind>,
    /// How many blocks there are where that is not enough; 20 are needed.
    pub blocks: usize,
    /// How long a block is, s.
    pub block_s: f64,
}

/// The rules for lanes of these transports. `step_ms` is the step of the browser's timer, `bias_us`
/// tells a transport's bias.
pub fn rules(
    transports: impl Iterator<Item = Transport>,
    in_turn: bool,
    step_ms: f64,
    bias_us: impl Fn(Transport) -> u64,
) -> Rules {
    Rules {
        step_us: step_ms * 1e3,
        bias_us: transports
            .map(|transport| bias_us(transport) as f64)
            .collect(),
        together_floor_us: if in_turn { 0.0 } else { TOGETHER_FLOOR_US },
    }
}

/// A comparison to be carried through little by little: of every lane with every other, or of
/// neighbours only where these are twins.
pub fn comparison(evidence: &Evidence<'_>, lanes: usize, twins: bool, rules: Rules) -> Comparison {
    if twins {
        let pairs = (0..lanes / 2).map(|pair| (2 * pair, 2 * pair + 1));
        Comparison::between(pairs.collect(), evidence, rules, SEED)
    } else {
        Comparison::new(evidence, rules, SEED)
    }
}

impl Judgement {
    /// How many blocks a verdict needs.
    pub const BLOCKS: usize = MIN_BLOCKS;

    /// Judges the lanes in one go; they have the same numbers in the evidence.
    pub fn of(
        lanes: &[Contestant<'_>],
        evidence: &Evidence<'_>,
        rules: Rules,
        block_us: u64,
    ) -> Self {
        Self::from_verdict(&verdict(evidence, rules, SEED), lanes, block_us)
    }

    /// What the verdict says of the lanes.
    pub fn from_verdict(verdict: &Verdict, lanes: &[Contestant<'_>], block_us: u64) -> Self {
        let transport = |index: usize| lanes.get(index).map(|lane| lane.transport);
        let mut groups = verdict.ranking.iter();
        let mut leading: Vec<usize> = groups
            .next()
            .map(|group| group.lanes.iter().map(|ranked| ranked.lane).collect())
            .unwrap_or_default();
        let median = |index: &usize| lanes.get(*index)?.latencies.median();
        // They cannot be told apart, but the sentence has to name one first: the smallest median,
        // whose distance from the event it then tells.
        leading.sort_by_key(|index| median(index).map(|median| median.value));
        let mut judgement = Self {
            leaders: leading
                .iter()
                .filter_map(|&index| transport(index))
                .collect(),
            p50_ms: leading
                .first()
                .and_then(median)
                .map(|median| in_ms(median.value)),
            block_s: block_us as f64 / 1e6,
            ..Self::default()
        };
        for ranked in groups.flat_map(|group| &group.lanes) {
            let took_part = lanes.get(ranked.lane).is_some_and(|lane| lane.took_part);
            if let (Some(its), Some(trailing), true) =
                (transport(ranked.lane), ranked.behind, took_part)
            {
                judgement.behind.push(Behind {
                    transport: its,
                    leader: transport(trailing.leader).unwrap_or(its),
                    by_ms: trailing.by_us / 1e3,
                    range_ms: (trailing.low_us / 1e3, trailing.high_us / 1e3),
                });
            }
        }
        for pair in &verdict.pairs {
            match pair.outcome {
                Outcome::AlikeWithin { us }
                    if leading.contains(&pair.a) && leading.contains(&pair.b) =>
                {
                    let widest = judgement.within_ms.unwrap_or_default().max(us / 1e3);
                    judgement.within_ms = Some(widest);
                }
                Outcome::NotEnoughData(few) => judgement.blocks = judgement.blocks.max(few.blocks),
                _ => {}
            }
        }
        judgement
    }
}
