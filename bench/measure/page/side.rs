//! Side by side: pushpull, Nchan, plain axum, the floor.

use std::fmt::Write;

use pushpull::transport::Transport;

use super::{notes, table::Table, transport_name};
use crate::{
    contender::Contender,
    plan::Purpose,
    results::{Measured, Results},
    select::Lanes,
    spread::{figure, told},
};

const PUSHED: [Transport; 3] = [Transport::LongPolling, Transport::Sse, Transport::WebSocket];

/// How much of Nchan's CPU time a delivery may take.
const GOALS: [(Transport, f64); 3] = [
    (Transport::LongPolling, 0.95),
    (Transport::Sse, 0.85),
    (Transport::WebSocket, 0.90),
];
/// How many KiB an idle connection may take.
const MEMORY_GOAL: f64 = 4.0;

pub fn section(all: &[Results]) -> String {
    let lanes = Lanes::of(all, Purpose::Delivery);
    let mut text = include_str!("side.md").to_owned();
    text += "\n### CPU for a delivery\n\n![CPU of the server for a delivery](benchmarks/cpu.svg)\n";
    text += &costs(&lanes);
    text += &goals(&lanes);
    text += "\n### Latency\n\nMilliseconds from the schedule, medians over the repeats with their \
             range.\n";
    text += &latencies(&lanes);
    text += &notes(&lanes);
    text += &memory(all);
    text
}

/// CPU time, and as ratios.
fn costs(lanes: &Lanes<'_>) -> String {
    let mut table = Table::new([
        "",
        "µs for a delivery",
        "× Nchan",
        "× floor",
        "generator's own µs",
        "B for a delivery",
    ]);
    for transport in PUSHED {
        let of = |contender| lanes.by(contender, transport);
        for contender in Contender::ALL {
            let these = of(contender);
            if these.is_empty() {
                continue;
            }
            let ratio = |to: Contender| {
                if to == contender {
                    return "1".to_owned();
                }
                told(these.ratio(&of(to), Measured::cpu_us))
            };
            let signs = these.signs();
            table.row([
                format!("{}, {}", transport_name(transport), contender.name()),
                told(these.spread(Measured::cpu_us)) + &signs,
                ratio(Contender::Nchan),
                ratio(Contender::Floor),
                figure(these.spread(Measured::own_us).map(|it| it.median)),
                figure(these.spread(Measured::bytes).map(|it| it.median)),
            ]);
        }
    }
    table.told()
}

/// Whether it is as good as it was meant to be.
fn goals(lanes: &Lanes<'_>) -> String {
    let mut text = String::new();
    for (transport, goal) in GOALS {
        let of = |contender| lanes.by(contender, transport);
        let ratio = |contender| of(contender).ratio(&of(Contender::Nchan), Measured::cpu_us);
        let (Some(own), off) = (ratio(Contender::Pushpull), ratio(Contender::TakeoverOff)) else {
            continue;
        };
        let met = if own.median <= goal { "met" } else { "missed" };
        // Writing to a `String` cannot fail, here and below.
        let _ = writeln!(
            text,
            "- {}: {} of Nchan's CPU time; the goal is {goal:.2} at most: {met}. With `--takeover off`: {}.",
            transport_name(transport),
            told(Some(own)),
            told(off),
        );
    }
    if text.is_empty() {
        text
    } else {
        format!("\n{text}")
    }
}

fn latencies(lanes: &Lanes<'_>) -> String {
    let mut table = Table::new(["", "p50", "p99", "p99 × Nchan"]);
    for transport in PUSHED {
        let nchan = lanes.by(Contender::Nchan, transport);
        for contender in Contender::ALL {
            let these = lanes.by(contender, transport);
            if these.is_empty() {
                continue;
            }
            table.row([
                format!("{}, {}", transport_name(transport), contender.name()),
                told(these.spread(Measured::p50_ms)),
                told(these.spread(Measured::p99_ms)) + &these.signs(),
                told(these.ratio(&nchan, Measured::p99_ms)),
            ]);
        }
    }
    table.told()
}

fn memory(all: &[Results]) -> String {
    let lanes = Lanes::of(all, Purpose::Memory);
    if lanes.is_empty() {
        return String::new();
    }
    let mut table = Table::new(["", "process, KiB", "× Nchan", "kernel, both ends, KiB"]);
    let mut text = include_str!("memory.md").to_owned();
    let mut worst = 0.0_f64;
    for transport in Transport::PLAIN {
        let slope = |contender| lanes.by(contender, transport).slope(Measured::user_kib);
        for contender in Contender::ALL {
            let these = lanes.by(contender, transport);
            if these.is_empty() {
                continue;
            }
            let own = slope(contender);
            let ratio = own.zip(slope(Contender::Nchan)).map(|(own, its)| own / its);
            if contender == Contender::Pushpull && transport != Transport::Polling {
                worst = worst.max(own.unwrap_or(f64::INFINITY));
            }
            table.row([
                format!("{}, {}", transport_name(transport), contender.name()),
                figure(own) + &these.signs(),
                figure(ratio),
                figure(these.slope(Measured::kernel_kib)),
            ]);
        }
    }
    text += &table.told();
    let met = if worst <= MEMORY_GOAL {
        "met"
    } else {
        "missed"
    };
    let _ = writeln!(
        text,
        "\nA held connection of pushpull takes {} KiB at most; the goal is {MEMORY_GOAL} KiB: {met}.",
        figure(Some(worst))
    );
    text + &notes(&lanes)
}
