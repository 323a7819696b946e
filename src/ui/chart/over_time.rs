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
use crate::{
    runs::types::Receipt,
    ui::{
        number::{count, fixed, plain},
        strokes::{line, point},
    },
};

/// A row of the table is so many of the picture's columns.
const COLUMNS_A_ROW: usize = 10;
/// The line of text above a strip, and the strip, px.
const LINE: i32 = 26;
const STRIP: i32 = 70;
/// Above the strips where there are flags, and below them: the axis.
const FLAGS: i32 = 16;
const AXIS: i32 = 22;

/// So many disturbances are named at most.
const NAMED: usize = 4;

/// How time is cut: into columns of a hundredth of a tick, some hundreds of them, which is one or
/// two pixels a column.
#[derive(Debug, Clone, Copy)]
struct Columns {
    axis: Axis,
    /// How long a column is, µs.
    width: u64,
    count: usize,
}

impl Columns {
    fn of(span_us: u64) -> Self {
        let axis = Axis::to(span_us);
        let width = (axis.tick / 100).max(1);
        Self {
            axis,
            width,
            // At most 600.
            count: axis.end.div_ceil(width) as usize,
        }
    }

    /// The column of a moment; what is beyond the end lies in the last.
    fn at(&self, at_us: i64) -> usize {
        let at = at_us.max(0).unsigned_abs() / self.width;
        (at as usize).min(self.count - 1)
    }

    /// When the piece begins that so many columns come before.
    fn start(&self, columns: usize) -> u64 {
        columns as u64 * self.width
    }

