//! Latency over time: one strip a lane, all with the same two axes. Each column of the picture is
//! a stroke from its smallest to its largest latency, so that a single late event among thousands
//! is seen; what never came is marked above.

use super::{
    Picture, Say,
    data::{Data, Lane, listed, step as preferred, us},
    open,
    pen::Pen,
    rows::bar,
    scale::{Axis, FULL, LogAxis, Rank},
    table::Table,
    tally::axis,
};
use crate::ui::{
    number::{count, fixed, plain},
    strokes::{line, point},
};

/// Into how many columns time is drawn: a column is about one and a half pixels of a wide picture.
const COLUMNS: usize = 400;
/// How wide a column is.
const WIDTH: i32 = FULL / COLUMNS as i32;
/// The line of text above a strip, and the strip, px.
const LINE: i32 = 26;
const STRIP: i32 = 70;
/// Above the strips where there are flags, and below them: the axis.
const FLAGS: i32 = 16;
const AXIS: i32 = 22;

/// So many disturbances are named at most.
const NAMED: usize = 4;

/// The smallest and the largest latency of a piece of time, and how many events there were.
#[derive(Clone, Copy)]
struct Extent {
    least: i64,
    most: i64,
    n: u32,
}

const EMPTY: Extent = Extent {
    least: i64::MAX,
    most: i64::MIN,
    n: 0,
};

impl Extent {
    fn add(&mut self, us: i64) {
        self.least = self.least.min(us);
        self.most = self.most.max(us);
        self.n += 1;
    }

    /// In words: `1.20–3.40`.
    fn told(&self) -> String {
        match self.n {
            0 => "–".to_owned(),
            1 => us(self.least),
            _ => [us(self.least), us(self.most)].join("–"),
        }
    }
}

/// Thins receipts to so many pieces of the time, keeping each piece's extremes.
fn thin(lane: &Lane<'_>, span_us: u64, pieces: usize) -> Vec<Extent> {
    let mut extents = vec![EMPTY; pieces];
    for &(_, at, latency) in lane.receipts {
        if let Some(extent) = extents.get_mut(piece(at, span_us, pieces)) {
            extent.add(latency);
        }
    }
    extents
}

/// The piece of the time that a moment lies in; what is beyond the end lies in the last.
fn piece(at_us: i64, span_us: u64, pieces: usize) -> usize {
    let at = at_us.max(0).unsigned_abs().min(span_us);
    let place = at.saturating_mul(pieces as u64) / span_us.max(1);
    (place as usize).min(pieces - 1)
}

pub(super) fn draw(data: &Data<'_>, say: Say<'_>) -> Option<Picture> {
    let axis = axis(data)?;
    let whole = |lane: &Lane<'_>| thin(lane, 1, 1).first().map_or(EMPTY, |all| *all);
    let essence = listed(data, say, &|lane| [&whole(lane).told(), " ms"].concat());
    // Flags stand above all.
    let head = if data.bands.is_empty() { 0 } else { FLAGS };
    let bottom = head + data.lanes.len() as i32 * (LINE + STRIP);
    let height = bottom + AXIS;
    let mut pen = open(say, height, &essence);
    let mut texts = Pen::default();
    let (mut grid, mut decades) = (String::new(), String::new());
    pen.stretch(height);
    let mut faces = String::new();
    let mut flagged = i32::MIN;
    for band in &data.bands {
        let end = data.span_us.max(1);
        let at = |us: u64| (us.min(end).saturating_mul(10_000) / end) as i32;
        let (from, to) = (at(band.from_us), at(band.to_us));
        let width = (from, to.max(from + 20).min(FULL));
        bar(&mut faces, width, (FLAGS * 10, bottom * 10));
        let middle = i32::midpoint(from, to);
        // A flag for those that stand near each other.
        if middle >= flagged.saturating_add(300) {
            flagged = middle;
            texts.text("tick middle", (middle, 0, 12), "⚑");
        }
    }
    pen.path("band", &faces);
    let end = time_axis(&mut grid, &mut texts, data, (head + LINE, bottom));
    let mut marks = Pen::default();
    for (place, lane) in data.lanes.iter().enumerate() {
        let top = head + place as i32 * (LINE + STRIP) + LINE;
        latencies(&mut decades, &mut texts, &axis, top);
        let class = ["name ", &lane.class()].concat();
        texts.text(&class, (0, 0, top - 8), &lane.marked(say));
        let told = [
            &whole(lane).told(),
            " ms · n = ",
            &count(lane.receipts.len() as u64),
        ]
        .concat();
        texts.text("value end", (FULL, 0, top - 8), &told);
        let strokes = strokes(&thin(lane, end, COLUMNS), &axis, top);
        marks.path(&["dots ", &lane.class()].concat(), &strokes);
        let mut lost = String::new();
        for &at in &lane.lost_at {
            let x = piece(at, end, COLUMNS) as i32 * WIDTH + WIDTH / 2;
            line(&mut lost, (x, top * 10 - 40), (x, top * 10 + 30));
        }
        marks.path("lost", &lost);
    }
    pen.path("grid", &grid);
    pen.path("grid", &decades);
    pen.raw(&marks.0);
    pen.raw("</svg>");
    pen.raw(&texts.0);
    pen.raw("</svg>");
    Some(Picture {
        plot: pen.0,
        table: table(data, say, end),
        note: note(data, say),
    })
}

