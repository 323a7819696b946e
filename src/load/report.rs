//! What is said of a run: a table on stdout, and in words what it means.

use std::{fmt::Write, io};

use super::{arguments::Plan, lane::Outcome};
use crate::{
    stats::{Latency, Percentile, slope},
    ui::number::{count, fixed, ms, plain},
};

/// What stands where there is nothing to show.
const NONE: &str = "–";

/// Tells the run on stdout.
pub(super) fn tell(plan: &Plan, outcomes: &[Outcome]) {
    let told = text(plan, outcomes);
    // Nobody may be listening any more.
    let _ = io::Write::write_all(&mut io::stdout(), told.as_bytes());
}

fn text(plan: &Plan, outcomes: &[Outcome]) -> String {
    let workload = plan.workload;
    // Writing to a `String` cannot fail, here and below.
    let mut text = format!(
        "{} events/s ({}), {} bytes, {} s, seed {}; times in ms from the schedule\n\n",
        plain(workload.rate),
        workload.arrivals.slug(),
        workload.payload,
        workload.duration_s,
        workload.seed,
    );
    text += &table(outcomes);
    text.push('\n');
    for outcome in outcomes {
        let _ = writeln!(text, "{}: {}", name(outcome), verdict(outcome));
        for (reason, times) in &outcome.tally.reasons {
            let _ = writeln!(text, "  {} connections ended: {reason}", count(*times));
        }
    }
    text += &slopes(outcomes);
    text
}

fn name(outcome: &Outcome) -> String {
    format!(
        "{} × {}",
        outcome.lane.transport.slug(),
        count(outcome.lane.subscribers.into())
    )
}

