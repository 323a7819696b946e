//! Repeats put together: the median and the range, of values and of ratios.

/// What several repeats gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub median: f64,
    pub low: f64,
    pub high: f64,
    /// How many there were.
    pub n: usize,
}

impl Spread {
    /// Of those that gave anything; `None` where none did.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let n = values.len();
        let at = |place: usize| values.get(place).copied();
        let upper = at(n / 2)?;
        let lower = if n.is_multiple_of(2) {
            at(n / 2 - 1)?
        } else {
            upper
        };
        Some(Self {
            median: f64::midpoint(lower, upper),
            low: at(0)?,
            high: at(n - 1)?,
            n,
        })
    }

    /// Of ratios, each within one repeat: what slowed a whole repeat down is not in them.
    pub fn of_ratios(ours: &[(u32, f64)], theirs: &[(u32, f64)]) -> Option<Self> {
        let other = |repeat: u32| theirs.iter().find(|it| it.0 == repeat).map(|it| it.1);
        Self::of(
            ours.iter()
                .filter_map(|&(repeat, own)| Some(own / other(repeat)?)),
        )
    }
}

/// To three figures: `0.123`, `1.23`, `12.3`, `1,234`; `–` for nothing, `∞` for what never came.
pub fn figure(value: Option<f64>) -> String {
    let Some(value) = value else {
        return "–".to_owned();
    };
    if !value.is_finite() {
        return "∞".to_owned();
    }
    let decimals = match value.abs() {
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        size if size >= 0.9995 => 2,
        _ => 3,
    };
    grouped(&format!("{value:.decimals$}"))
}

/// With commas between thousands.
fn grouped(text: &str) -> String {
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let (sign, digits) = match whole.strip_prefix('-') {
        Some(digits) => ("−", digits),
        None => ("", whole),
    };
    let mut told = sign.to_owned();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told + rest
}

/// A share, in whole hundredths.
pub fn percent(share: f64) -> String {
    format!("{:.0}", share * 100.0)
}

/// A count with commas.
pub fn count(value: u64) -> String {
    grouped(&value.to_string())
}

/// The median with the range behind it, where there were several: `8.12 [8.01–8.40]`.
pub fn told(spread: Option<Spread>) -> String {
    let Some(spread) = spread else {
        return figure(None);
    };
    let median = figure(Some(spread.median));
    if spread.n < 2 {
        return median;
    }
    let (low, high) = (figure(Some(spread.low)), figure(Some(spread.high)));
    format!("{median} [{low}–{high}]")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_median_is_the_middle_one_or_between_two() {
        let spread = Spread::of([3.0, 1.0, 9.0]).unwrap();
        assert_eq!((spread.median, spread.low, spread.high), (3.0, 1.0, 9.0));
        assert_eq!(Spread::of([1.0, 2.0, 4.0, 9.0]).unwrap().median, 3.0);
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn ratios_are_taken_within_a_repeat() {
        // The second repeat was slow for both.
        let (ours, theirs) = ([(0, 8.0), (1, 16.0), (2, 9.0)], [(1, 20.0), (0, 10.0)]);
        let spread = Spread::of_ratios(&ours, &theirs).unwrap();
        assert_eq!((spread.low, spread.high, spread.n), (0.8, 0.8, 2));
        assert_eq!(Spread::of_ratios(&ours, &[]), None);
    }

    #[test]
    fn figures_are_short_and_say_what_is_missing() {
        let told: Vec<String> = [0.0123, 0.85, 8.124, 12.34, 99.96, 1_234.5, 1.0e7, -5_000.0]
            .map(|it| figure(Some(it)))
            .into();
        assert_eq!(
            told,
            [
                "0.012",
                "0.850",
                "8.12",
                "12.3",
                "100",
                "1,234",
                "10,000,000",
                "−5,000"
            ]
        );
        assert_eq!(figure(None), "–");
        assert_eq!(figure(Some(f64::INFINITY)), "∞");
        assert_eq!(super::told(Spread::of([1.0])), "1.00");
        assert_eq!(super::told(Spread::of([1.0, 3.0])), "2.00 [1.00–3.00]");
    }

    proptest! {
        #[test]
        fn the_median_lies_within_the_range(values in prop::collection::vec(0.0..1e9_f64, 1..20)) {
            let spread = Spread::of(values.iter().copied()).unwrap();
            prop_assert!(spread.low <= spread.median && spread.median <= spread.high);
            let below = values.iter().filter(|it| **it < spread.median).count();
            let above = values.iter().filter(|it| **it > spread.median).count();
            prop_assert!(below <= values.len() / 2 && above <= values.len() / 2);
        }
    }
}
