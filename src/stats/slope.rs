//! By how much one thing grows with another.

/// How many different places a line wants.
const ENOUGH: usize = 4;

/// By how much the second of each pair grows with the first: the slope of the line that fits best;
/// `None` with fewer than four different firsts.
pub fn slope(points: &[(f64, f64)]) -> Option<f64> {
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
    Some(shared / spread)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_slope_wants_four_places() {
        let line = |x: f64| (x, 1_000.0 + 50.0 * x);
        let points = [line(10.0), line(20.0), line(40.0), line(80.0)];
        assert!((slope(&points).unwrap() - 50.0).abs() < 1e-9);
        assert_eq!(slope(&points[..3]), None);
        assert_eq!(slope(&[line(1.0), line(1.0), line(2.0), line(3.0)]), None);
    }
}