/// The strokes of a strip whose upper edge is at `top` px.
fn strokes(extents: &[Extent], axis: &LogAxis, top: i32) -> String {
    let y = |us: i64| (top + STRIP) * 10 - axis.at(us) * STRIP / (FULL / 10);
    let mut path = String::new();
    for (column, extent) in extents.iter().enumerate() {
        if extent.n > 0 {
            let x = column as i32 * WIDTH + WIDTH / 2;
            line(&mut path, (x, y(extent.most)), (x, y(extent.least)));
        }
    }
    path
}

/// The axis of latencies beside a strip.
fn latencies(grid: &mut String, texts: &mut Pen, axis: &LogAxis, top: i32) {
    let decades = axis
        .steps
        .iter()
        .filter(|step| step.rank == Rank::Decade)
        .count();
    let mut named = i32::MAX;
    for step in &axis.steps {
        let is_named = match step.rank {
            Rank::Decade => true,
            Rank::Half => decades < 3,
            Rank::Between => false,
        };
        if is_named {
            let y = (top + STRIP) * 10 - step.at * STRIP / (FULL / 10);
            line(grid, (0, y), (FULL, y));
            // Names need room.
            if named - y >= 130 {
                named = y;
                texts.text("tick end", (0, -7, y / 10 + 4), &preferred(step.us));
            }
        }
    }
    point(grid, 'M', (0, (top + STRIP) * 10));
    point(grid, 'L', (FULL, (top + STRIP) * 10));
}

/// The axis of time below the strips; gives its end, µs.
fn time_axis(
    grid: &mut String,
    texts: &mut Pen,
    data: &Data<'_>,
    (top, bottom): (i32, i32),
) -> u64 {
    let axis = Axis::to(data.span_us);
    let mut at_us = 0;
    while at_us <= axis.end {
        let at = axis.at(at_us);
        line(grid, (at, top * 10), (at, bottom * 10));
        let class = match at {
            0 => "tick",
            at if at > FULL * 19 / 20 => "tick end",
            _ => "tick middle",
        };
        texts.text(
            class,
            (at, 0, bottom + 16),
            &[&seconds(at_us), " s"].concat(),
        );
        at_us += axis.tick;
    }
    axis.end
}

fn seconds(us: u64) -> String {
    plain(us as f64 / 1e6)
}

