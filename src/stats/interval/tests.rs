use proptest::prelude::*;

use super::*;

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

fn difference(pairs: &[Pair], seed: u64) -> Difference {
    let sample = Sample::new(pairs).expect("enough");
    sample.difference(&Draws::new(sample.gathered(), seed), 0.05)
}

#[test]
fn fewer_than_twenty_blocks_are_not_enough() {
    let few = pairs(19, 100, |_, _| 5);
    assert_eq!(Sample::new(&few).err(), Some(NotEnoughData { blocks: 19 }));
    assert_eq!(Sample::new(&[]).err(), Some(NotEnoughData { blocks: 0 }));
    let paired = PairedLatencies::new(2);
    assert_eq!(paired.compare(0, 1, 1), Err(NotEnoughData { blocks: 0 }));
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
fn a_long_run_is_gathered() {
    let sample = Sample::new(&pairs(3_600, 5, |block, _| i64::from(block))).expect("enough");
    assert_eq!(sample.blocks, 3_600);
    assert!((32..=MAX_BLOCKS).contains(&sample.gathered()));
    assert_eq!(sample.totals.iter().sum::<i32>(), 18_000);
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

/// The textbook's way: every resample's own median, sorted.
fn textbook(sample: &Sample, draws: &Draws, out: usize) -> (i64, i64) {
    let (mut lower, mut upper) = (Vec::new(), Vec::new());
    for weights in draws.weights.chunks_exact(draws.blocks) {
        let mut drawn = Vec::new();
        for &(value, block) in &sample.sorted {
            drawn.extend(std::iter::repeat_n(value, weights[block as usize].into()));
        }
        lower.push(drawn[(drawn.len() - 1) / 2]);
        upper.push(drawn[drawn.len() / 2]);
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
        pairs.extend((0..20).map(|block| Pair { difference_us: 0, block }));
        let sample = Sample::new(&pairs).expect("enough");
        let draws = Draws::new(sample.gathered(), seed);
        let interval = sample.difference(&draws, 0.05);
        let out = resamples_out(0.05, draws.blocks(), RESAMPLES);
        let (low, high) = textbook(&sample, &draws, out);
        prop_assert_eq!((interval.low_us, interval.high_us), (low as f64, high as f64));
        prop_assert!(interval.low_us <= interval.estimate_us);
        prop_assert!(interval.estimate_us <= interval.high_us);

        let out_of_zero = interval.low_us > 0.0 || interval.high_us < 0.0;
        prop_assert_eq!(sample.doubt(&draws) <= out, out_of_zero);

        for pair in &mut pairs {
            pair.difference_us = -pair.difference_us;
        }
        let swapped = Sample::new(&pairs).expect("enough").difference(&draws, 0.05);
        prop_assert_eq!(swapped.low_us, -interval.high_us);
        prop_assert_eq!(swapped.high_us, -interval.low_us);
        prop_assert_eq!(swapped.estimate_us, -interval.estimate_us);
    }
}
