use proptest::prelude::*;

use super::*;
use crate::stats::{BlockCounts, Latencies, PairedLatencies};

const RULES: Rules = Rules {
    step_us: 10.0,
    bias_us: Vec::new(),
    together_floor_us: 0.0,
};

/// The verdict on lanes that ran together.
fn verdict(paired: &PairedLatencies, rules: Rules, seed: u64) -> Verdict {
    super::verdict(&Evidence::Together(paired), rules, seed)
}

/// A run of `blocks` blocks of ten events in which each lane's latencies are around one of
/// `middles`, give or take 100 µs; `None` never receives anything.
fn run(blocks: u32, middles: &[Option<i64>], seed: u64) -> PairedLatencies {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut paired = PairedLatencies::new(middles.len());
    for seq in 0..blocks * 10 {
        for (lane, middle) in middles.iter().enumerate() {
            if let Some(middle) = middle {
                paired.record(lane, seq.into(), seq / 10, middle + rng.i64(-100..=100));
            }
        }
    }
    paired.close();
    paired
}

fn groups(verdict: &Verdict) -> Vec<Vec<usize>> {
    let lanes = |group: &Group| group.lanes.iter().map(|ranked| ranked.lane).collect();
    verdict.ranking.iter().map(lanes).collect()
}

fn outcome_of(verdict: &Verdict, a: usize, b: usize) -> Outcome {
    let pair = verdict.pairs.iter().find(|pair| (pair.a, pair.b) == (a, b));
    pair.expect("every pair is there").outcome
}

#[test]
fn lanes_are_ranked_in_groups() {
    let paired = run(40, &[Some(500_000), Some(3_000), Some(800), Some(800)], 1);
    let verdict = verdict(&paired, RULES, 1);
    assert_eq!(groups(&verdict), [vec![2, 3], vec![1], vec![0]]);
    assert!(verdict.unranked.is_empty());
    assert_eq!(verdict.pairs.len(), 6);
    let Outcome::AlikeWithin { us } = outcome_of(&verdict, 2, 3) else {
        panic!("alike")
    };
    assert!(us < 60.0, "{us}");
    let behind: Vec<_> = verdict
        .ranking
        .iter()
        .map(|group| group.lanes[0].behind)
        .collect();
    assert_eq!(behind[0], None);
    let long_polling = behind[1].expect("it trails");
    assert!(
        (long_polling.by_us - 2_200.0).abs() < 50.0,
        "{long_polling:?}"
    );
    assert!(long_polling.low_us <= long_polling.by_us);
    assert!(long_polling.by_us <= long_polling.high_us);
    let Outcome::Ahead {
        lane: 1,
        by_us,
        low_us,
        high_us,
    } = outcome_of(&verdict, 0, 1)
    else {
        panic!("long polling is ahead of polling");
    };
    assert!(0.0 < low_us && low_us <= by_us && by_us <= high_us);
}

#[test]
fn small_differences_are_left_to_the_other_mode() {
    let paired = run(40, &[Some(2_000), Some(800)], 1);
    assert_eq!(groups(&verdict(&paired, RULES, 1)), [vec![1], vec![0]]);
    let together = Rules {
        together_floor_us: 2_000.0,
        ..RULES
    };
    let verdict = verdict(&paired, together, 1);
    assert_eq!(groups(&verdict), [vec![0, 1]]);
    let Outcome::AlikeWithin { us } = outcome_of(&verdict, 0, 1) else {
        panic!("alike")
    };
    assert!((1_200.0..1_300.0).contains(&us), "{us}");
}

#[test]
fn a_difference_within_the_margin_is_none() {
    let paired = run(60, &[Some(900), Some(800)], 1);
    assert_eq!(groups(&verdict(&paired, RULES, 1)), [vec![1], vec![0]]);
    let coarse = Rules {
        step_us: 1_000.0,
        ..RULES
    };
    assert_eq!(groups(&verdict(&paired, coarse, 1)), [vec![0, 1]]);
}

#[test]
fn without_twenty_blocks_nothing_is_said() {
    let verdict = verdict(&run(19, &[Some(900), Some(800)], 1), RULES, 1);
    assert_eq!(verdict.ranking, []);
    assert_eq!(verdict.unranked, [0, 1]);
    let few = Outcome::NotEnoughData(NotEnoughData { blocks: 19 });
    assert_eq!(outcome_of(&verdict, 0, 1), few);
}

