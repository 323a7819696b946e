use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// `n` latencies 1, 2, … `n` µs, dealt out to `blocks` blocks in turn.
fn ladder(n: u32, blocks: u32) -> Latencies {
    let mut latencies = Latencies::new();
    for us in 1..=n {
        latencies.record(i64::from(us), us % blocks);
    }
    latencies
}

#[test]
fn nothing_has_no_percentile() {
    let none = Latencies::new();
    assert_eq!(none.count(), 0);
    assert_eq!((none.min(), none.max()), (None, None));
    assert_eq!(none.raw_percentile(50.0), None);
    assert_eq!(none.percentile(50.0), None);
    assert_eq!(none.median(), None);
}

#[test]
fn a_percentile_is_shown_with_ten_samples_beyond_it() {
    assert_eq!(ladder(199, 10).percentile(95.0), None);
    let p95 = Percentile {
        value: Latency::Micros(190),
        n: 200,
    };
    assert_eq!(ladder(200, 10).percentile(95.0), Some(p95));
    assert_eq!(
        ladder(199, 10).raw_percentile(95.0),
        Some(Latency::Micros(190))
    );
    assert_eq!(ladder(999, 10).percentile(99.0), None);
    assert!(ladder(1_000, 10).percentile(99.0).is_some());
}

#[test]
fn a_percentile_is_shown_only_out_of_five_blocks() {
    assert_eq!(ladder(1_000, 4).percentile(95.0), None);
    assert!(ladder(1_000, 5).percentile(95.0).is_some());
    let mut one_bad_second = Latencies::new();
    for n in 0..1_000_u32 {
        one_bad_second.record(
            if n < 900 {
                1_000
            } else {
                500_000 + i64::from(n)
            },
            n / 100,
        );
    }
    assert_eq!(one_bad_second.percentile(95.0), None);
}

#[test]
fn the_median_needs_samples_on_both_sides() {
    assert_eq!(ladder(20, 10).median(), None);
    let median = ladder(21, 10).median().expect("ten on either side");
    assert_eq!(median.value, Latency::Micros(11));
    assert!(median.low < median.value && median.value < median.high);
    assert_eq!(median.n, 21);
}

#[test]
fn negative_latencies_are_kept_in_order() {
    let mut latencies = Latencies::new();
    for us in -50..=50 {
        latencies.record(us, us.rem_euclid(10) as u32);
    }
    assert_eq!(latencies.min(), Some(Latency::Micros(-50)));
    assert_eq!(latencies.raw_percentile(0.0), Some(Latency::Micros(-50)));
    assert_eq!(latencies.raw_percentile(25.0), Some(Latency::Micros(-25)));
    assert_eq!(latencies.raw_percentile(50.0), Some(Latency::Micros(0)));
    assert_eq!(latencies.raw_percentile(100.0), Some(Latency::Micros(50)));
    assert!(latencies.percentile(25.0).is_some());
}

#[test]
fn losing_events_never_improves_a_percentile() {
    let mut latencies = ladder(1_000, 10);
    let before = latencies.percentile(90.0).expect("enough").value;
    latencies.record_never(60);
    assert_eq!(latencies.count(), 1_060);
    assert_eq!(latencies.max(), Some(Latency::Infinite));
    assert!(latencies.percentile(90.0).expect("enough").value > before);
    // Out of a single unknown block: known, but not shown.
    assert_eq!(latencies.raw_percentile(99.0), Some(Latency::Infinite));
    assert_eq!(latencies.percentile(99.0), None);
}

#[test]
fn what_never_came_in_many_blocks_is_shown() {
    let mut latencies = ladder(1_000, 10);
    for block in 0..10 {
        latencies.record_never_in(10, block);
    }
    let p95 = latencies.percentile(95.0).expect("ten blocks");
    assert_eq!(p95.value, Latency::Infinite);
    assert_eq!(latencies.percentile(99.9), None);
}

#[test]
fn beyond_an_hour_is_an_hour() {
    let mut latencies = Latencies::new();
    latencies.record(i64::MAX, 0);
    latencies.record(i64::MIN, 0);
    assert_eq!(latencies.max(), Some(Latency::Micros(LIMIT_US)));
    assert_eq!(latencies.min(), Some(Latency::Micros(-LIMIT_US)));
    assert_eq!(latencies.count(), 2);
}

/// The exact probability that the median lies between the order statistics of these ranks.
fn coverage(n: u64, low: u64, high: u64) -> f64 {
    let mut probability = 0.5_f64.powi(n as i32);
    let mut sum = 0.0;
    for k in 0..high {
        if k >= low {
            sum += probability;
        }
        probability *= (n - k) as f64 / (k + 1) as f64;
    }
    sum
}

