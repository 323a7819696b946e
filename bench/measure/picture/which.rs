//! Which pictures the page has.

use pushpull::transport::Transport;

use super::{
    bars::{Bars, Group, Row},
    lines::{Lines, Series},
};
use crate::{
    contender::Contender,
    page::transport_name,
    plan::Purpose,
    results::{Measured, Results},
    select::{Figure, Lanes},
    spread::{Spread, figure},
};

const COUNTS: [u32; 4] = [10, 100, 1_000, 10_000];
const RATES: [f64; 4] = [0.1, 1.0, 10.0, 100.0];

/// All that can be drawn of these results, with the names of their files.
pub fn all(all: &[Results]) -> Vec<(&'static str, String)> {
    let count = |title: &str, unit: &str, figures: &[(Figure, bool)]| {
        let at = |transport, count| Lanes::at_count(all, transport, count);
        let points = COUNTS.map(|count| (f64::from(count), count));
        curves(title, unit, "subscribers, 1 event/s", figures, &points, at)
    };
    let rate = |title: &str, unit: &str, figures: &[(Figure, bool)]| {
        let at = |transport, rate| Lanes::at_rate(all, transport, rate);
        let points = RATES.map(|rate| (rate, rate));
        curves(title, unit, "events/s", figures, &points, at)
    };
    let latency: [(Figure, bool); 2] = [(Measured::p50_ms, false), (Measured::p99_ms, true)];
    let drawn = [
        ("cpu.svg", delivery(all).draw()),
        ("memory.svg", memory(all).draw()),
        (
            "subscribers-cpu.svg",
            count(
                "CPU of the server for a delivery",
                "µs",
                &[(Measured::cpu_us, false)],
            ),
        ),
        (
            "subscribers-latency.svg",
            count("Latency", "ms; median, and p99 dashed", &latency),
        ),
        (
            "rate-cpu.svg",
            rate(
                "CPU of the server for a client in an hour",
                "ms",
                &[(Measured::cpu_ms_an_hour, false)],
            ),
        ),
        (
            "rate-bytes.svg",
            rate(
                "Bytes for a client in an hour",
                "KiB of TCP payload, both ways",
                &[(Measured::kib_an_hour, false)],
            ),
        ),
        (
            "rate-latency.svg",
            rate("Latency", "ms; median, and p99 dashed", &latency),
        ),
    ];
    let there = drawn.into_iter();
    there.filter_map(|(name, svg)| Some((name, svg?))).collect()
}

fn delivery(all: &[Results]) -> Bars {
    let lanes = Lanes::of(all, Purpose::Delivery);
    let rows = |transport| {
        let nchan = lanes.by(Contender::Nchan, transport);
        let row = |contender: Contender| {
            let these = lanes.by(contender, transport);
            let ratio = these.ratio(&nchan, Measured::cpu_us);
            let note = ratio.map(|it| format!("{} × Nchan", figure(Some(it.median))));
            Some(Row {
                name: contender.name().to_owned(),
                own: contender == Contender::Pushpull,
                value: these.spread(Measured::cpu_us)?,
                more: None,
                note: note.unwrap_or_default() + &these.marks_of_cost(),
            })
        };
        Contender::ALL.into_iter().filter_map(row).collect()
    };
    Bars {
        title: "CPU of the server for a delivery".to_owned(),
        unit: "µs; medians over the repeats, with their range".to_owned(),
        groups: groups(rows),
    }
}

fn memory(all: &[Results]) -> Bars {
    let lanes = Lanes::of(all, Purpose::Memory);
    let rows = |transport| {
        let row = |contender: Contender| {
            let these = lanes.by(contender, transport);
            Some(Row {
                name: contender.name().to_owned(),
                own: contender == Contender::Pushpull,
                value: Spread::of([these.slope(Measured::user_kib)?])?,
                more: None,
                note: these.marks(),
            })
        };
        Contender::ALL.into_iter().filter_map(row).collect()
    };
    Bars {
        title: "Memory of the server for one more connection".to_owned(),
        unit: "KiB of the process (PSS); what the kernel holds is the same for all".to_owned(),
        groups: groups(rows),
    }
}

fn groups(rows: impl Fn(Transport) -> Vec<Row>) -> Vec<Group> {
    let group = |transport| Group {
        transport,
        name: transport_name(transport).to_owned(),
        rows: rows(transport),
    };
    let all = Transport::PLAIN.into_iter().map(group);
    // pushpull's polls stand alone; there is nobody beside them.
    all.filter(|it| it.rows.len() > 1).collect()
}

/// A curve for each transport and figure.
fn curves<'a, T: Copy>(
    title: &str,
    unit: &str,
    across: &str,
    figures: &[(Figure, bool)],
    points: &[(f64, T)],
    at: impl Fn(Transport, T) -> Lanes<'a>,
) -> Option<String> {
    let mut series = Vec::new();
    for transport in Transport::PLAIN {
        for &(figure, dashed) in figures {
            let point = |&(place, key): &(f64, T)| {
                let spread = at(transport, key).spread(figure)?;
                spread.high.is_finite().then_some((place, spread))
            };
            let points: Vec<_> = points.iter().filter_map(point).collect();
            let p99 = if dashed { ", p99" } else { "" };
            if !points.is_empty() {
                series.push(Series {
                    transport,
                    name: format!("{}{p99}", transport_name(transport)),
                    dashed,
                    points,
                });
            }
        }
    }
    let lines = Lines {
        title: title.to_owned(),
        unit: unit.to_owned(),
        across: across.to_owned(),
        series,
    };
    lines.draw()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{
        Part,
        tests::{made_up, results},
    };

    #[test]
    fn only_what_was_measured_is_drawn() {
        assert_eq!(all(&[]), []);
        let mut lanes = Vec::new();
        for contender in [Contender::Pushpull, Contender::Nchan] {
            lanes.push(made_up(contender, Transport::Sse, 0, 8.0));
        }
        let drawn = all(&[results(Part::SideBySide, lanes)]);
        let names: Vec<_> = drawn.iter().map(|it| it.0).collect();
        assert_eq!(names, ["cpu.svg"]);
        assert!(
            drawn
                .iter()
                .all(|it| it.1.contains("Nchan 8.00 · 1.00 × Nchan"))
        );
    }
}
