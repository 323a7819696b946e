//! Costs against a number of subscribers or a rate: a curve for each transport, both axes in
//! powers of ten.

use pushpull::transport::Transport;

use super::sheet::Sheet;
use crate::spread::{Spread, figure};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 78.0;
const RIGHT: f64 = 560.0;
const TOP: f64 = 62.0;
const BOTTOM: f64 = 330.0;
/// How far apart the curves' names are at least.
const APART: f64 = 15.0;

/// A picture of curves.
#[derive(Debug)]
pub struct Lines {
    pub title: String,
    /// What the height is, with its unit.
    pub unit: String,
    /// What the width is.
    pub across: String,
    pub series: Vec<Series>,
}

/// A curve.
#[derive(Debug)]
pub struct Series {
    pub transport: Transport,
    pub name: String,
    pub dashed: bool,
    /// Places in the width, ascending, and what was measured there.
    pub points: Vec<(f64, Spread)>,
}

/// An axis in powers of ten.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Axis {
    /// Powers of ten at its ends.
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    /// Around all values; `None` without any.
    fn around(values: impl Iterator<Item = f64>, (from, to): (f64, f64)) -> Option<Self> {
        let logs: Vec<f64> = values
            .filter(|it| it.is_finite() && *it > 0.0)
            .map(f64::log10)
            .collect();
        let low = logs.iter().copied().reduce(f64::min)?;
        let high = logs.iter().copied().reduce(f64::max)?;
        // Not a hair's breadth beyond a power of ten for the sake of rounding.
        let (low, high) = ((low + 1e-9).floor(), (high - 1e-9).ceil());
        Some(Self {
            low,
            high: if high > low { high } else { low + 1.0 },
            from,
            to,
        })
    }

    fn at(self, value: f64) -> f64 {
        let share = (value.max(1e-12).log10() - self.low) / (self.high - self.low);
        self.from + share.clamp(0.0, 1.0) * (self.to - self.from)
    }

    /// The powers of ten on it.
    fn ticks(self) -> impl Iterator<Item = f64> {
        (self.low as i32..=self.high as i32).map(|power| 10_f64.powi(power))
    }
}

impl Lines {
    /// Draws it; `None` where there is nothing to draw.
    pub fn draw(&self) -> Option<String> {
        let points = || self.series.iter().flat_map(|it| &it.points);
        let x = Axis::around(points().map(|it| it.0), (LEFT, RIGHT))?;
        let ends = points().flat_map(|it| [it.1.low, it.1.high]);
        let y = Axis::around(ends, (BOTTOM, TOP))?;
        let mut sheet = Sheet::open((WIDTH, HEIGHT), &self.title, &self.essence());
        sheet.text("soft", (16.0, 45.0), &self.unit);
        for tick in y.ticks() {
            sheet.line("grid", (LEFT, y.at(tick)), (RIGHT, y.at(tick)));
            sheet.text("end soft", (LEFT - 8.0, y.at(tick) + 4.0), &power(tick));
        }
        for tick in x.ticks() {
            sheet.line("grid", (x.at(tick), TOP), (x.at(tick), BOTTOM));
            sheet.text("middle soft", (x.at(tick), BOTTOM + 18.0), &power(tick));
        }
        sheet.line("axis", (LEFT, BOTTOM), (RIGHT, BOTTOM));
        sheet.text(
            "middle soft",
            (f64::midpoint(LEFT, RIGHT), BOTTOM + 38.0),
            &self.across,
        );
        let mut names = Vec::new();
        for series in &self.series {
            let class = series.transport.plain().slug();
            let dash = if series.dashed { " dash" } else { "" };
            let points: Vec<_> = series
                .points
                .iter()
                .map(|(place, value)| (x.at(*place), y.at(value.median)))
                .collect();
            sheet.curve(&format!("{class}{dash}"), &points);
            for (place, value) in &series.points {
                let at = |value| (x.at(*place), y.at(value));
                sheet.line(&format!("range {class}"), at(value.low), at(value.high));
                sheet.mark(series.transport, at(value.median));
            }
            if let Some(&(_, last)) = points.last() {
                names.push((last, class, series.name.as_str()));
            }
        }
        let places: Vec<f64> = names.iter().map(|it| it.0).collect();
        for ((_, class, name), place) in names.iter().zip(parted(&places)) {
            sheet.text(class, (RIGHT + 12.0, place + 4.0), name);
        }
        Some(sheet.close())
    }

