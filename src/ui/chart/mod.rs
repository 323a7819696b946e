//! Charts: what was measured, as pictures with their tables.
//!
//! A chart is a **pure function** from [`Data`] to text: an SVG, a table that says the same, and a
//! note in words. The server calls it for a saved run, the browser for the run that is going on,
//! and what they get is the same. There is one element a series and none for a point; colours,
//! dashes and letters come from `style/plot.css` by classes, so that a chart follows the theme.
//!
//! | file | what it answers |
//! |---|---|
//! | [`data`] | What is drawn? |
//! | `over_time`, `cdf`, `histogram`, `bytes`, `cpu` | What does each chart look like, and what does its table say? |
//! | `scale`, `pen`, `tally`, `table`, `rows` | What are they made with? Axes, text, counts by latency, tables, lanes as rows |
//! | [`from_record`] \[ssr\] | What is drawn of a saved run? |
//! | `sheet`, [`standalone`] \[ssr\] | What is a picture that leaves the page? |
//! | `live` \[hydrate\] | How does a chart follow a run? |
//! | `following` \[hydrate\] | How does a page follow pictures that the server draws? |
//! | `reading`, `save` \[hydrate\] | How are values read, and how does a picture get out of the page? |
//! | [`frame`] | What stands around a chart? The figure with its title, table and downloads |
#![allow(
    missing_docs,
    reason = "the island's macro makes a type without documentation"
)]

mod bytes;
mod cdf;
mod cpu;
pub mod data;
pub mod frame;
mod histogram;
mod over_time;
pub(crate) mod pen;
mod rows;
pub(crate) mod scale;
mod sheet;
mod table;
mod tally;

#[cfg(feature = "hydrate")]
mod following;
#[cfg(feature = "ssr")]
pub mod from_record;
#[cfg(feature = "hydrate")]
pub(crate) mod live;
#[cfg(feature = "hydrate")]
mod reading;
#[cfg(not(feature = "hydrate"))]
#[path = "asleep.rs"]
mod reading;
#[cfg(feature = "hydrate")]
mod save;
#[cfg(feature = "ssr")]
pub mod standalone;

use leptos::prelude::*;

use self::{data::Data, pen::Pen};
use crate::ui::labels::Labels;

/// Which chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Chart {
    /// Each event's latency at its time.
    OverTime,
    /// Which share of the events had come after how long.
    Cdf,
    /// How many events came after how long.
    Histogram,
    /// The bytes of an event, and what they were for.
    Bytes,
    /// The server's CPU time for an event.
    Cpu,
}

impl Chart {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] = [
        Self::OverTime,
        Self::Cdf,
        Self::Histogram,
        Self::Bytes,
        Self::Cpu,
    ];

    /// Its name in addresses, attributes and locale keys.
    pub fn slug(self) -> &'static str {
        match self {
            Self::OverTime => "latency-over-time",
            Self::Cdf => "cdf",
            Self::Histogram => "histogram",
            Self::Bytes => "bytes-per-event",
            Self::Cpu => "cpu-per-event",
        }
    }

    /// The chart of a name.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|chart| chart.slug() == slug)
    }

    /// Whether its lanes are rows, so that values are read from top to bottom.
    pub fn has_rows(self) -> bool {
        matches!(self, Self::Bytes | Self::Cpu)
    }

    /// Whether it shows single receipts, and when what was lost should have come.
    pub fn needs_receipts(self) -> bool {
        self == Self::OverTime
    }

    /// Whether it shows percentiles.
    pub fn needs_percentiles(self) -> bool {
        self == Self::Cdf
    }

    /// All of them, drawn.
    pub fn draw_all(data: &Data<'_>, labels: &Labels) -> Vec<(Self, Picture)> {
        let draw = |chart: Self| (chart, chart.draw(data, labels));
        Self::ALL.map(draw).into()
    }

    /// Draws it.
    pub fn draw(self, data: &Data<'_>, labels: &Labels) -> Picture {
        let say = Say {
            labels,
            chart: self,
        };
        let picture = match self {
            Self::OverTime => over_time::draw(data, say),
            Self::Cdf => cdf::draw(data, say),
            Self::Histogram => histogram::draw(data, say),
            Self::Bytes => bytes::draw(data, say),
            Self::Cpu => cpu::draw(data, say),
        };
        picture.unwrap_or_else(|| nothing(say))
    }
}

/// Brings a page's charts to life: values at the pointer and by the keyboard, downloads in the
/// colours that are seen. It shows nothing by itself; one is enough for a page.
#[island]
pub fn LivelyCharts() -> impl IntoView {
    Effect::new(|_| reading::begin());
}

/// A chart as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Picture {
    /// The picture, an `<svg>`.
    pub plot: String,
    /// The same in numbers, a `<table>`; empty while there is nothing to say.
    pub table: String,
    /// What is to be known beside it, plain text.
    pub note: String,
}

/// A chart's texts.
#[derive(Clone, Copy)]
struct Say<'a> {
    labels: &'a Labels,
    chart: Chart,
}

impl Say<'_> {
    /// The chart's own text of that name.
    fn own(self, name: &str) -> String {
        self.text(&[self.chart.slug(), "-", name])
    }

    /// A text whose key has these parts.
    fn text(self, parts: &[&str]) -> String {
        self.labels.get(&key(parts))
    }

    /// The text of a key with its slots filled.
    fn fill(self, key: &str, slots: &[(&str, &str)]) -> String {
        self.labels.fill(key, slots)
    }
}

fn key(parts: &[&str]) -> String {
    let mut key = "chart-".to_owned();
    for part in parts {
        key.push_str(part);
    }
    key
}

/// Opens a picture that is `height` px high; `essence` is what it says to whoever cannot see it.
fn open(say: Say<'_>, height: i32, essence: &str) -> Pen {
    let mut pen = Pen::default();
    pen.raw("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" width=\"100%\" height=\"");
    pen.int(height);
    pen.raw("\" role=\"img\" aria-label=\"");
    pen.words(&say.text(&[say.chart.slug()]));
    pen.raw(". ");
    pen.words(essence);
    pen.raw("\">");
    pen
}

/// While nothing has been measured.
fn nothing(say: Say<'_>) -> Picture {
    let none = say.own("none");
    let mut pen = open(say, 120, &none);
    pen.text("tick middle", (scale::FULL / 2, 0, 60), &none);
    pen.raw("</svg>");
    Picture {
        plot: pen.0,
        ..Picture::default()
    }
}

#[cfg(test)]
pub(crate) mod tests;
