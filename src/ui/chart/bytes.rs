//! What an event costs on the wire, and what for: one stacked bar a lane. The parts differ in
//! their place, their ground and their edge, not only in how strong their colour is.

use super::{
    Picture, Say,
    data::{Data, Lane, listed},
    rows::{Rows, bar},
    scale::FULL,
    table::Table,
};
use crate::{
    transport::counters::LaneCounters,
    ui::number::{at_least, count, fixed},
};

/// The parts from left to right: their names in classes and locale keys.
const PARTS: [&str; 6] = [
    "payload",
    "envelope",
    "framing",
    "heartbeats",
    "headers",
    "setup",
];

/// What each of the parts took, in bytes.
fn parts(counters: &LaneCounters) -> [u64; 6] {
    [
        counters.payload_bytes,
        counters.envelope_bytes,
        counters
            .framing_bytes
            .saturating_sub(counters.heartbeat_bytes),
        counters.heartbeat_bytes,
        counters.header_bytes,
        counters.setup_bytes,
    ]
}

/// What a lane's parts take in all, for each event, in thousandths of a byte; `None` where the
/// server has not told, or nothing came.
fn ends(lane: &Lane<'_>) -> Option<[u64; 6]> {
    let (counters, events) = (lane.counters.as_ref()?, lane.events());
    let mut sum = 0_u64;
    (events > 0).then_some(())?;
    Some(parts(counters).map(|bytes| {
        sum = sum.saturating_add(bytes);
        sum.saturating_mul(1_000) / events
    }))
}

/// Bytes for each event: `1,214`, `61.5`.
fn each(bytes: u64, events: u64) -> String {
    let each = bytes as f64 / events.max(1) as f64;
    fixed(each, u8::from(each < 99.95))
}

/// All bytes for each event, in words.
fn total(lane: &Lane<'_>) -> String {
    let counters = lane.counters.as_ref().filter(|_| lane.events() > 0);
    counters.map_or_else(
        || "–".to_owned(),
        |counters| {
            let sum = each(parts(counters).iter().sum(), lane.events());
            at_least(counters.bodies_only(), sum) + " B"
        },
    )
}

pub(super) fn draw(data: &Data<'_>, say: Say<'_>) -> Option<Picture> {
    let most = data
        .lanes
        .iter()
        .filter_map(ends)
        .map(|ends| ends[5])
        .max()?;
    let totals = data.each(total);
    let mut rows = Rows::new(
        say,
        data.lanes.len(),
        most.div_ceil(1_000),
        52,
        &listed(data, say, &totals),
    );
    let mut table = Table::new(say);
    for part in PARTS {
        table.column(&say.own(part));
    }
    table.column(&say.own("sum"));
    table.column(&say.own("tls"));
    let [mut overtaken, mut bodies_only] = [Vec::new(), Vec::new()];
    for (lane, total) in data.lanes.iter().zip(&totals) {
        let (top, at) = rows.row(lane, say, total);
        table.row_of(at, lane, say);
        let (Some(ends), Some(counters)) = (ends(lane), &lane.counters) else {
            for _ in 0..8 {
                table.cell("–");
            }
            continue;
        };
        let mut from = 0;
        for (end, part) in ends.into_iter().zip(PARTS) {
            let to =
                (end.saturating_mul(10_000) / rows.axis.end.saturating_mul(1_000).max(1)) as i32;
            if to > from {
                let mut path = String::new();
                bar(&mut path, (from, to.min(FULL)), (top * 10, top * 10 + 180));
                rows.faces
                    .path(&["part ", part, " ", &lane.class()].concat(), &path);
            }
            from = to;
        }
        let parts = parts(counters);
        let sum = parts.iter().sum();
        for (place, bytes) in parts
            .into_iter()
            .chain([sum, counters.tls_bytes])
            .enumerate()
        {
            // The first two, payload and envelope, are bodies'.
            let is_bound = place > 1 && counters.bodies_only();
            table.cell(&match bytes {
                0 if is_bound => "–".to_owned(),
                _ => at_least(is_bound, each(bytes, lane.events())),
            });
        }
        if counters.bodies_only() {
            bodies_only.push(lane.name(say.labels));
        } else if counters.approximate {
            overtaken.push(lane.name(say.labels));
        }
    }
    let mut note = say.own("note");
    for (why, names) in [("approximate", overtaken), ("bodies", bodies_only)] {
        if !names.is_empty() {
            let slots = [("names", &*names.join(", "))];
            note.push(' ');
            note.push_str(&say.fill(&["chart-bytes-per-event-", why].concat(), &slots));
        }
    }
    let below = rows.below();
    for (place, part) in PARTS.into_iter().enumerate() {
        let (column, row) = (place as i32 % 3, place as i32 / 3);
        let (x, y) = (column * FULL / 3, below + 10 + row * 20);
        sample(&mut rows, part, (x, y));
        rows.texts.text("tick", (x, 22, y + 10), &say.own(part));
    }
    note.push(' ');
    note.push_str(&events(data, say));
    Some(Picture {
        plot: rows.close(),
        table: table.close(),
        note,
    })
}

/// What a part looks like, in ink.
fn sample(rows: &mut Rows, part: &str, (x, y): (i32, i32)) {
    rows.texts.mark(
        &["swatch part ink ", part].concat(),
        (x, y),
        "M6 6h16v11h-16z",
    );
}

/// Out of how many events.
pub(super) fn events(data: &Data<'_>, say: Say<'_>) -> String {
    let told = data.each(|lane| count(lane.events()));
    say.fill("chart-per-event", &[("lanes", &listed(data, say, &told))])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::transport::Transport;

    proptest! {
        #[test]
        fn the_parts_make_up_the_whole(
            bytes in proptest::array::uniform6(0..1_000_000_000_u64),
            written in 1..100_000_u64,
        ) {
            let [payload, envelope, framing, heartbeats, headers, setup] = bytes;
            let counters = LaneCounters {
                payload_bytes: payload,
                envelope_bytes: envelope,
                framing_bytes: framing + heartbeats,
                heartbeat_bytes: heartbeats,
                header_bytes: headers,
                setup_bytes: setup,
                written,
                ..LaneCounters::default()
            };
            prop_assert_eq!(parts(&counters), bytes);
            let lane = Lane {
                transport: Transport::Polling,
                twin: 0,
                subscribers: 0,
                blocks: &[],
                percentiles: [None; 3],
                receipts: &[],
                lost_at: Vec::new(),
                counters: Some(counters),
            };
            let ends = ends(&lane).unwrap();
            prop_assert!(ends.is_sorted());
            prop_assert_eq!(ends[5], bytes.iter().sum::<u64>() * 1_000 / written);
        }
    }
}