/// A column: its head, and what stands in it for a lane.
type Column = (&'static str, fn(&Outcome) -> String);

const COLUMNS: [Column; 18] = [
    ("transport", |it| it.lane.transport.slug().to_owned()),
    ("subscribers", |it| count(it.lane.subscribers.into())),
    ("events", |it| count(it.events)),
    ("delivered", |it| count(it.tally.delivered)),
    ("lost", |it| count(it.tally.lost_count())),
    ("twice", |it| count(it.tally.duplicated)),
    ("disorder", |it| count(it.tally.reordered)),
    ("p50", |it| {
        it.tally
            .latencies
            .median_of(it.events)
            .map_or(NONE.to_owned(), |it| {
                format!("{} [{}–{}]", time(it.value), time(it.low), time(it.high))
            })
    }),
    ("p90", |it| percentile(it, 90.0)),
    ("p99", |it| percentile(it, 99.0)),
    ("p99.9", |it| percentile(it, 99.9)),
    ("max", |it| {
        it.tally.latencies.max().map_or(NONE.to_owned(), time)
    }),
    ("B/delivery", |it| {
        let bytes = it.tally.bytes_in + it.tally.bytes_out;
        per_delivery(it, bytes as f64, 0)
    }),
    ("server µs", |it| {
        server_cpu_us(it).map_or(NONE.to_owned(), |us| per_delivery(it, us, 2))
    }),
    ("own µs", |it| {
        per_delivery(it, it.own_cpu.as_secs_f64() * 1e6, 2)
    }),
    ("own core %", |it| {
        fixed(
            it.own_cpu.as_secs_f64() / it.wall.as_secs_f64().max(0.001) * 100.0,
            0,
        )
    }),
    ("own delay", |it| {
        ms(it.tally.own_delay_p99_us() as f64 / 1e3)
    }),
    ("late", |it| {
        it.published
            .lateness_p99_us
            .map_or(NONE.to_owned(), |us| ms(us as f64 / 1e3))
    }),
];

fn time(latency: Latency) -> String {
    match latency {
        Latency::Micros(us) => ms(us as f64 / 1e3),
        Latency::Infinite => "never".to_owned(),
    }
}

fn percentile(outcome: &Outcome, p: f64) -> String {
    let told = outcome.tally.latencies.percentile(p);
    told.map_or(NONE.to_owned(), |Percentile { value, .. }| time(value))
}

fn per_delivery(outcome: &Outcome, value: f64, decimals: u8) -> String {
    match outcome.tally.delivered {
        0 => NONE.to_owned(),
        n => fixed(value / n as f64, decimals),
    }
}

/// CPU time of the server from the first event to the last delivery, µs.
pub(super) fn server_cpu_us(outcome: &Outcome) -> Option<f64> {
    let costs = outcome.costs.as_ref()?;
    Some(costs.drained.cpu_us_since(&costs.idle) as f64)
}

fn table(outcomes: &[Outcome]) -> String {
    let mut rows = vec![COLUMNS.map(|(head, _)| head.to_owned())];
    rows.extend(outcomes.iter().map(|it| COLUMNS.map(|(_, cell)| cell(it))));
    let mut widths = [0; COLUMNS.len()];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in rows {
        for (place, (width, cell)) in widths.iter().zip(&row).enumerate() {
            if place == 0 {
                let _ = write!(text, "{cell:<width$}");
            } else {
                let _ = write!(text, "  {cell:>width$}");
            }
        }
        text.push('\n');
    }
    text
}

/// What a lane's numbers mean, or why they mean nothing.
fn verdict(outcome: &Outcome) -> String {
    if let Some(saturation) = outcome.saturation {
        return format!(
            "no verdict: the generator was the limit: {saturation}. Take fewer subscribers, a \
             lower rate, more --threads or a machine of its own"
        );
    }
    let tally = &outcome.tally;
    let mut parts = Vec::new();
    if !outcome.unpublished.is_empty() {
        let reason = outcome.published.reason.as_deref().unwrap_or_default();
        let n = count(outcome.unpublished.len() as u64);
        parts.push(format!("{n} events were not published ({reason})"));
    }
    let lost = tally.lost_count();
    if lost > 0 {
        let ranges = ranges(&tally.lost_ranges());
        parts.push(format!(
            "{} deliveries are lost: events {ranges}",
            count(lost)
        ));
    }
    if tally.duplicated > 0 {
        let n = count(tally.duplicated);
        let numbers = singles(tally.duplicated_seqs.iter());
        parts.push(format!("{n} came twice: events {numbers}"));
    }
    if tally.reordered > 0 {
        let n = count(tally.reordered);
        let numbers = singles(tally.reordered_seqs.iter());
        parts.push(format!("{n} came out of order: events {numbers}"));
    }
    if parts.is_empty() {
        parts.push("every event came once and in order everywhere".to_owned());
    }
    if tally.reconnects > 0 {
        parts.push(format!("{} connections came back", count(tally.reconnects)));
    }
    parts.join("; ")
}

/// How many are named.
const NAMED: usize = 8;

fn ranges(ranges: &[(u64, u64)]) -> String {
    let one = |&(from, to): &(u64, u64)| {
        if from == to {
            from.to_string()
        } else {
            format!("{from}–{to}")
        }
    };
    named(ranges.iter().map(one))
}

fn singles<'a>(numbers: impl Iterator<Item = &'a u64>) -> String {
    named(numbers.map(u64::to_string))
}

fn named(all: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = all.collect();
    let mut told = all
        .iter()
        .take(NAMED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if all.len() > NAMED {
        let _ = write!(told, " and {} more", count((all.len() - NAMED) as u64));
    }
    told
}

/// What one more connection costs in memory, where there are enough numbers of subscribers.
fn slopes(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    let mut told = Vec::new();
    for outcome in outcomes {
        let transport = outcome.lane.transport;
        if told.contains(&transport) {
            continue;
        }
        told.push(transport);
        let points = |bytes: fn(&Outcome) -> Option<f64>| {
            let of = outcomes.iter().filter(|it| it.lane.transport == transport);
            let points = of.filter_map(|it| Some((f64::from(it.lane.subscribers), bytes(it)?)));
            let found = slope(&points.collect::<Vec<_>>())?;
            let [each, error] = [found.value, found.error].map(|it| fixed(it / 1_024.0, 1));
            Some(format!("{each} ± {error}"))
        };
        let pss = points(|it| Some(it.costs.as_ref()?.drained.pss? as f64));
        let kernel = points(|it| {
            let costs = it.costs.as_ref()?;
            let grown = costs.drained.objects?.saturating_sub(costs.before.objects?);
            Some(grown as f64)
        });
        if let Some(pss) = pss {
            let kernel = kernel.unwrap_or_else(|| "not seen".to_owned());
            let _ = writeln!(
                text,
                "{}: one more connection takes {pss} KiB of the server's memory (PSS); in the \
                 kernel {kernel} KiB, both ends together",
                transport.slug()
            );
        }
    }
    text
}
