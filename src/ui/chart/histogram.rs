//! How many events came after how long: one strip a lane, all with the same two axes, so that
//! heights compare. The bars are preferred numbers wide, which on a logarithmic axis is alike.

use super::{
    Picture, Say,
    cdf::{latency_axis, note, share},
    data::{Data, listed, step as preferred},
    open,
    pen::Pen,
    rows::bar,
    scale::{FULL, LogAxis},
    table::Table,
    tally::{Tally, axis},
};
use crate::ui::{number::count, strokes::line};

/// The line of text above a strip, the strip, and the axis below all, px.
const LINE: i32 = 24;
const STRIP: i32 = 50;
const AXIS: i32 = 22;

pub(super) fn draw(data: &Data<'_>, say: Say<'_>) -> Option<Picture> {
    let axis = axis(data)?;
    let tallies: Vec<_> = data
        .lanes
        .iter()
        .map(|lane| Tally::of(lane, &axis))
        .collect();
    let fullest: Vec<_> = tallies.iter().map(|it| fullest(it, &axis)).collect();
    let essence = listed(data, say, &fullest);
    // The largest share of all, in hundredths of a per cent.
    let bars = |tally: &Tally| (1..axis.steps.len()).map(|step| part(tally, step)).max();
    let most = tallies.iter().filter_map(bars).max().unwrap_or(1).max(1);
    let bottom = data.lanes.len() as i32 * (LINE + STRIP);
    let mut pen = open(say, bottom + AXIS, &essence);
    let mut texts = Pen::default();
    let (mut grid, mut faces) = (String::new(), Pen::default());
    latency_axis(&mut grid, &mut texts, &axis, (LINE, bottom));
    let lanes = data.lanes.iter().zip(&tallies).zip(&fullest);
    for (place, ((lane, tally), fullest)) in lanes.enumerate() {
        let floor = (place as i32 + 1) * (LINE + STRIP);
        line(&mut grid, (0, floor * 10), (FULL, floor * 10));
        line(
            &mut grid,
            (0, (floor - STRIP) * 10),
            (FULL, (floor - STRIP) * 10),
        );
        texts.text("tick end", (0, -7, floor + 4), "0 %");
        texts.text(
            "tick end",
            (0, -7, floor - STRIP + 4),
            &[&share(most, 10_000), " %"].concat(),
        );
        let class = ["name halo ", &lane.class()].concat();
        texts.text(&class, (0, 0, floor - STRIP - 8), &lane.marked(say));
        texts.text("value end halo", (FULL, 0, floor - STRIP - 8), fullest);
        let mut path = String::new();
        for (step, end) in axis.steps.iter().enumerate().skip(1) {
            // At most 50: shares are of the largest.
            let height = (part(tally, step) * STRIP as u64 * 10 / most) as i32;
            let from = axis.steps.get(step - 1).map_or(0, |step| step.at);
            if tally.between(step) > 0 {
                // What is there is to be seen, however little it is.
                let top = floor * 10 - height.max(8);
                bar(&mut path, (from, end.at), (top, floor * 10));
            }
        }
        faces.path(&["bars ", &lane.class()].concat(), &path);
    }
    pen.stretch(bottom + AXIS);
    pen.path("grid", &grid);
    pen.raw(&faces.0);
    pen.raw("</svg>");
    pen.raw(&texts.0);
    pen.raw("</svg>");
    Some(Picture {
        plot: pen.0,
        table: table(data, say, &axis, &tallies),
        note: note(data, say, &tallies),
    })
}

/// The share of the events between two steps, in hundredths of a per cent of the lane's.
fn part(tally: &Tally, step: usize) -> u64 {
    tally.between(step) * 10_000 / tally.n.max(1)
}

/// Between which steps, as in `1–1.25 ms`.
fn between(axis: &LogAxis, step: usize) -> String {
    let end = |step: usize| axis.steps.get(step).map_or(0, |step| step.us);
    let [from, to] = [step - 1, step].map(|step| preferred(end(step)));
    [&from, "–", &to, " ms"].concat()
}

/// The fullest bar of a lane, in words.
fn fullest(tally: &Tally, axis: &LogAxis) -> String {
    let steps = 1..axis.steps.len();
    let Some(step) = steps.rev().max_by_key(|&step| tally.between(step)) else {
        return String::new();
    };
    let percent = share(tally.between(step), tally.n);
    [&percent, " %: ", &between(axis, step)].concat()
}

fn table(data: &Data<'_>, say: Say<'_>, axis: &LogAxis, tallies: &[Tally]) -> String {
    let mut table = Table::of_lanes(data, say);
    for (step, end) in axis.steps.iter().enumerate().skip(1) {
        let from = axis.steps.get(step - 1).map_or(0, |step| step.at);
        table.row(Some(i32::midpoint(from, end.at)), &between(axis, step));
        for tally in tallies {
            let came = tally.between(step);
            table.cell(&[&count(came), " (", &share(came, tally.n), " %)"].concat());
        }
    }
    table.row(None, &say.text(&["cdf-never"]));
    for tally in tallies {
        table.cell(&count(tally.never));
    }
    table.close()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{runs::types::BlockCounts, ui::chart::tests::lane_of};

    proptest! {
        #[test]
        fn every_event_that_came_is_in_one_bar(
            counts in proptest::collection::btree_map(-900..40_000_000_i64, 1..90_u32, 1..200),
        ) {
            let came: u64 = counts.values().map(|&n| u64::from(n)).sum();
            let counts: Vec<_> = counts.into_iter().collect();
            let axis = LogAxis::around(counts[0].0, counts[counts.len() - 1].0);
            let blocks = [BlockCounts { block: 0, counts, never: 7 }];
            let lane = lane_of(&blocks);
            let tally = Tally::of(&lane, &axis);
            let bars: u64 = (1..axis.steps.len()).map(|step| tally.between(step)).sum();
            prop_assert_eq!(bars, came);
        }
    }
}
