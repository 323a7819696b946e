//! The axis: which piece of time is shown, and where a moment lies on it.

use super::{BROWSER, HEIGHT, SERVER, SLOTS};
use crate::ui::strokes::line;

/// Arrows that are received within this much of the axis are one when there are too many.
const BIN: f64 = 120.0;

/// The piece of time that is shown, and when it is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// The time at the upper edge, the browser's `performance.now()` in ms.
    pub from: f64,
    /// How much time there is between the edges, ms.
    pub span: f64,
    /// Until when things are known: what is held open is drawn up to here.
    pub now: f64,
    /// Half of the best round trip, ms: what a request is assumed to need to the server.
    pub half_trip: f64,
    /// The transport keeps requests at the server until there is an event.
    pub holds: bool,
}

impl Window {
    /// Where a moment lies on the axis. What is far outside stays just outside.
    pub(super) fn y(&self, time: f64) -> i32 {
        let y = (time - self.from) / self.span * f64::from(HEIGHT);
        y.clamp(-300.0, f64::from(HEIGHT) + 300.0) as i32
    }

    /// Which bin of the axis a moment belongs to; it does not depend on what is shown, so that
    /// nothing changes its bin while the diagram moves.
    pub(super) fn bin(&self, time: f64) -> i64 {
        (time / self.span * f64::from(HEIGHT) / BIN).floor() as i64
    }
}

/// A small text beside the axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// Which of the page's `<text>` elements shows it. It keeps its slot while it moves.
    pub slot: usize,
    /// Where.
    pub y: i32,
    /// How many events, or how many ms since the run began.
    pub value: i64,
}

/// The ticks of the axis and their path: times since `origin` in steps of 1, 2 or 5 times a power
/// of ten, three to seven of them.
pub fn ticks(path: &mut String, notes: &mut Vec<Note>, window: &Window, origin: f64) {
    path.clear();
    notes.clear();
    let step = tick_step(window.span);
    let mut index = ((window.from - origin) / step).ceil().max(0.0) as i64;
    loop {
        let since = index as f64 * step;
        let y = window.y(origin + since);
        if y > HEIGHT || notes.len() == SLOTS {
            return;
        }
        line(path, (BROWSER, y), (SERVER, y));
        notes.push(Note {
            slot: usize::try_from(index.rem_euclid(SLOTS as i64)).unwrap_or_default(),
            y,
            value: since as i64,
        });
        index += 1;
    }
}

/// The distance of the ticks, ms.
pub(super) fn tick_step(span: f64) -> f64 {
    let mut power = 100.0;
    loop {
        for factor in [1.0, 2.0, 5.0] {
            if span / (power * factor) <= 6.0 {
                return power * factor;
            }
        }
        power *= 10.0;
    }
}