#[test]
fn no_lanes_or_one_do_no_harm() {
    assert!(
        verdict(&PairedLatencies::new(0), RULES, 1)
            .unranked
            .is_empty()
    );
    assert_eq!(verdict(&run(40, &[Some(1)], 1), RULES, 1).unranked, [0]);
}

#[test]
fn a_lane_that_receives_nothing_is_infinitely_behind() {
    let verdict = verdict(&run(40, &[None, Some(800), None], 1), RULES, 1);
    assert_eq!(groups(&verdict), [vec![1], vec![0, 2]]);
    let behind = verdict.ranking[1].lanes[0].behind.expect("it trails");
    assert_eq!(
        (behind.leader, behind.by_us, behind.low_us),
        (1, f64::INFINITY, f64::INFINITY)
    );
    // Of two that receive nothing there is nothing to be said.
    assert_eq!(
        outcome_of(&verdict, 0, 2),
        Outcome::NotEnoughData(NotEnoughData { blocks: 0 })
    );
}

#[test]
fn chance_is_seldom_called_a_difference() {
    let fooled = (0..40)
        .filter(|&seed| {
            let paired = run(30, &[Some(800); 3], seed);
            verdict(
                &paired,
                Rules {
                    step_us: 0.0,
                    ..RULES
                },
                seed,
            )
            .ranking
            .len()
                > 1
        })
        .count();
    assert!(fooled <= 6, "{fooled} of 40");
}

#[test]
fn the_verdict_names_what_every_pair_of_its_seed_names() {
    let paired = run(40, &[Some(3_000), Some(800)], 5);
    let alone = difference(&Evidence::Together(&paired), (0, 1), 9).expect("enough");
    let Outcome::Ahead {
        lane: 1,
        by_us,
        low_us,
        high_us,
    } = outcome_of(&verdict(&paired, RULES, 9), 0, 1)
    else {
        panic!("lane 1 is ahead");
    };
    // A single pair needs no correction.
    assert_eq!(
        (by_us, low_us, high_us),
        (alone.estimate_us, alone.low_us, alone.high_us)
    );
}

#[test]
fn a_difference_within_the_bias_of_either_lane_is_none() {
    let paired = run(60, &[Some(900), Some(800), Some(800)], 1);
    let biased = |bias_us: &[f64]| Rules {
        bias_us: bias_us.to_vec(),
        ..RULES
    };
    let places = |rules| groups(&verdict(&paired, rules, 1));
    assert_eq!(places(biased(&[50.0, 50.0, 50.0])), [vec![1, 2], vec![0]]);
    assert_eq!(places(biased(&[0.0, 300.0])), [vec![1, 2], vec![0]]);
    assert_eq!(places(biased(&[0.0, 300.0, 300.0])), [vec![0, 1, 2]]);
    assert_eq!(places(biased(&[300.0])), [vec![0, 1, 2]]);
}

/// A run in which each lane had `blocks` blocks of its own, of ten events around one of
/// `middles`, give or take 100 µs.
fn in_turn(blocks: u32, middles: &[i64], seed: u64) -> Vec<Latencies> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut lanes = vec![Latencies::new(); middles.len()];
    for block in 0..blocks * middles.len() as u32 {
        let lane = block as usize % middles.len();
        for _ in 0..10 {
            lanes[lane].record(middles[lane] + rng.i64(-100..=100), block);
        }
    }
    lanes
}

fn blocks_of(lanes: &[Latencies]) -> Vec<&[BlockCounts]> {
    lanes.iter().map(Latencies::blocks).collect()
}

#[test]
fn lanes_in_turn_are_ranked_by_their_medians() {
    let lanes = in_turn(25, &[1_800, 800, 800], 1);
    let verdict = super::verdict(&Evidence::InTurn(&blocks_of(&lanes)), RULES, 1);
    assert_eq!(groups(&verdict), [vec![1, 2], vec![0]]);
    let Outcome::Ahead {
        lane: 1,
        by_us,
        low_us,
        high_us,
    } = outcome_of(&verdict, 0, 1)
    else {
        panic!("lane 1 is ahead");
    };
    assert!((by_us - 1_000.0).abs() < 50.0, "{by_us}");
    assert!(low_us <= by_us && by_us <= high_us && high_us - low_us < 150.0);
    assert_eq!(verdict.pairs[0].difference.expect("enough").blocks, 25);
}

