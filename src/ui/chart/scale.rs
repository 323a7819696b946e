//! Axes: where a value lies, and which values are named. Whole numbers only, so that the server
//! and the browser draw the same, and decimals' machinery stays out of the WebAssembly.

/// The length of every axis: places are ten-thousandths of it.
pub(crate) const FULL: i32 = 10_000;

/// The steps of a decade, in hundredths: preferred numbers (ISO 3, R10), whose steps are nearly
/// alike on a logarithmic axis, and among which 1, 2 and 5 are.
const STEPS: [i64; 10] = [100, 125, 160, 200, 250, 315, 400, 500, 630, 800];

/// The first decade of a logarithmic axis, µs.
const FIRST_US: i64 = 10;

/// How many values an axis names at least.
const NAMED: usize = 3;

/// A value on a logarithmic axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// The latency, µs.
    pub(crate) us: i64,
    /// Where it lies.
    pub(crate) at: i32,
    /// How much it counts as a tick.
    pub(crate) rank: Rank,
}

/// How much a step counts as a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rank {
    /// A power of ten.
    Decade,
    /// 2 or 5.
    Half,
    /// None.
    Between,
}

/// A logarithmic axis of latencies, from one preferred number to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogAxis {
    /// Every preferred number on it, ascending; the first and the last are its ends.
    pub(crate) steps: Vec<Step>,
    /// The logarithm of the lower end.
    low: i64,
    /// What a 65,536th of an octave is of the axis' length, in 2^32nds.
    scale: i64,
}

impl LogAxis {
    /// The shortest axis that goes from a 1, 2 or 5 to a 1, 2 or 5, has all values between them, and
    /// names at least three values. Values below 10 µs, and those that clocks make
    /// negative, lie on its lower end.
    pub(crate) fn around(least_us: i64, most_us: i64) -> Self {
        let mut steps: Vec<Step> = Vec::new();
        let mut named = 0;
        let mut decade = FIRST_US;
        loop {
            for (place, hundredths) in STEPS.into_iter().enumerate() {
                let us = decade * hundredths / 100;
                let rank = match place {
                    0 => Rank::Decade,
                    3 | 7 => Rank::Half,
                    _ => Rank::Between,
                };
                if rank == Rank::Between {
                    steps.push(Step { us, at: 0, rank });
                    continue;
                }
                if us <= least_us {
                    steps.clear();
                    named = 0;
                }
                steps.push(Step { us, at: 0, rank });
                named += 1;
                if us >= most_us && named >= NAMED {
                    return Self::of(steps);
                }
            }
            decade *= 10;
        }
    }

    fn of(steps: Vec<Step>) -> Self {
        let end = |step: Option<&Step>| step.map_or(0, |step| log2(step.us));
        let low = end(steps.first());
        // Three named values are more than two octaves.
        let span = (end(steps.last()) - low).max(1 << 16);
        let mut axis = Self {
            low,
            // Rounded upwards, so that the last step lies on the end.
            scale: (i64::from(FULL) << 32).div_euclid(span) + 1,
            steps: Vec::new(),
        };
        axis.steps = steps;
        for place in 0..axis.steps.len() {
            let at = axis.steps.get(place).map_or(0, |step| axis.at(step.us));
            if let Some(step) = axis.steps.get_mut(place) {
                step.at = at;
            }
        }
        axis
    }

    /// Where a latency lies; what is beyond an end lies on it.
    pub(crate) fn at(&self, us: i64) -> i32 {
        // For thousands of latencies: a product costs less than a quotient.
        let at = ((log2(us) - self.low) * self.scale) >> 32;
        at.clamp(0, FULL.into()) as i32
    }

    /// Whether the axis has more than four decades: there only powers of ten are drawn and named.
    pub(crate) fn is_long(&self) -> bool {
        self.steps.len() > 4 * STEPS.len() + 1
    }
}

/// The binary logarithm of 64 64ths, 65 of them, and so on to 128, in 65,536ths.
const LOGS: [u32; 65] = logs();

#[allow(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which would refuse"
)]
const fn logs() -> [u32; 65] {
    let mut logs = [0; 65];
    let mut place = 0;
    while place < 64 {
        // From 1 to 2, in 2^31sts.
        let mut rest = (64 + place as u64) << 25;
        let mut digits = 0;
        while digits < 16 {
            rest = (rest * rest) >> 31;
            let doubled = rest >> 32;
            rest >>= doubled;
            logs[place] = logs[place] << 1 | doubled as u32;
            digits += 1;
        }
        place += 1;
    }
    logs[64] = 1 << 16;
    logs
}

