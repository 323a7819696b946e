//! Where a point lies: a plane of two axes, each straight or logarithmic.

use super::curve::{Curve, Height};
use crate::{
    swarm::point::Point,
    ui::chart::scale::{Axis, FULL, LogAxis, Rank},
};

/// Logarithmic axes begin at ten of their unit, so that single subscribers are told as thousands.
const SUBSCRIBER: i64 = 1_000;

/// An axis.
#[derive(Debug, Clone)]
enum Scale {
    Straight(Axis),
    /// Values are told as so many of the axis' units.
    Log(LogAxis, i64),
}

/// A value that an axis names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tick {
    pub(super) value: i64,
    /// Where it lies, in ten-thousandths of the axis.
    pub(super) at: i32,
    /// A narrow picture has no room for its name.
    pub(super) is_half: bool,
}

impl Scale {
    fn straight(most: i64) -> Self {
        // The largest value keeps a little room above it.
        let end = most.max(1).unsigned_abs();
        Self::Straight(Axis::to(end.saturating_add(end.div_ceil(12))))
    }

    fn log(least: i64, most: i64, unit: i64) -> Self {
        let around = |value: i64| value.saturating_mul(unit);
        Self::Log(LogAxis::around(around(least), around(most)), unit)
    }

    fn at(&self, value: i64) -> i32 {
        match self {
            Self::Straight(axis) => axis.at(value.max(0).unsigned_abs()),
            Self::Log(axis, unit) => axis.at(value.saturating_mul(*unit)),
        }
    }

    fn ticks(&self) -> Vec<Tick> {
        match self {
            Self::Straight(axis) => {
                let values = (0..).map(|n| n * axis.tick);
                let tick = |value: u64| Tick {
                    value: i64::try_from(value).unwrap_or(i64::MAX),
                    at: axis.at(value),
                    is_half: false,
                };
                values
                    .take_while(|value| *value <= axis.end)
                    .map(tick)
                    .collect()
            }
            Self::Log(axis, unit) => {
                let steps = axis.steps.iter();
                let named = steps.filter(|step| match step.rank {
                    Rank::Between => false,
                    Rank::Half => !axis.is_long(),
                    Rank::Decade => true,
                });
                let tick = |step: &crate::ui::chart::scale::Step| Tick {
                    value: step.us / unit,
                    at: step.at,
                    is_half: step.rank == Rank::Half,
                };
                named.map(tick).collect()
            }
        }
    }
}

/// Both axes of a curve.
#[derive(Debug, Clone)]
pub(super) struct Plane {
    subscribers: Scale,
    values: Scale,
}

impl Plane {
    /// The plane that holds those of the points that have a value; `None` where none has.
    pub(super) fn around(curve: Curve, points: &[Point]) -> Option<Self> {
        let placed = points.iter().filter(|point| curve.height(point).is_some());
        let counts = placed.clone().map(|it| i64::from(it.load.subscribers));
        let (fewest, most) = (counts.clone().min()?, counts.max()?);
        let heights = placed.flat_map(|point| {
            let ends = curve.interval(point).into_iter().flatten();
            ends.chain(curve.height(point))
        });
        let known = heights.filter_map(|height| match height {
            Height::At(value) => Some(value),
            Height::Never => None,
        });
        let known: Vec<i64> = known.collect();
        let least = known.iter().copied().min().unwrap_or_default();
        let largest = known.iter().copied().max().unwrap_or_default();
        Some(Self {
            subscribers: if curve.is_straight() {
                Scale::straight(most)
            } else {
                Scale::log(fewest, most, SUBSCRIBER)
            },
            values: if curve.is_latency() {
                Scale::log(least, largest, 1)
            } else {
                Scale::straight(largest)
            },
        })
    }

    /// Where a number of subscribers lies in the width.
    pub(super) fn x(&self, subscribers: u32) -> i32 {
        self.subscribers.at(subscribers.into())
    }

    /// Where a value lies in the height, from the bottom.
    pub(super) fn y(&self, height: Height) -> i32 {
        match height {
            Height::At(value) => self.values.at(value),
            Height::Never => FULL,
        }
    }

    /// The numbers of subscribers that are named.
    pub(super) fn columns(&self) -> Vec<Tick> {
        self.subscribers.ticks()
    }

    /// The values that are named.
    pub(super) fn rows(&self) -> Vec<Tick> {
        self.values.ticks()
    }
}
