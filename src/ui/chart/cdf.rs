//! Which share of the events had come after how long: all lanes in one picture, on a logarithmic
//! axis. An event that never came is infinitely late, so that a lane which lost any does not
//! reach the top.

use super::{
    Picture, Say,
    data::{Data, Lane, listed, step as preferred, us},
    open,
    pen::Pen,
    scale::{FULL, LogAxis, Rank},
    table::Table,
    tally::{Tally, axis},
};
use crate::{
    stats::Latency,
    ui::{
        mark::outline,
        number::{count, fixed},
        strokes::{line, point},
    },
};

/// Above the plot, the plot, and below it the axis, px.
const TOP: i32 = 10;
const HEIGHT: i32 = 230;
const AXIS: i32 = 22;

/// The percentiles that are marked: their names, and their shares in hundredths of a per cent.
const PERCENTILES: [(&str, u64); 3] = [("p50", 5_000), ("p95", 9_500), ("p99", 9_900)];

/// Where a share, in hundredths of a per cent, lies: tenths of a px.
fn y(share: u64) -> i32 {
    (TOP + HEIGHT) * 10 - share as i32 * HEIGHT / (FULL / 10)
}

pub(super) fn draw(data: &Data<'_>, say: Say<'_>) -> Option<Picture> {
    let axis = axis(data)?;
    let tallies: Vec<_> = data
        .lanes
        .iter()
        .map(|lane| Tally::of(lane, &axis))
        .collect();
    let medians = data.each(|lane| ["p50 ", &told(lane.percentiles[0])].concat());
    let essence = listed(data, say, &medians);
    let mut pen = open(say, TOP + HEIGHT + AXIS, &essence);
    let (mut texts, mut marks) = (Pen::default(), Pen::default());
    let mut grid = String::new();
    latency_axis(&mut grid, &mut texts, &axis, (TOP, TOP + HEIGHT));
    for share in [0, 2_500, 5_000, 7_500, 10_000] {
        line(&mut grid, (0, y(share)), (FULL, y(share)));
        let text = [&count(share / 100), " %"].concat();
        texts.text("tick end", (0, -7, y(share) / 10 + 4), &text);
    }
    pen.stretch(TOP + HEIGHT + AXIS);
    pen.path("grid", &grid);
    let mut curves = String::new();
    for (place, (name, share)) in PERCENTILES.into_iter().enumerate() {
        let shown = |lane: &Lane<'_>| lane.percentiles.get(place).is_some_and(Option::is_some);
        // p99 would lie on the upper edge: its points are marked all the same.
        if share < 9_900 && data.lanes.iter().any(shown) {
            line(&mut curves, (0, y(share)), (FULL, y(share)));
            // On the left, where curves have not risen yet.
            texts.text("tick halo", (0, 4, y(share) / 10 + 14), name);
        }
    }
    pen.path("percentile", &curves);
    for (place, (lane, tally)) in data.lanes.iter().zip(&tallies).enumerate() {
        pen.path(&["curve ", &lane.class()].concat(), &curve(tally));
        for (latency, (_, share)) in lane.percentiles.iter().zip(PERCENTILES) {
            if let Some(Latency::Micros(us)) = latency {
                let mark = outline(lane.transport);
                marks.mark(&lane.class(), (axis.at(*us), y(share) / 10), mark);
            }
        }
        name(&mut texts, place, &tallies, lane, say);
    }
    pen.raw("</svg>");
    pen.raw(&marks.0);
    pen.raw(&texts.0);
    pen.raw("</svg>");
    Some(Picture {
        plot: pen.0,
        table: table(data, say, &axis, &tallies),
        note: note(data, say, &tallies),
    })
}

/// The axis of latencies below a plot from one height to another, px.
pub(super) fn latency_axis(
    grid: &mut String,
    texts: &mut Pen,
    axis: &LogAxis,
    (top, bottom): (i32, i32),
) {
    for step in &axis.steps {
        let class = match step.rank {
            Rank::Between => continue,
            Rank::Half if axis.is_long() => continue,
            Rank::Decade => "tick middle",
            // Names that a narrow picture has no room for.
            Rank::Half => "tick middle half",
        };
        line(grid, (step.at, top * 10), (step.at, bottom * 10));
        texts.text(class, (step.at, 0, bottom + 16), &preferred(step.us));
    }
}

/// A lane's steps upwards.
fn curve(tally: &Tally) -> String {
    let mut path = String::new();
    let mut level = y(0);
    point(&mut path, 'M', (0, level));
    for (x, upto) in tally.rises() {
        point(&mut path, 'L', (x, level));
        level = y(upto * 10_000 / tally.n.max(1));
        point(&mut path, 'L', (x, level));
    }
    point(&mut path, 'L', (FULL, level));
    path
}

/// Writes a lane's name beside its curve, each lane's at a height of its own, on the side that
/// has more room.
fn name(texts: &mut Pen, place: usize, tallies: &[Tally], lane: &Lane<'_>, say: Say<'_>) {
    let lanes = tallies.len() as u64;
    let share = 8_600 - (place as u64 * 2 + 1) * 7_600 / (lanes * 2).max(1);
    let Some(own) = tallies.get(place).and_then(|tally| tally.reaches(share)) else {
        return;
    };
    let (mut left, mut right) = (own, FULL - own);
    for (other, tally) in tallies.iter().enumerate() {
        if let Some(x) = tally.reaches(share).filter(|_| other != place) {
            if x <= own {
                left = left.min(own - x);
            }
            if x >= own {
                right = right.min(x - own);
            }
        }
    }
    let (side, dx) = if right >= left { ("", 8) } else { (" end", -8) };
    let class = ["name halo ", &lane.class(), side].concat();
    texts.text(&class, (own, dx, y(share) / 10 + 4), &lane.marked(say));
}

