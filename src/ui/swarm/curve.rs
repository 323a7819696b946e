//! The curves: one series a transport, against the number of subscribers. A swarm that reports and
//! a saved run of the load generator are drawn by the same code.

use leptos::prelude::*;

use super::drawing;
use crate::{
    runs::record::Record,
    stats::Latency,
    swarm::point::Point,
    ui::{
        chart::{
            Picture,
            frame::{Downloads, Framed, framed},
            standalone,
        },
        number::{count, fixed, ms, plain},
        text::Text,
        theme::Theme,
    },
};

/// Which curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Curve {
    /// The server's CPU time for a delivery.
    Cpu,
    /// The server's memory.
    Memory,
    /// The median latency.
    P50,
    /// The 99th percentile of latency.
    P99,
}

/// How high a point lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Height {
    /// At this value, in the curve's own small unit.
    At(i64),
    /// Above everything: it never came.
    Never,
}

impl From<Latency> for Height {
    fn from(latency: Latency) -> Self {
        match latency {
            Latency::Micros(us) => Self::At(us),
            Latency::Infinite => Self::Never,
        }
    }
}

impl Curve {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Cpu, Self::Memory, Self::P50, Self::P99];

    /// Its name in addresses, attributes and locale keys.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Cpu => "cpu-per-delivery",
            Self::Memory => "server-memory",
            Self::P50 => "p50",
            Self::P99 => "p99",
        }
    }

    /// The curve of a name.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.slug() == slug)
    }

    /// Draws it.
    pub fn draw(self, points: &[Point], text: Text) -> Picture {
        drawing::draw(self, points, text)
    }

    /// Its title and its units.
    pub fn titles(self, text: Text) -> [String; 2] {
        let slug = self.slug();
        [
            text.get(&format!("curve-{slug}")),
            text.get(&format!("curve-{slug}-unit")),
        ]
    }

    /// It as a file of its own.
    pub fn svg(self, points: &[Point], text: Text, theme: Theme) -> String {
        let [title, unit] = self.titles(text);
        standalone::sheet(&self.draw(points, text), [&title, &unit], theme)
    }

    /// Whether both axes are straight: what a connection takes is a slope.
    pub(super) fn is_straight(self) -> bool {
        self == Self::Memory
    }

    /// Whether values lie on a logarithmic axis.
    pub(super) fn is_latency(self) -> bool {
        matches!(self, Self::P50 | Self::P99)
    }

    /// A point's value: ns, hundredths of a MiB, or µs.
    pub(super) fn height(self, point: &Point) -> Option<Height> {
        let whole = |value: u64| Height::At(i64::try_from(value).unwrap_or(i64::MAX));
        match self {
            Self::Cpu => point.cpu_ns().map(whole),
            Self::Memory => point.load.pss.map(|bytes| whole(bytes * 100 / (1 << 20))),
            Self::P50 => point.p50.map(|p50| p50.value.into()),
            Self::P99 => point.p99.map(|p99| p99.value.into()),
        }
    }

    /// Within what the value lies with 95 % certainty, where that is known.
    pub(super) fn interval(self, point: &Point) -> Option<[Height; 2]> {
        let p50 = point.p50.filter(|_| self == Self::P50)?;
        Some([p50.low.into(), p50.high.into()])
    }

    /// A value on the axis.
    pub(super) fn tick(self, value: i64) -> String {
        match self {
            Self::Memory => plain(value as f64 / 1e2),
            Self::P50 | Self::P99 if value >= 1_000_000 => count(value.unsigned_abs() / 1_000),
            Self::Cpu | Self::P50 | Self::P99 => plain(value as f64 / 1e3),
        }
    }

    /// A point in words.
    pub(super) fn told(self, point: &Point) -> String {
        let Some(height) = self.height(point) else {
            return "–".to_owned();
        };
        let value = self.value(height);
        let more = match self {
            Self::Memory => point.kernel_each().map(|each| {
                let kib = fixed(each as f64 / 1_024.0, 1);
                format!(" · {kib}")
            }),
            _ => self.interval(point).map(|[low, high]| {
                let (low, high) = (self.value(low), self.value(high));
                format!(" [{low}–{high}]")
            }),
        };
        format!("{value}{}", more.unwrap_or_default())
    }

    fn value(self, height: Height) -> String {
        match (self, height) {
            (_, Height::Never) => "∞".to_owned(),
            (Self::Cpu, Height::At(ns)) => fixed(ns as f64 / 1e3, 2),
            (Self::Memory, Height::At(hundredths)) => fixed(hundredths as f64 / 1e2, 1),
            (_, Height::At(us)) => ms(us as f64 / 1e3),
        }
    }
}

/// The points of a saved run; none where a browser measured it.
pub fn points(record: &Record) -> Vec<Point> {
    record.lanes.iter().filter_map(Point::of).collect()
}

/// The curves in their frames, whose ids begin with that word.
pub fn frames(
    pictures: &[(Curve, Picture)],
    prefix: &str,
    text: Text,
    downloads: &Downloads,
) -> impl IntoView + use<> {
    let frame = |(curve, picture): &(Curve, Picture)| {
        let [title, unit] = curve.titles(text);
        framed(Framed {
            id: id(prefix, *curve),
            slug: curve.slug(),
            has_rows: false,
            texts: [title, unit, text.get("chart-table"), text.get("chart-read")],
            picture: picture.clone(),
            downloads: downloads.clone(),
        })
    };
    pictures.iter().map(frame).collect_view()
}

/// The id of a curve's frame.
pub(super) fn id(prefix: &str, curve: Curve) -> String {
    format!("{prefix}-{}", curve.slug())
}
