//! The lines that fit all bounds: a convex polygon of offsets and drifts.

/// The most by which two clocks' rates may differ, in µs per s (ppm). Quartz clocks stay within
/// 100; a browser under time synchronisation may be slewed by as much as 500.
pub(super) const MAX_DRIFT: f64 = 500.0;

/// A line: the server's clock minus the browser's, from a common anchor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    /// µs at the anchor.
    pub offset: f64,
    /// µs per s.
    pub drift: f64,
}

impl Line {
    /// The line's value in µs, `x` s after the anchor.
    pub(super) fn at(self, x: f64) -> f64 {
        self.offset + self.drift * x
    }
}

/// One bound: `x` s after the anchor the line is not above (or not below) `us`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    /// s after the anchor.
    pub x: f64,
    /// µs.
    pub us: f64,
    /// Not above; else not below.
    pub upper: bool,
}

impl Bound {
    /// By how many µs the line keeps the bound; negative when it breaks it.
    pub(super) fn slack(self, line: Line) -> f64 {
        let below = self.us - line.at(self.x);
        if self.upper { below } else { -below }
    }
}

/// All lines that keep every bound so far: a convex polygon in the plane of offset and drift,
/// given by its corners in order. A bound is a half-plane there, so that entering one is cutting
/// the polygon with a straight line.
#[derive(Debug, Clone)]
pub(super) struct Region {
    corners: Vec<Line>,
}

impl Region {
    /// The lines within the drift's limit that keep an upper and a lower bound; `None` when the
    /// two contradict each other.
    pub(super) fn between(upper: Bound, lower: Bound) -> Option<Self> {
        let reach = MAX_DRIFT * upper.x.abs().max(lower.x.abs()) + 1.0;
        let (low, high) = (lower.us - reach, upper.us + reach);
        let corner = |offset, drift| Line { offset, drift };
        let all = Self {
            corners: vec![
                corner(low, -MAX_DRIFT),
                corner(high, -MAX_DRIFT),
                corner(high, MAX_DRIFT),
                corner(low, MAX_DRIFT),
            ],
        };
        (low <= high).then_some(all)?.cut(upper)?.cut(lower)
    }

    /// What is left of the region under one more bound; `None` when nothing is.
    pub(super) fn cut(&self, bound: Bound) -> Option<Self> {
        let mut corners = Vec::with_capacity(self.corners.len() + 1);
        let followers = self.corners.iter().cycle().skip(1);
        for (&here, &next) in self.corners.iter().zip(followers) {
            let (slack, next_slack) = (bound.slack(here), bound.slack(next));
            if slack >= 0.0 {
                corners.push(here);
            }
            if (slack > 0.0 && next_slack < 0.0) || (slack < 0.0 && next_slack > 0.0) {
                let share = slack / (slack - next_slack);
                corners.push(Line {
                    offset: here.offset + share * (next.offset - here.offset),
                    drift: here.drift + share * (next.drift - here.drift),
                });
            }
        }
        (!corners.is_empty()).then_some(Self { corners })
    }

    /// Whether the bound touches the region: without it, the region might be larger.
    pub(super) fn touches(&self, bound: Bound) -> bool {
        self.corners
            .iter()
            .any(|&corner| bound.slack(corner) <= 1e-3)
    }

    /// The polygon's centre of area: what to expect of the true line when every line that keeps
    /// the bounds is as likely as the next.
    pub(super) fn centre(&self) -> Line {
        let origin = self.corners.first().copied().unwrap_or(Line {
            offset: 0.0,
            drift: 0.0,
        });
        let (mut area, mut offset, mut drift) = (0.0, 0.0, 0.0);
        // Triangles from the first corner: differences first, so that a small polygon far from
        // the anchor loses no digits.
        let sides = self.corners.iter().zip(self.corners.iter().skip(1));
        for (one, two) in sides {
            let (o1, d1) = (one.offset - origin.offset, one.drift - origin.drift);
            let (o2, d2) = (two.offset - origin.offset, two.drift - origin.drift);
            let twice = o1 * d2 - o2 * d1;
            area += twice;
            offset += twice * (o1 + o2) / 3.0;
            drift += twice * (d1 + d2) / 3.0;
        }
        if area.abs() < 1e-12 {
            return self.middle();
        }
        Line {
            offset: origin.offset + offset / area,
            drift: origin.drift + drift / area,
        }
    }

    /// The mean of the corners: the centre of a polygon that has shrunk to a line or a point.
    fn middle(&self) -> Line {
        let n = self.corners.len() as f64;
        Line {
            offset: self.corners.iter().map(|corner| corner.offset).sum::<f64>() / n,
            drift: self.corners.iter().map(|corner| corner.drift).sum::<f64>() / n,
        }
    }

    /// How far `line` is from the farthest line of the region, in µs, `x` s after the anchor.
    pub(super) fn farthest(&self, line: Line, x: f64) -> f64 {
        let distance =
            |corner: &Line| (corner.offset - line.offset + (corner.drift - line.drift) * x).abs();
        self.corners.iter().map(distance).fold(0.0, f64::max)
    }
}

#[cfg(test)]
#[allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]
mod tests {
    use super::*;

    fn bound(x: f64, us: f64, upper: bool) -> Bound {
        Bound { x, us, upper }
    }

    #[test]
    fn two_bounds_leave_a_band() {
        let region = Region::between(bound(0.0, 10.0, true), bound(0.0, -10.0, false));
        let region = region.expect("they agree");
        let centre = region.centre();
        assert!(centre.offset.abs() < 1e-9 && centre.drift.abs() < 1e-9);
        assert!((region.farthest(centre, 0.0) - 10.0).abs() < 1e-9);
        assert!((region.farthest(centre, 2.0) - 1_010.0).abs() < 1e-6);
    }

    #[test]
    fn later_bounds_narrow_the_drift() {
        let region = Region::between(bound(0.0, 1.0, true), bound(0.0, -1.0, false))
            .and_then(|region| region.cut(bound(100.0, 5_001.0, true)))
            .and_then(|region| region.cut(bound(100.0, 4_999.0, false)))
            .expect("they agree");
        assert!((region.centre().drift - 50.0).abs() < 0.01);
        assert!(region.farthest(region.centre(), 50.0) < 1.01);
    }

    #[test]
    fn contradictions_leave_nothing() {
        assert!(Region::between(bound(0.0, -1.0, true), bound(0.0, 1.0, false)).is_none());
        let region = Region::between(bound(0.0, 1.0, true), bound(0.0, -1.0, false));
        let jump = region.expect("they agree").cut(bound(1.0, -600.0, true));
        assert!(jump.is_none());
    }

    #[test]
    fn a_region_without_area_has_a_centre() {
        let point = Region {
            corners: vec![
                Line {
                    offset: 3.0,
                    drift: 4.0
                };
                3
            ],
        };
        assert_eq!(
            point.centre(),
            Line {
                offset: 3.0,
                drift: 4.0
            }
        );
    }
}
