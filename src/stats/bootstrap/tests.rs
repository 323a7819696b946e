use proptest::prelude::*;

use super::*;
use crate::stats::paired::Pair;

/// `blocks` blocks of `size` differences each, made by `difference(block, n)`.
fn pairs(blocks: u32, size: u32, mut difference: impl FnMut(u32, u32) -> i64) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for block in 0..blocks {
        for n in 0..size {
            pairs.push(Pair {
                difference_us: difference(block, n),
                block,
            });
        }
    }
    pairs
}

fn drawn(sample: Sample, seed: u64) -> Drawn {
    let mut drawing = Drawing::new(sample, seed);
    while drawing.step() {}
    drawing.finish()
}

fn difference(pairs: &[Pair], seed: u64) -> Difference {
    drawn(Sample::of_pairs(pairs).expect("enough"), seed).difference(0.05)
}

#[test]
fn a_constant_difference_has_no_width() {
    let constant = difference(&pairs(20, 3, |_, _| 700), 1);
    assert_eq!(
        (constant.low_us, constant.estimate_us, constant.high_us),
        (700.0, 700.0, 700.0)
    );
    assert_eq!((constant.n, constant.blocks), (60, 20));
}

#[test]
fn more_data_make_it_narrower_and_luck_shared_by_blocks_wider() {
    let width = |difference: Difference| difference.high_us - difference.low_us;
    let mut rng = fastrand::Rng::with_seed(3);
    let few = difference(&pairs(20, 10, |_, _| rng.i64(-1_000..1_000)), 1);
    let many = difference(&pairs(60, 50, |_, _| rng.i64(-1_000..1_000)), 1);
    assert!(width(many) < width(few));
    let mut luck = 0;
    let shared = difference(
        &pairs(60, 50, |_, n| {
            if n == 0 {
                luck = rng.i64(-1_000..1_000);
            }
            luck + rng.i64(-10..10)
        }),
        1,
    );
    assert!(width(shared) > 3.0 * width(many));
}

#[test]
fn events_that_never_came_are_infinitely_late() {
    let never = difference(&pairs(20, 10, |_, n| if n < 6 { i64::MAX } else { 5 }), 1);
    assert_eq!(
        (never.estimate_us, never.high_us),
        (f64::INFINITY, f64::INFINITY)
    );
    let some = difference(&pairs(20, 10, |_, n| if n < 2 { -i64::MAX } else { 5 }), 1);
    assert_eq!(some.estimate_us, 5.0);
    let torn = pairs(20, 10, |_, n| if n < 5 { i64::MAX } else { -i64::MAX });
    assert_eq!(difference(&torn, 1).estimate_us, 0.0);
}

/// Half a dozen lanes' worth of confidence in the method itself: of 60 experiments with luck
/// shared by blocks, about 57 intervals should hold the true median.
#[test]
fn the_interval_holds_the_truth_about_as_often_as_it_says() {
    let mut held = 0;
    for seed in 0..60 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut luck = 0;
        let noisy = pairs(40, 8, |_, n| {
            if n == 0 {
                luck = rng.i64(-500..=500);
            }
            300 + luck + rng.i64(-500..=500)
        });
        let interval = difference(&noisy, seed);
        held += usize::from(interval.low_us <= 300.0 && 300.0 <= interval.high_us);
    }
    assert!((52..=60).contains(&held), "{held} of 60");
}

#[test]
fn luck_that_is_taken_over_from_block_to_block_stretches_the_interval() {
    let stretch = |share: f64, seed| {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut luck = 0.0;
        let sample = pairs(32, 1, |_, _| {
            luck = share * luck + (1.0 - share * share).sqrt() * (rng.f64() - 0.5);
            (luck * 1_000.0) as i64
        });
        let sample = Sample::of_pairs(&sample).expect("enough");
        sample.stretch(sample.middle())
    };
    let mean = |share| (0..40).map(|seed| stretch(share, seed)).sum::<f64>() / 40.0;
    assert!((1.0..1.15).contains(&mean(0.0)), "{}", mean(0.0));
    assert!((1.3..1.75).contains(&mean(0.6)), "{}", mean(0.6));
    // Luck that turns into its contrary from block to block narrows nothing.
    let contrary = pairs(32, 3, |block, _| if block % 2 == 0 { -50 } else { 50 });
    let sample = Sample::of_pairs(&contrary).expect("enough");
    assert_eq!(sample.stretch(sample.middle()), 1.0);
}

/// The textbook's way: every resample's own median, sorted.
fn textbook(pairs: &[Pair], blocks: usize, seed: u64, out: usize) -> (i64, i64) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let (mut lower, mut upper) = (Vec::new(), Vec::new());
    for _ in 0..RESAMPLES {
        let mut resample = Vec::new();
        for _ in 0..blocks {
            let block = rng.usize(..blocks) as u32;
            let its = pairs.iter().filter(|pair| pair.block == block);
            resample.extend(its.map(|pair| pair.difference_us));
        }
        resample.sort_unstable();
        lower.push(resample[(resample.len() - 1) / 2]);
        upper.push(resample[resample.len() / 2]);
    }
    lower.sort_unstable();
    upper.sort_unstable();
    (lower[out], upper[RESAMPLES - 1 - out])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn it_agrees_with_the_textbook(
        values in proptest::collection::vec((-9..9_i64, 0..24_u32), 60..160),
        seed: u64,
    ) {
        let mut pairs: Vec<Pair> = values
            .iter()
            .map(|&(difference_us, block)| Pair { difference_us, block })
            .collect();
        pairs.extend((0..24).map(|block| Pair { difference_us: 0, block }));
        let sample = Sample::of_pairs(&pairs).expect("enough");
        let (own, stretch) = (sample.middle(), sample.stretch(sample.middle()));
        let its = drawn(sample, seed);
        let interval = its.difference(0.05);
        let out = resamples_out(0.05, 24, its.freedom, RESAMPLES);
        let (low, high) = textbook(&pairs, 24, seed, out);
        let (low, high) = (stretched(own.low, low, stretch), stretched(own.high, high, stretch));
        prop_assert_eq!((interval.low_us, interval.high_us), (low as f64, high as f64));
        prop_assert!(interval.low_us <= interval.estimate_us);
        prop_assert!(interval.estimate_us <= interval.high_us);
        prop_assert_eq!(its.doubt() <= out, interval.leaves_out_zero());

        for pair in &mut pairs {
            pair.difference_us = -pair.difference_us;
        }
        prop_assert_eq!(difference(&pairs, seed), interval.turned());
    }
}
