//! Side by side: pushpull, Nchan, plain axum, the floor.

use std::fmt::Write;

use pushpull::transport::Transport;

use super::{notes, table::Table, transport_name};
use crate::{
    contender::Contender,
    plan::Purpose,
    results::{Measured, Results},
    select::Lanes,
    spread::{Spread, figure, told},
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
            let signs = these.marks_of_cost();
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
        let (own, nchan) = (of(Contender::Pushpull), of(Contender::Nchan));
        if own.is_empty() || nchan.is_empty() {
            continue;
        }
        let ratio = |of: &Lanes<'_>| of.costed().ratio(&nchan.costed(), Measured::cpu_us);
        let (ratio, off) = (ratio(&own), ratio(&of(Contender::TakeoverOff)));
        let repeats = own.len();
        let met = verdict(ratio, repeats, goal);
        // Writing to a `String` cannot fail, here and below.
        let _ = writeln!(
            text,
            "- {}: {} of Nchan's CPU time; the goal is {goal:.2} at most: {met}. With `--takeover off`: {}.",
            transport_name(transport),
            told(ratio),
            told(off),
        );
    }
    if text.is_empty() {
        text
    } else {
        format!("\n{text}")
    }
}

/// What may be said of a ratio that comes from some of the repeats: from those in which there was
/// nothing to say of either side's costs.
fn verdict(ratio: Option<Spread>, repeats: usize, goal: f64) -> String {
    let n = ratio.map_or(0, |it| it.n);
    match ratio {
        Some(ratio) if 2 * n > repeats => {
            let met = if ratio.median <= goal {
                "met"
            } else {
                "missed"
            };
            if n < repeats {
                format!("{met}, by {n} of {repeats} repeats")
            } else {
                met.to_owned()
            }
        }
        _ => format!(
            "no verdict, since {n} of {repeats} repeats are without a mark that speaks of costs"
        ),
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
                told(these.spread(Measured::p99_ms)) + &these.marks(),
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
    let (mut worst, mut marks) = (0.0_f64, String::new());
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
                marks += &these.marks();
            }
            table.row([
                format!("{}, {}", transport_name(transport), contender.name()),
                figure(own) + &these.marks(),
                figure(ratio),
                figure(these.slope(Measured::kernel_kib)),
            ]);
        }
    }
    text += &table.told();
    let met = if !marks.is_empty() {
        "no verdict, for what is marked"
    } else if worst <= MEMORY_GOAL {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_needs_most_repeats_without_a_mark() {
        let ratio = |n: usize, of: f64| Spread::of((0..n).map(|_| of));
        assert_eq!(verdict(ratio(5, 0.9), 5, 0.9), "met");
        assert_eq!(verdict(ratio(5, 0.91), 5, 0.9), "missed");
        assert_eq!(verdict(ratio(3, 0.8), 5, 0.9), "met, by 3 of 5 repeats");
        assert!(verdict(ratio(2, 0.8), 5, 0.9).starts_with("no verdict"));
        assert!(verdict(None, 5, 0.9).starts_with("no verdict, since 0 of 5"));
    }
}