/// Pieces of the time as rows, 25 to 50 of them.
fn table(data: &Data<'_>, say: Say<'_>, end: u64) -> String {
    let piece_us = (Axis::to(end).tick / 10).max(1);
    let pieces = end.div_ceil(piece_us) as usize;
    let whole = pieces as u64 * piece_us;
    let mut lost = vec![vec![0_u32; pieces]; data.lanes.len()];
    for (lane, lost) in data.lanes.iter().zip(&mut lost) {
        for &at in &lane.lost_at {
            if let Some(lost) = lost.get_mut(piece(at, whole, pieces)) {
                *lost += 1;
            }
        }
    }
    let thinned: Vec<_> = data
        .lanes
        .iter()
        .map(|lane| thin(lane, whole, pieces))
        .collect();
    let axis = Axis { tick: 1, end };
    let mut table = Table::of_lanes(data, say);
    for row in 0..pieces {
        let from = row as u64 * piece_us;
        let name = [seconds(from), seconds(from + piece_us)].join("–");
        table.row(Some(axis.at(from + piece_us / 2)), &name);
        for (extents, lost) in thinned.iter().zip(&lost) {
            let extent = extents.get(row).unwrap_or(&EMPTY);
            let mut cell = extent.told();
            if extent.n > 0 {
                cell.push_str(" (");
                cell.push_str(&count(extent.n.into()));
                cell.push(')');
            }
            if let Some(&lost) = lost.get(row).filter(|&&lost| lost > 0) {
                cell.push_str(" ∞ × ");
                cell.push_str(&count(lost.into()));
            }
            table.cell(&cell);
        }
    }
    table.close()
}

fn note(data: &Data<'_>, say: Say<'_>) -> String {
    let mut note = say.own("note");
    let kept = |lane: &Lane<'_>| (lane.receipts.len() as u64) < lane.delivered;
    if data.lanes.iter().any(kept) {
        let most = data.lanes.iter().map(|lane| lane.receipts.len()).max();
        let most = count(most.unwrap_or_default() as u64);
        note.push(' ');
        note.push_str(&say.fill("chart-latency-over-time-sample", &[("n", &most)]));
    }
    if data.lanes.iter().any(|lane| !lane.lost_at.is_empty()) {
        note.push(' ');
        note.push_str(&say.own("lost"));
    }
    for band in data.bands.iter().take(NAMED) {
        note.push(' ');
        let [from, to] = [band.from_us, band.to_us].map(|us| fixed(us as f64 / 1e6, 1));
        let slots = [("from", &*from), ("to", &*to), ("name", &*band.name)];
        note.push_str(&say.fill("chart-band", &slots));
    }
    let more = data.bands.len().saturating_sub(NAMED);
    if more > 0 {
        note.push(' ');
        note.push_str(&say.fill("chart-bands-more", &[("n", &count(more as u64))]));
    }
    note
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{runs::types::Receipt, transport::Transport};

    fn lane(receipts: &[Receipt]) -> Lane<'_> {
        Lane {
            transport: Transport::Sse,
            twin: 0,
            delivered: receipts.len() as u64,
            blocks: &[],
            percentiles: [None; 3],
            receipts,
            lost_at: Vec::new(),
            counters: None,
        }
    }

    proptest! {
        #[test]
        fn thinning_keeps_every_extreme(
            times in proptest::collection::vec((0..1_000_000_i64, -500..9_000_000_i64), 1..400),
            pieces in 1..60_usize,
        ) {
            let receipts: Vec<_> = times.iter().map(|&(at, latency)| (0, at, latency)).collect();
            let thinned = thin(&lane(&receipts), 1_000_000, pieces);
            for (number, extent) in thinned.iter().enumerate() {
                let own = || times.iter().filter(|it| piece(it.0, 1_000_000, pieces) == number).map(|it| it.1);
                prop_assert_eq!(extent.n as usize, own().count());
                if extent.n > 0 {
                    prop_assert_eq!(Some(extent.least), own().min());
                    prop_assert_eq!(Some(extent.most), own().max());
                }
            }
        }
    }

    #[test]
    fn one_late_event_among_thousands_is_drawn() {
        let mut receipts: Vec<_> = (0..20_000).map(|n| (n, n as i64 * 100, 1_000)).collect();
        receipts[777].2 = 900_000;
        let axis = LogAxis::around(1_000, 1_000_000);
        let path = strokes(&thin(&lane(&receipts), 2_000_000, COLUMNS), &axis, 0);
        let tallest = (STRIP * 10) - axis.at(900_000) * STRIP / (FULL / 10);
        assert!(path.contains(&format!(" {tallest}L")), "{path}");
        assert_eq!(path.matches('M').count(), COLUMNS);
    }
}
