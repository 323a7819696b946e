//! By how much one thing grows with another.

/// How many different places a line wants.
const ENOUGH: usize = 4;
/// What Student's variable exceeds with a probability of 2.5 %, from two degrees of freedom on. For
/// more than ten the last one errs to the safe side, by 14 % at most.
const STUDENT: [f64; 9] = [
    4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
];

/// The slope of the line that fits best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slope {
    /// By how much the one grows with the other.
    pub value: f64,
    /// Half of the 95 % interval, by how far the points lie off the line.
    pub error: f64,
}

impl Slope {
    /// Whether it is growth at all, and not what the points' own disorder may make.
    pub fn exceeds_error(&self) -> bool {
        self.value > self.error
    }
}

/// By how much the second of each pair grows with the first; `None` with fewer than four different
/// firsts.
pub fn slope(points: &[(f64, f64)]) -> Option<Slope> {
    let mut places: Vec<f64> = points.iter().map(|point| point.0).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    if places.len() < ENOUGH {
        return None;
    }
    let n = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|it| it.0), mean(|it| it.1));
    let shared: f64 = points.iter().map(|it| (it.0 - x) * (it.1 - y)).sum();
    let spread: f64 = points.iter().map(|it| (it.0 - x).powi(2)).sum();
    let value = shared / spread;
    let off = |it: &(f64, f64)| (it.1 - y - value * (it.0 - x)).powi(2);
    let freedom = points.len() - 2;
    let variance = points.iter().map(off).sum::<f64>() / freedom as f64;
    let student = STUDENT.get(freedom - 2).or(STUDENT.last())?;
    Some(Slope {
        value,
        error: student * (variance / spread).sqrt(),
    })
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_slope_wants_four_places() {
        let line = |x: f64| (x, 1_000.0 + 50.0 * x);
        let points = [line(10.0), line(20.0), line(40.0), line(80.0)];
        let found = slope(&points).unwrap();
        assert!((found.value - 50.0).abs() < 1e-9 && found.error < 1e-9);
        assert_eq!(slope(&points[..3]), None);
        assert_eq!(slope(&[line(1.0), line(1.0), line(2.0), line(3.0)]), None);
    }

    #[test]
    fn its_error_is_the_known_one() {
        // 1.8 with a standard error of √(1.8 / 2 / 5) = 0.424 for two degrees of freedom.
        let points = [(1.0, 2.0), (2.0, 4.0), (3.0, 7.0), (4.0, 7.0)];
        let found = slope(&points).unwrap();
        assert!((found.value - 1.8).abs() < 1e-9);
        assert!((found.error - 4.303 * 0.424_264).abs() < 1e-4, "{found:?}");
    }

    #[test]
    fn disorder_does_not_pass_for_growth_more_often_than_it_may() {
        let mut random = fastrand::Rng::with_seed(7);
        let places = [10.0, 100.0, 250.0, 1_000.0];
        // The sum of twelve even ones is nearly normal.
        let mut disorder = || (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
        let mut found = |by: f64| {
            let points = places.map(|x| (x, by * x + disorder()));
            slope(&points).unwrap()
        };
        let exceed = (0..4_000).filter(|_| found(0.0).exceeds_error()).count();
        assert!(
            (60..=140).contains(&exceed),
            "{exceed} of 4,000, 100 wanted"
        );
        let holds = |it: Slope| (it.value - 0.05).abs() <= it.error;
        let holding = (0..4_000).filter(|_| holds(found(0.05))).count();
        assert!(
            (3_760..=3_840).contains(&holding),
            "{holding} of 4,000, 3,800 wanted"
        );
        // What shrinks is no growth, however orderly.
        assert!(!found(-1.0).exceeds_error() && found(1.0).exceeds_error());
    }
}