#[test]
fn each_lane_in_turn_needs_twenty_blocks() {
    let mut lanes = in_turn(25, &[800, 800], 1);
    lanes[1] = Latencies::from_blocks(&lanes[1].blocks()[..19]);
    let verdict = super::verdict(&Evidence::InTurn(&blocks_of(&lanes)), RULES, 1);
    let few = Outcome::NotEnoughData(NotEnoughData { blocks: 19 });
    assert_eq!(outcome_of(&verdict, 0, 1), few);
    assert_eq!(verdict.unranked, [0, 1]);
}

#[test]
fn what_never_came_in_turn_is_infinitely_late() {
    let mut lanes = in_turn(25, &[800, 800], 1);
    for block in 0..25 {
        lanes[0].record_never_in(20, block * 2);
    }
    let its = blocks_of(&lanes);
    let lost = difference(&Evidence::InTurn(&its), (0, 1), 1).expect("enough");
    assert_eq!(lost.estimate_us, f64::INFINITY);
    assert_eq!(lost.low_us, f64::INFINITY);
    // Of two lanes that lost more than half of their events nothing can be said.
    let both = [its[0], its[0]];
    let both = difference(&Evidence::InTurn(&both), (0, 1), 1).expect("enough");
    assert_eq!(
        (both.low_us, both.estimate_us, both.high_us),
        (f64::NEG_INFINITY, 0.0, f64::INFINITY)
    );
}

#[test]
fn lanes_of_two_runs_differ_by_no_less_than_their_clock_errors() {
    let lanes = in_turn(25, &[1_800, 800], 1);
    let apart = difference(&Evidence::InTurn(&blocks_of(&lanes)), (0, 1), 1).expect("enough");
    let widened = apart.widened(1_500.0);
    assert!(apart.leaves_out_zero() && !widened.leaves_out_zero());
    assert_eq!(widened.estimate_us, apart.estimate_us);
    assert_eq!(widened.high_us, apart.high_us + 1_500.0);
}

#[test]
fn a_self_check_compares_twins_only() {
    let lanes = in_turn(25, &[1_300, 800, 5_000, 5_000], 1);
    let its = blocks_of(&lanes);
    let evidence = Evidence::InTurn(&its);
    let twins = vec![(0, 1), (2, 3)];
    let verdict = drained(Comparison::between(twins, &evidence, RULES, 1), &evidence);
    let biases: Vec<f64> = verdict
        .pairs
        .iter()
        .filter_map(PairVerdict::bias_us)
        .collect();
    assert_eq!(verdict.pairs.len(), 2);
    assert!((450.0..550.0).contains(&biases[0]), "{biases:?}");
    assert!((0.0..50.0).contains(&biases[1]), "{biases:?}");
}

#[test]
fn a_comparison_in_steps_says_what_one_go_says() {
    let paired = run(40, &[Some(3_000), Some(800), None], 5);
    let lanes = in_turn(25, &[1_800, 800, 800], 5);
    let its = blocks_of(&lanes);
    for evidence in [Evidence::Together(&paired), Evidence::InTurn(&its)] {
        let mut comparison = Comparison::new(&evidence, RULES, 7);
        let mut steps = 0;
        while comparison.step(&evidence) {
            steps += 1;
        }
        assert!(steps > 9, "{steps}");
        assert!(!comparison.step(&evidence), "no work is left");
        assert_eq!(comparison.finish(), super::verdict(&evidence, RULES, 7));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_lane_has_one_place(
        middles in proptest::collection::vec(
            prop_oneof![Just(None), (0..3_i64).prop_map(|middle| Some(middle * 5_000))],
            1..5,
        ),
        blocks in prop_oneof![Just(10_u32), Just(25_u32)],
        seed: u64,
    ) {
        let verdict = verdict(&run(blocks, &middles, seed), RULES, seed);
        let mut lanes: Vec<usize> = groups(&verdict).concat();
        lanes.extend(&verdict.unranked);
        lanes.sort_unstable();
        prop_assert_eq!(lanes, (0..middles.len()).collect::<Vec<_>>());
        // No lane stands behind one that it is ahead of.
        let places = groups(&verdict);
        let place = |lane: usize| places.iter().position(|group| group.contains(&lane));
        for pair in &verdict.pairs {
            if let Outcome::Ahead { lane, .. } = pair.outcome {
                let other = if lane == pair.a { pair.b } else { pair.a };
                prop_assert!(place(lane) < place(other));
            }
        }
    }
}