/// The binary logarithm in 65,536ths; of less than 1 it is 0. Between 64ths it is a straight line:
/// off by less than a thousandth of an octave, and never decreasing.
fn log2(value: i64) -> i64 {
    let value = value.max(1).unsigned_abs();
    let whole = 63 - value.leading_zeros();
    // What follows the first digit.
    let rest = value << (63 - whole) << 1;
    let place = (rest >> 58) as usize;
    let log = |place: usize| LOGS.get(place).copied().unwrap_or_default();
    let (from, to) = (log(place), log(place + 1));
    let between = (u64::from(to - from) * (rest << 6 >> 48)) >> 16;
    // At most 64 · 65,536.
    (u64::from(whole << 16) + u64::from(from) + between) as i64
}

/// A straight axis from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Axis {
    /// The distance of the ticks.
    pub(crate) tick: u64,
    /// What lies at the end.
    pub(crate) end: u64,
}

impl Axis {
    /// An axis from 0 to exactly `end`, with at most six ticks at multiples of 1, 2 or 5 times a
    /// power of ten.
    pub(crate) fn to(end: u64) -> Self {
        let end = end.max(1);
        let mut tick = 1;
        // 1, 2, 5, 10, …
        while end / tick > 5 {
            tick = match leading(tick) {
                2 => tick / 2 * 5,
                _ => tick * 2,
            };
        }
        Self { tick, end }
    }

    /// Where a value lies; what is beyond the end lies on it.
    pub(crate) fn at(&self, value: u64) -> i32 {
        let at = value
            .min(self.end)
            .saturating_mul(FULL.unsigned_abs().into())
            / self.end;
        // Within 0 and 10,000.
        at as i32
    }
}

/// The first digit.
fn leading(mut value: u64) -> u64 {
    while value >= 10 {
        value /= 10;
    }
    value
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_axis_is_named_by_1_2_and_5() {
        let named = |least, most| -> Vec<i64> {
            let steps = LogAxis::around(least, most).steps.into_iter();
            steps
                .filter(|step| step.rank != Rank::Between)
                .map(|step| step.us)
                .collect()
        };
        assert_eq!(named(1_200, 4_100), [1_000, 2_000, 5_000]);
        assert_eq!(named(3_000, 3_000), [2_000, 5_000, 10_000]);
        assert_eq!(named(-50, 8), [10, 20, 50]);
        assert_eq!(named(900, 1_001), [500, 1_000, 2_000]);
    }

    #[test]
    fn an_axis_of_more_than_four_decades_is_long() {
        assert!(!LogAxis::around(100, 1_000_000).is_long());
        assert!(LogAxis::around(100, 1_000_001).is_long());
    }

    #[test]
    fn ticks_lie_at_round_values() {
        let ticks = [1, 7, 60, 999, 1_000, 3_600_000].map(|end| Axis::to(end).tick);
        assert_eq!(ticks, [1, 2, 20, 200, 200, 1_000_000]);
    }

    proptest! {
        #[test]
        fn an_axis_covers_its_data(a in -2_000..4_000_000_000_i64, b in -2_000..4_000_000_000_i64) {
            let (least, most) = (a.min(b), a.max(b));
            let axis = LogAxis::around(least, most);
            let (first, last) = (axis.steps[0], axis.steps[axis.steps.len() - 1]);
            prop_assert!(first.us <= least.max(FIRST_US) && last.us >= most);
            prop_assert_eq!((first.at, last.at), (0, FULL));
            prop_assert!(first.rank != Rank::Between && last.rank != Rank::Between);
            prop_assert!(axis.steps.is_sorted_by(|one, two| one.us < two.us && one.at < two.at));
        }

        #[test]
        fn a_later_latency_never_lies_before_an_earlier_one(a in 0..9_000_000_i64, b in 0..9_000_000_i64) {
            let axis = LogAxis::around(100, 5_000_000);
            prop_assert!(axis.at(a.min(b)) <= axis.at(a.max(b)));
        }

        #[test]
        fn the_logarithm_is_one(value in 1..i64::MAX) {
            let exact = (value as f64).log2();
            prop_assert!((log2(value) as f64 / 65_536.0 - exact).abs() < 2e-3);
        }

        #[test]
        fn a_straight_axis_has_few_ticks(end in 0..1_u64 << 50) {
            let axis = Axis::to(end);
            prop_assert!(axis.end / axis.tick <= 5 && [1, 2, 5].contains(&leading(axis.tick)));
            prop_assert_eq!(axis.at(axis.end), FULL);
        }
    }
}
