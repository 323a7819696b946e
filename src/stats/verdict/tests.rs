use proptest::prelude::*;

use super::*;

const RULES: Rules = Rules {
    margin_us: 10.0,
    together_floor_us: 0.0,
};

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
        margin_us: 1_000.0,
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
                    margin_us: 0.0,
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
    let alone = paired.compare(0, 1, 9).expect("enough");
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
