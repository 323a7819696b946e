//! Curves: pushpull's own transports against the number of subscribers and the rate of events.

use std::fmt::Write;

use pushpull::transport::Transport;

use super::{notes, table::Table, transport_name};
use crate::{
    plan::Purpose,
    results::{Measured, Results},
    select::{Figure, Lanes},
    spread::{count, figure, told},
};

const COUNTS: [u32; 4] = [10, 100, 1_000, 10_000];
const RATES: [f64; 4] = [0.1, 1.0, 10.0, 100.0];

/// By how much one repeat alone may be off, either way, as a share: at 0.1 events/s two that were
/// measured hours apart were 2.95 and 4.85.
const ALONE: f64 = 0.5;

/// A column of a table: its head, and its figure.
type Column = (&'static str, Figure);

const COLUMNS: [Column; 8] = [
    ("p50, ms", Measured::p50_ms),
    ("p99, ms", Measured::p99_ms),
    ("CPU, µs for a delivery", Measured::cpu_us),
    ("CPU, ms for a client-hour", Measured::cpu_ms_an_hour),
    ("B for a delivery", Measured::bytes),
    ("KiB for a client-hour", Measured::kib_an_hour),
    ("requests for a delivery", Measured::requests),
    ("requests for a client-hour", Measured::requests_an_hour),
];

pub fn section(all: &[Results]) -> String {
    let mut text = include_str!("curves.md").to_owned();
    text += &cheapest(all);
    text += "\n![CPU for a client in an hour against the rate](benchmarks/rate-cpu.svg)\n\n\
             ![Bytes for a client in an hour against the rate](benchmarks/rate-bytes.svg)\n\n\
             ![Latency against the rate](benchmarks/rate-latency.svg)\n";
    text += "\n### Against the rate of events\n\n1,000 subscribers; 250 at 100 events/s.\n";
    let at = |transport, rate| Lanes::at_rate(all, transport, rate);
    text += &table("events/s", &RATES.map(|it| (it.to_string(), it)), at);
    text += &idle(all);
    text += "\n### Against the number of subscribers\n\n1 event/s.\n\n\
             ![CPU for a delivery against subscribers](benchmarks/subscribers-cpu.svg)\n\n\
             ![Latency against subscribers](benchmarks/subscribers-latency.svg)\n";
    let at = |transport, count| Lanes::at_count(all, transport, count);
    text += &table("subscribers", &COUNTS.map(|it| (count(it.into()), it)), at);
    text += &notes(&Lanes::of(all, Purpose::Rate).and(Lanes::of(all, Purpose::Count)));
    text
}

/// Which transport costs a server least, with numbers.
fn cheapest(all: &[Results]) -> String {
    let heads = Transport::PLAIN.map(transport_name);
    let head = ["events/s"].into_iter().chain(heads).chain(["least"]);
    let mut table = Table::new(head);
    for rate in RATES {
        let lanes = Transport::PLAIN.map(|transport| Lanes::at_rate(all, transport, rate));
        let cells = lanes
            .iter()
            .map(|its| told(its.spread(Measured::cpu_ms_an_hour)) + &its.marks_of_cost());
        let first = [rate.to_string()].into_iter();
        table.row(first.chain(cells).chain([least(&lanes)]));
    }
    table.told()
}

/// Who costs least, out of repeats of whose costs nothing has to be said; nobody as long as a
/// transport has none, since that one may be it.
fn least(lanes: &[Lanes<'_>]) -> String {
    let costs = Transport::PLAIN.into_iter().zip(lanes).map(|(its, lanes)| {
        let mut cost = lanes.costed().spread(Measured::cpu_ms_an_hour)?;
        if cost.n == 1 {
            cost.low *= 1.0 - ALONE;
            cost.high *= 1.0 + ALONE;
        }
        Some((its, cost))
    });
    let Some(costs) = costs.collect::<Option<Vec<_>>>() else {
        return figure(None);
    };
    let least = costs
        .iter()
        .min_by(|a, b| a.1.median.total_cmp(&b.1.median));
    // Whose ranges overlap the least one's cannot be told from it.
    let ties = costs
        .iter()
        .filter(|it| least.is_some_and(|least| it.1.low <= least.1.high));
    let names: Vec<&str> = ties.map(|it| transport_name(it.0)).collect();
    names.join(", ")
}

fn table<'a, T: Copy>(
    what: &str,
    points: &[(String, T)],
    at: impl Fn(Transport, T) -> Lanes<'a>,
) -> String {
    let heads = COLUMNS.iter().map(|it| it.0);
    let mut table = Table::new(["", what].into_iter().chain(heads));
    for transport in Transport::PLAIN {
        for (name, key) in points {
            let lanes = at(transport, *key);
            if lanes.is_empty() {
                continue;
            }
            let cells = COLUMNS.map(|(_, of)| told(lanes.spread(of)));
            let first = [
                transport_name(transport).to_owned() + &lanes.marks(),
                name.clone(),
            ];
            table.row(first.into_iter().chain(cells));
        }
    }
    table.told()
}

/// What silence costs.
fn idle(all: &[Results]) -> String {
    let mut text = String::new();
    for transport in Transport::PLAIN {
        let lanes = Lanes::at_rate(all, transport, 0.1);
        let Some(cost) = lanes.spread(Measured::idle_ms_an_hour) else {
            continue;
        };
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} |",
            transport_name(transport),
            figure(Some(cost.median))
        );
    }
    if text.is_empty() {
        return text;
    }
    let head = include_str!("idle.md");
    format!("\n{head}\n| | CPU, ms for a client-hour |\n|---|--:|\n{text}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::{
        contender::Contender,
        results::{
            Part,
            tests::{made_up, results},
        },
    };

    fn named(costs: &[(Transport, f64, bool)]) -> String {
        let lanes = costs
            .iter()
            .enumerate()
            .map(|(n, &(transport, cost, good))| {
                let repeat = u32::try_from(n).unwrap();
                let mut lane = made_up(Contender::Pushpull, transport, repeat, cost);
                lane.numbers.as_mut().unwrap().lost = u64::from(!good);
                lane
            });
        let all = [results(Part::Curves, lanes.collect())];
        let lanes = Lanes::of(&all, Purpose::Delivery);
        least(&Transport::PLAIN.map(|transport| lanes.by(Contender::Pushpull, transport)))
    }

    #[test]
    fn the_least_is_named_out_of_what_is_sound_and_nobody_where_one_has_nothing_sound() {
        use Transport::{LongPolling, Polling, Sse, WebSocket};
        let others = [(Polling, 90.0, true), (LongPolling, 20.0, true)];
        // Each of them twice, so that nobody stands alone.
        let with = |more: &[_]| named(&[&others, more, &others, more].concat());
        assert_eq!(with(&[(Sse, 8.0, true), (WebSocket, 9.0, true)]), "SSE");
        // A repeat that is marked counts for nothing.
        let marked = [(Sse, 1.0, false), (Sse, 10.0, true), (WebSocket, 9.0, true)];
        assert_eq!(with(&marked), "WebSocket");
        assert_eq!(with(&[(Sse, 1.0, false), (WebSocket, 9.0, true)]), "–");
        // Ranges that overlap are not told apart.
        let tie = [(Sse, 8.0, true), (Sse, 9.5, true), (WebSocket, 9.0, true)];
        assert_eq!(with(&tie), "SSE, WebSocket");
        // One repeat alone tells no fine difference.
        let once = [(Sse, 8.0, true), (WebSocket, 15.0, true)];
        assert_eq!(with(&once), "SSE");
        assert_eq!(
            named(&[&others[..], &once].concat()),
            "Long polling, SSE, WebSocket"
        );
    }
}