    /// The same in words.
    fn essence(&self) -> String {
        let mut parts = Vec::new();
        for series in &self.series {
            let told: Vec<String> = series
                .points
                .iter()
                .map(|(x, y)| format!("{} at {}", figure(Some(y.median)), power(*x)))
                .collect();
            parts.push(format!("{}: {}", series.name, told.join(", ")));
        }
        format!(
            "{}, against {}. {}",
            self.unit,
            self.across,
            parts.join("; ")
        )
    }
}

/// A power of ten without decimals that say nothing: `0.1`, `1`, `10,000`.
fn power(value: f64) -> String {
    if value < 0.9 {
        format!("{value}")
    } else {
        crate::spread::count(value.round() as u64)
    }
}

/// Moves names apart that would lie on each other, keeping their order.
fn parted(places: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    let at = |place: usize| places.get(place).copied().unwrap_or_default();
    order.sort_by(|&a, &b| at(a).total_cmp(&at(b)));
    let mut parted = places.to_vec();
    let mut least = f64::NEG_INFINITY;
    for &place in &order {
        let moved = at(place).max(least);
        least = moved + APART;
        if let Some(it) = parted.get_mut(place) {
            *it = moved;
        }
    }
    // Back into the picture, from below.
    let mut most = BOTTOM;
    for &place in order.iter().rev() {
        if let Some(it) = parted.get_mut(place) {
            *it = it.min(most);
            most = *it - APART;
        }
    }
    parted
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_axis_has_whole_powers_and_places_in_their_order() {
        let axis = Axis::around([20.0, 1_000.0, 3.0].into_iter(), (0.0, 300.0)).unwrap();
        assert_eq!((axis.low, axis.high), (0.0, 3.0));
        assert_eq!(axis.at(1.0), 0.0);
        assert!((axis.at(10.0) - 100.0).abs() < 1e-9);
        assert_eq!(
            axis.ticks().collect::<Vec<_>>(),
            [1.0, 10.0, 100.0, 1_000.0]
        );
        assert_eq!(Axis::around([].into_iter(), (0.0, 1.0)), None);
        let one = Axis::around([10.0].into_iter(), (0.0, 1.0)).unwrap();
        assert!(one.high > one.low);
    }

    #[test]
    fn a_curve_goes_through_what_was_measured() {
        let lines = Lines {
            title: "t".to_owned(),
            unit: "µs".to_owned(),
            across: "subscribers".to_owned(),
            series: vec![Series {
                transport: Transport::Polling,
                name: "Polling".to_owned(),
                dashed: true,
                points: [10.0, 100.0]
                    .map(|x| (x, Spread::of([x, 2.0 * x]).unwrap()))
                    .into(),
            }],
        };
        let svg = lines.draw().unwrap();
        assert!(svg.contains("points=\"78,"), "{svg}");
        assert!(svg.contains("Polling: 15.0 at 10, 150 at 100"), "{svg}");
        assert!(svg.contains("curve polling dash"));
        assert!(!svg.contains("NaN"));
        let none = Lines {
            series: Vec::new(),
            ..lines
        };
        assert_eq!(none.draw(), None);
    }

    proptest! {
        #[test]
        fn no_name_lies_on_another(places in prop::collection::vec(TOP..BOTTOM, 1..9)) {
            let mut parted = parted(&places);
            prop_assert!(parted.iter().all(|it| *it <= BOTTOM));
            parted.sort_by(f64::total_cmp);
            prop_assert!(parted.windows(2).all(|it| it[1] - it[0] >= APART - 1e-9));
        }
    }
}