#[test]
fn the_medians_interval_covers_at_least_95_per_cent() {
    for n in 20..=1_000 {
        let (low, high) = median_ranks(n, n);
        assert!(coverage(n, low, high) >= 0.95, "{n}");
        assert!(
            coverage(n, low + 1, high - 1) < 0.97,
            "{n}: wider than it must be"
        );
    }
}

#[test]
fn the_normal_approximation_holds_where_few_samples_are_left() {
    assert_eq!(median_ranks(0, 0), (1, 1));
    assert_eq!(median_ranks(1, 1), (1, 1));
    assert_eq!(median_ranks(2, 2), (1, 2));
}

#[test]
fn what_shares_its_moment_widens_the_medians_interval() {
    // 100 events to 1,000 subscribers each: as wide as 100 samples, not as 100,000.
    let (low, high) = median_ranks(100_000, 100);
    let (one, other) = median_ranks(100, 100);
    assert!(low.abs_diff(one * 1_000) <= 1_500, "{low} {one}");
    assert!(high.abs_diff(other * 1_000) <= 1_500, "{high} {other}");
    assert_eq!(median_ranks(1_000, 1), (1, 1_000), "one event says nothing");
}

/// The naive rule on the samples themselves; `None` is an event that never came.
fn shown(samples: &[(Option<i64>, u32)], p: f64, value: Latency) -> bool {
    let latency = |sample: &Option<i64>| sample.map_or(Latency::Infinite, Latency::Micros);
    let side = |beyond: &dyn Fn(Latency) -> bool| {
        let beyond: Vec<_> = samples
            .iter()
            .filter(|(sample, _)| beyond(latency(sample)))
            .collect();
        let blocks: BTreeSet<u32> = beyond.iter().map(|(_, block)| *block).collect();
        beyond.len() >= 10 && blocks.len() >= 5
    };
    (p < 50.0 || side(&|l| l > value)) && (p > 50.0 || side(&|l| l < value))
}

proptest! {
    #[test]
    fn what_was_kept_says_what_the_events_said(
        samples in proptest::collection::vec(
            (prop_oneof![-1_000..3_000_i64, -LIMIT_US..LIMIT_US], 0..9_u32),
            0..150,
        ),
        never in proptest::collection::vec((1..9_u64, prop_oneof![0..9_u32, Just(u32::MAX)]), 0..5),
        p in 0.0..100.0_f64,
    ) {
        let mut latencies = Latencies::new();
        for &(us, block) in &samples {
            latencies.record(us, block);
        }
        for &(n, block) in &never {
            latencies.record_never_in(n, block);
        }
        let kept = Latencies::from_blocks(latencies.blocks());
        prop_assert_eq!(kept.blocks(), latencies.blocks());
        prop_assert_eq!(kept.count(), latencies.count());
        prop_assert_eq!(kept.median(), latencies.median());
        for p in [p, 50.0, 95.0, 99.0] {
            prop_assert_eq!(kept.percentile(p), latencies.percentile(p));
            prop_assert_eq!(kept.raw_percentile(p), latencies.raw_percentile(p));
        }
    }

    #[test]
    fn small_latencies_agree_with_sorting(
        samples in proptest::collection::vec((-1_000..1_000_i64, 0..8_u32), 1..150),
        p in 0.0..100.0_f64,
    ) {
        let mut latencies = Latencies::new();
        let mut sorted = Vec::new();
        for &(us, block) in &samples {
            latencies.record(us, block);
            sorted.push(us);
        }
        sorted.sort_unstable();
        let at = rank(p, sorted.len() as u64).expect("some") as usize;
        let value = Latency::Micros(sorted[at - 1]);
        prop_assert_eq!(latencies.raw_percentile(p), Some(value));
        let naive: Vec<_> = samples.iter().map(|&(us, block)| (Some(us), block)).collect();
        prop_assert_eq!(latencies.percentile(p).is_some(), shown(&naive, p, value));
        prop_assert_eq!(latencies.percentile(50.0).is_some(), latencies.median().is_some());
    }

    #[test]
    fn large_latencies_hold_to_three_digits(
        mut samples in proptest::collection::vec(-LIMIT_US..=LIMIT_US, 1..50),
        p in 0.0..100.0_f64,
    ) {
        let mut latencies = Latencies::new();
        for &us in &samples {
            latencies.record(us, 0);
        }
        samples.sort_unstable();
        let exact = samples[rank(p, samples.len() as u64).expect("some") as usize - 1];
        let Some(Latency::Micros(us)) = latencies.raw_percentile(p) else { panic!("finite") };
        prop_assert!((us - exact).abs() as f64 <= 0.001 * exact.abs() as f64, "{us} for {exact}");
        prop_assert_eq!(latencies.min(), samples.first().map(|&us| Latency::Micros(us)));
        prop_assert_eq!(latencies.max(), samples.last().map(|&us| Latency::Micros(us)));
    }
}
