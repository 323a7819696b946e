//! What an event costs the server: CPU time with its 95 % interval, one row a lane.

use super::{
    Picture, Say,
    bytes::events,
    data::{Data, Lane, listed},
    rows::Rows,
    table::Table,
};
use crate::{
    transport::counters::LaneCounters,
    ui::{
        mark::outline,
        number::{count, fixed},
        strokes::line,
    },
};

/// A lane's counters, where its CPU time can be told.
fn told<'a>(lane: &'a Lane<'_>) -> Option<&'a LaneCounters> {
    let counters = lane.counters.as_ref()?;
    (counters.cpu_apart && counters.cpu_samples > 0 && lane.events() > 0).then_some(counters)
}

/// µs for each event: `9.8`.
fn each(us: u64, lane: &Lane<'_>) -> String {
    let each = us as f64 / lane.events().max(1) as f64;
    fixed(each, u8::from(each < 99.95))
}

/// A lane's time for each event, in words.
fn value(lane: &Lane<'_>, say: Say<'_>) -> String {
    match told(lane) {
        Some(counters) => {
            let [us, error] = [counters.cpu_us, counters.cpu_error_us].map(|us| each(us, lane));
            [&us, " ± ", &error, " µs"].concat()
        }
        None if lane.counters.is_some_and(|counters| !counters.cpu_apart) => say.own("shared"),
        None => "–".to_owned(),
    }
}

pub(super) fn draw(data: &Data<'_>, say: Say<'_>) -> Option<Picture> {
    // In thousandths of a µs for each event.
    let ends = |lane: &Lane<'_>| {
        let counters = told(lane)?;
        let each = |us: u64| us.saturating_mul(1_000) / lane.events();
        let (us, error) = (counters.cpu_us, counters.cpu_error_us);
        Some([us, us.saturating_sub(error), us.saturating_add(error)].map(each))
    };
    let most = data
        .lanes
        .iter()
        .filter_map(ends)
        .map(|ends| ends[2])
        .max()?;
    let values = data.each(|lane| value(lane, say));
    let mut rows = Rows::new(
        say,
        data.lanes.len(),
        (most / 950).saturating_add(1),
        0,
        &listed(data, say, &values),
    );
    let whole = rows.axis.end.saturating_mul(1_000).max(1);
    let mut table = Table::new(say);
    for column in ["value", "error", "samples"] {
        table.column(&say.own(column));
    }
    for (lane, told) in data.lanes.iter().zip(&values) {
        let (top, at) = rows.row(lane, say, told);
        table.row_of(at, lane, say);
        let (Some(ends), Some(counters)) = (ends(lane), lane.counters) else {
            for cell in [told, "–", "–"] {
                table.cell(cell);
            }
            continue;
        };
        let [middle, low, high] = ends.map(|end| (end.saturating_mul(10_000) / whole) as i32);
        let y = (top + 10) * 10;
        let mut path = String::new();
        line(&mut path, (low, y), (high, y));
        for end in [low, high] {
            line(&mut path, (end, y - 50), (end, y + 50));
        }
        rows.faces.path(&["error ", &lane.class()].concat(), &path);
        rows.texts
            .mark(&lane.class(), (middle, top + 10), outline(lane.transport));
        table.cell(&each(counters.cpu_us, lane));
        table.cell(&each(counters.cpu_error_us, lane));
        table.cell(&count(counters.cpu_samples));
    }
    Some(Picture {
        plot: rows.close(),
        table: table.close(),
        note: [&say.own("note"), " ", &events(data, say)].concat(),
    })
}