    /// Where the middle of a piece lies that is so many columns wide.
    fn middle(&self, column: usize, wide: usize) -> i32 {
        self.axis.at(self.start(column) + self.start(wide) / 2)
    }
}

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
    /// Of several pieces.
    fn of(pieces: &[Self]) -> Self {
        pieces.iter().fold(EMPTY, |one, two| Self {
            least: one.least.min(two.least),
            most: one.most.max(two.most),
            n: one.n + two.n,
        })
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

/// Thins receipts to columns, keeping each column's extremes.
fn thin(receipts: &[Receipt], columns: &Columns) -> Vec<Extent> {
    let mut extents = vec![EMPTY; columns.count];
    let (mut column, mut held) = (0, 0..0);
    for &(_, at, latency) in receipts {
        // Neighbours mostly share a column.
        if !held.contains(&at) {
            column = columns.at(at);
            let from = columns.start(column) as i64;
            held = from..from + columns.width as i64;
        }
        if let Some(extent) = extents.get_mut(column) {
            extent.least = extent.least.min(latency);
            extent.most = extent.most.max(latency);
            extent.n += 1;
        }
    }
    extents
}

pub(super) fn draw(data: &Data<'_>, say: Say<'_>) -> Option<Picture> {
    let axis = axis(data)?;
    let columns = Columns::of(data.span_us);
    let lanes = data.lanes.iter();
    let thinned: Vec<_> = lanes.map(|lane| thin(lane.receipts, &columns)).collect();
    let whole = |extents: &Vec<_>| [&Extent::of(extents).told(), " ms"].concat();
    let wholes: Vec<_> = thinned.iter().map(whole).collect();
    let essence = listed(data, say, &wholes);
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
    time_axis(&mut grid, &mut texts, columns.axis, (head + LINE, bottom));
    let mut marks = Pen::default();
    let lanes = data.lanes.iter().zip(&thinned).zip(&wholes);
    for (place, ((lane, extents), whole)) in lanes.enumerate() {
        let top = head + place as i32 * (LINE + STRIP) + LINE;
        latencies(&mut decades, &mut texts, &axis, top);
        let class = ["name ", &lane.class()].concat();
        texts.text(&class, (0, 0, top - 8), &lane.marked(say));
        let n = count(lane.receipts.len() as u64);
        let told = [whole, " · n = ", &n].concat();
        texts.text("value end", (FULL, 0, top - 8), &told);
        let strokes = strokes(extents, &columns, &axis, top);
        marks.path(&["dots ", &lane.class()].concat(), &strokes);
        let mut lost = String::new();
        for &at in &lane.lost_at {
            let x = columns.middle(columns.at(at), 1);
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
        table: table(data, say, &columns, &thinned),
        note: note(data, say),
    })
}

/// The strokes of a strip whose upper edge is at `top` px.
fn strokes(extents: &[Extent], columns: &Columns, axis: &LogAxis, top: i32) -> String {
    let y = |us: i64| (top + STRIP) * 10 - axis.at(us) * STRIP / (FULL / 10);
    let mut path = String::new();
    for (column, extent) in extents.iter().enumerate() {
        if extent.n > 0 {
            let x = columns.middle(column, 1);
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

/// The axis of time below the strips.
fn time_axis(grid: &mut String, texts: &mut Pen, axis: Axis, (top, bottom): (i32, i32)) {
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
}

fn seconds(us: u64) -> String {
    plain(us as f64 / 1e6)
}

/// Pieces of the time as rows, some dozens.
fn table(data: &Data<'_>, say: Say<'_>, columns: &Columns, thinned: &[Vec<Extent>]) -> String {
    let rows = columns.count.div_ceil(COLUMNS_A_ROW);
    let mut lost = vec![vec![0_u32; rows]; data.lanes.len()];
    for (lane, lost) in data.lanes.iter().zip(&mut lost) {
        for &at in &lane.lost_at {
            if let Some(lost) = lost.get_mut(columns.at(at) / COLUMNS_A_ROW) {
                *lost += 1;
            }
        }
    }
    let mut table = Table::of_lanes(data, say);
    for row in 0..rows {
        let first = row * COLUMNS_A_ROW;
        let [from, to] = [first, first + COLUMNS_A_ROW].map(|column| columns.start(column));
        let name = [seconds(from), seconds(to)].join("–");
        table.row(Some(columns.middle(first, COLUMNS_A_ROW)), &name);
        for (extents, lost) in thinned.iter().zip(&lost) {
            let extents = extents.chunks(COLUMNS_A_ROW).nth(row);
            let extent = Extent::of(extents.unwrap_or_default());
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
    // In turn only what falls into a lane's windows is measured, and all of that is drawn.
    let thinned = |lane: &Lane<'_>| {
        let counts = lane.blocks.iter().flat_map(|block| &block.counts);
        let measured: u64 = counts.map(|entry| u64::from(entry.1)).sum();
        (lane.receipts.len() as u64) < measured
    };
    // What a random sample leaves out may be late: only all receipts hide nothing.
    let mut note = if data.lanes.iter().any(thinned) {
        let drawn = data.each(|lane| count(lane.receipts.len() as u64));
        let slots = [("lanes", &*listed(data, say, &drawn))];
        say.fill("chart-latency-over-time-sample", &slots)
    } else {
        say.own("note")
    };
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

    proptest! {
        #[test]
        fn thinning_keeps_every_extreme(
            times in proptest::collection::vec((0..1_000_000_i64, -500..9_000_000_i64), 1..400),
            span_us in 1..2_000_000_u64,
        ) {
            let receipts: Vec<_> = times.iter().map(|&(at, latency)| (0, at, latency)).collect();
            let columns = Columns::of(span_us);
            let thinned = thin(&receipts, &columns);
            for (column, extent) in thinned.iter().enumerate() {
                let own = || times.iter().filter(|it| columns.at(it.0) == column).map(|it| it.1);
                prop_assert_eq!(extent.n as usize, own().count());
                if extent.n > 0 {
                    prop_assert_eq!(Some(extent.least), own().min());
                    prop_assert_eq!(Some(extent.most), own().max());
                }
            }
        }

        #[test]
        fn time_has_some_hundreds_of_columns_and_all_of_it_is_in_one(span_us in 600..1_u64 << 50) {
            let columns = Columns::of(span_us);
            prop_assert!((200..=600).contains(&columns.count), "{columns:?}");
            prop_assert!(columns.start(columns.count) >= span_us);
            prop_assert!(columns.start(columns.count - 1) < span_us);
        }
    }

    #[test]
    fn one_late_event_among_thousands_is_drawn() {
        let mut receipts: Vec<_> = (0..20_000).map(|n| (n, n as i64 * 100, 1_000)).collect();
        receipts[777].2 = 900_000;
        let axis = LogAxis::around(1_000, 1_000_000);
        let columns = Columns::of(2_000_000);
        let path = strokes(&thin(&receipts, &columns), &columns, &axis, 0);
        let tallest = (STRIP * 10) - axis.at(900_000) * STRIP / (FULL / 10);
        assert!(path.contains(&format!(" {tallest}L")), "{path}");
        assert_eq!(path.matches('M').count(), columns.count);
    }
}