/// A percentile in words.
fn told(percentile: Option<Latency>) -> String {
    match percentile {
        None => "–".to_owned(),
        Some(Latency::Micros(value)) => [&us(value), " ms"].concat(),
        Some(Latency::Infinite) => "∞".to_owned(),
    }
}

/// A share in per cent to one decimal. All is only all, and nothing only nothing.
pub(super) fn share(part: u64, n: u64) -> String {
    let percent = part as f64 * 100.0 / n.max(1) as f64;
    if part > 0 && percent < 0.05 {
        "< 0.1".to_owned()
    } else if part < n && percent >= 99.95 {
        "> 99.9".to_owned()
    } else {
        fixed(percent, 1)
    }
}

fn table(data: &Data<'_>, say: Say<'_>, axis: &LogAxis, tallies: &[Tally]) -> String {
    let mut table = Table::of_lanes(data, say);
    for (place, step) in axis.steps.iter().enumerate() {
        let within = ["≤ ", &preferred(step.us), " ms"].concat();
        table.row(Some(step.at), &within);
        for tally in tallies {
            let came = tally.within.get(place).copied().unwrap_or_default();
            table.cell(&[&share(came, tally.n), " %"].concat());
        }
    }
    for (place, (name, _)) in PERCENTILES.into_iter().enumerate() {
        table.row(None, name);
        for lane in &data.lanes {
            table.cell(&told(lane.percentiles.get(place).copied().flatten()));
        }
    }
    table.row(None, &say.own("never"));
    for tally in tallies {
        table.cell(&count(tally.never));
    }
    table.row(None, "n");
    for tally in tallies {
        table.cell(&count(tally.n));
    }
    table.close()
}

/// What is known of each lane's number of events, and of those that never came.
pub(super) fn note(data: &Data<'_>, say: Say<'_>, tallies: &[Tally]) -> String {
    let mut note = String::new();
    let first = tallies.first().map_or(0, |tally| tally.n);
    if tallies.iter().all(|tally| tally.n == first) {
        note.push_str(&say.fill("chart-n", &[("n", &count(first))]));
    } else {
        note.push_str("n: ");
        for (place, (lane, tally)) in data.lanes.iter().zip(tallies).enumerate() {
            note.push_str(if place > 0 { ", " } else { "" });
            note.push_str(&lane.name(say.labels));
            note.push(' ');
            note.push_str(&count(tally.n));
        }
        note.push('.');
    }
    for (lane, tally) in data.lanes.iter().zip(tallies) {
        if tally.never > 0 {
            note.push(' ');
            let name = lane.name(say.labels);
            let (never, n) = (count(tally.never), count(tally.n));
            let came = share(tally.n - tally.never, tally.n);
            let slots = [
                ("name", &*name),
                ("never", &*never),
                ("n", &*n),
                ("came", &*came),
            ];
            note.push_str(&say.fill("chart-never", &slots));
        }
    }
    note
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{runs::types::BlockCounts, ui::chart::tests::lane_of};

    /// The places of a path that has straight strokes only.
    fn places(path: &str) -> Vec<(i32, i32)> {
        let pieces = path.split(['M', 'L']).skip(1);
        let place = |piece: &str| {
            let (x, y) = piece.split_once(' ').unwrap();
            (x.parse().unwrap(), y.parse().unwrap())
        };
        pieces.map(place).collect()
    }

    proptest! {
        #[test]
        fn a_curve_never_falls_and_ends_at_the_share_that_came(
            counts in proptest::collection::btree_map(-900..4_000_000_i64, 1..90_u32, 1..200),
            never in 0..300_u32,
        ) {
            let came: u64 = counts.values().map(|&n| u64::from(n)).sum();
            let counts: Vec<_> = counts.into_iter().collect();
            let ends = (counts.first().unwrap().0, counts.last().unwrap().0);
            let blocks = [BlockCounts { block: 0, counts, never }];
            let axis = LogAxis::around(ends.0, ends.1);
            let tally = Tally::of(&lane_of(&blocks), &axis);
            prop_assert_eq!(tally.n, came + u64::from(never));
            let places = places(&curve(&tally));
            prop_assert!(places.is_sorted_by(|one, two| one.0 <= two.0 && one.1 >= two.1));
            prop_assert_eq!(*places.first().unwrap(), (0, y(0)));
            prop_assert_eq!(*places.last().unwrap(), (FULL, y(came * 10_000 / tally.n)));
            prop_assert_eq!(tally.within.last(), Some(&came));
        }

        #[test]
        fn a_share_says_all_or_nothing_only_when_it_is(part in 0..200_000_u64, more in 0..200_000_u64) {
            let n = part + more;
            prop_assert_eq!(share(part, n) == "100.0", more == 0 && n > 0);
            prop_assert_eq!(share(part, n) == "0.0", part == 0);
        }
    }
}
