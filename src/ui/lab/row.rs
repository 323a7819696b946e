//! The figures of a lane, as the lane and the table show them.

use leptos::prelude::*;

use super::{
    number::{count, ms, raw},
    stage::Stage,
};
use crate::lab::figures::Figures;

/// A figure as text, and as the plain number for whoever reads the page by program; empty while
/// there is none.
pub(super) struct Shown {
    text: String,
    value: String,
}

/// How a figure is read.
type Read = fn(&Figures) -> Shown;

fn counted(value: u64) -> Shown {
    Shown {
        text: count(value),
        value: value.to_string(),
    }
}

fn timed(value: Option<f64>) -> Shown {
    Shown {
        text: value.map_or_else(|| "–".to_owned(), ms),
        value: value.map(raw).unwrap_or_default(),
    }
}

/// A figure: its name in `data-figure`, and how it is read.
#[derive(Clone, Copy)]
pub(super) struct Figure {
    name: &'static str,
    read: Read,
}

impl Figure {
    /// The figure as text.
    pub(super) fn text(&self, figures: &Figures) -> String {
        (self.read)(figures).text
    }
}

macro_rules! figures {
    ($($(#[$doc:meta])* $constant:ident = $name:literal, $read:expr;)*) => {
        $($(#[$doc])* pub(super) const $constant: Figure = Figure { name: $name, read: $read };)*
    };
}

figures! {
    /// Different events received.
    DELIVERED = "delivered", |f| counted(f.delivered);
    /// Events told as a gap or never seen.
    LOST = "lost", |f| counted(f.lost);
    /// Events received once more.
    DUPLICATED = "duplicated", |f| counted(f.duplicated);
    /// Events received after a later one.
    REORDERED = "reordered", |f| counted(f.reordered);
    /// HTTP requests.
    REQUESTS = "requests", |f| counted(f.requests);
    /// Answers with nothing in them.
    WASTED = "wasted", |f| counted(f.wasted);
    /// Times that the lane came back.
    RECONNECTS = "reconnects", |f| counted(f.reconnects);
    /// Polls that could not start.
    SKIPPED = "skipped", |f| counted(f.skipped);
    /// Gaps told.
    GAPS = "gaps", |f| counted(f.gaps);
    /// Latencies measured.
    N = "n", |f| counted(f.n);
    /// Median latency.
    P50 = "p50", |f| timed(f.p50.map(|p50| p50.value));
    /// 95th percentile.
    P95 = "p95", |f| timed(f.p95);
    /// Largest latency.
    MAX = "max", |f| timed(f.max);
    /// Latest latency.
    LATEST = "latest", |f| timed(f.latest);
}

/// A figure in its lane: what `[data-figure]` finds.
pub(super) fn figure(figures: RwSignal<Figures>, figure: Figure) -> impl IntoView {
    let Figure { name, read } = figure;
    view! {
        <span data-figure=name data-value=move || figures.with(read).value>
            {move || figures.with(read).text}
        </span>
    }
}

/// A median outside of its lane.
pub(super) fn median(figures: &Figures) -> String {
    P50.text(figures)
}

/// A median's interval, or why there is no median yet.
pub(super) fn interval(stage: Stage, figures: &Figures) -> String {
    match figures.p50 {
        Some(p50) => stage.fill(
            "lab-interval",
            &[("low", &ms(p50.low)), ("high", &ms(p50.high))],
        ),
        None => stage.fill("lab-too-few", &[("n", &count(figures.n))]),
    }
}
