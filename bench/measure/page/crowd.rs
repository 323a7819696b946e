//! Ten thousand subscribers of each transport.

use pushpull::transport::Transport;

use super::{notes, table::Table, transport_name};
use crate::{
    contender::Contender,
    plan::Purpose,
    results::{Measured, Results},
    select::Lanes,
    spread::{count, figure},
};

pub fn section(all: &[Results]) -> String {
    let lanes = Lanes::of(all, Purpose::Crowd);
    let mut text = include_str!("crowd.md").to_owned();
    let mut table = Table::new([
        "",
        "deliveries",
        "missing",
        "p50, ms",
        "p99, ms",
        "max, ms",
        "µs for a delivery",
        "KiB a connection",
    ]);
    for transport in Transport::PLAIN {
        for contender in Contender::ALL {
            for lane in lanes.by(contender, transport).iter() {
                let signs = lanes.by(contender, transport).marks();
                let name = format!("{}, {}", transport_name(transport), contender.name());
                let Some(numbers) = &lane.numbers else {
                    table.row([&[name, signs][..], &vec![String::new(); 6]].concat());
                    continue;
                };
                let due = numbers.events * u64::from(lane.subscribers);
                let grown = numbers.load.pss.zip(numbers.load.pss_before);
                let grown = grown.map(|(now, before)| now as f64 - before as f64);
                table.row([
                    name + &signs,
                    count(numbers.delivered),
                    count(due.saturating_sub(numbers.delivered)),
                    figure(lane.p50_ms()),
                    figure(lane.p99_ms()),
                    figure(lane.max_ms()),
                    figure(lane.cpu_us()),
                    figure(grown.map(|it| it / 1_024.0 / f64::from(lane.subscribers))),
                ]);
            }
        }
    }
    text += &table.told();
    text += &ratios(all, &lanes);
    text += &notes(&lanes);
    text + &ports(all)
}

/// Beside those of the small crowd.
fn ratios(all: &[Results], crowd: &Lanes<'_>) -> String {
    let few = Lanes::of(all, Purpose::Delivery);
    let mut table = Table::new([
        "pushpull × Nchan",
        "CPU, 10,000 at 1 event/s",
        "CPU, 1,000 at 20 events/s",
        "p99, 10,000",
        "p99, 1,000",
    ]);
    let mut is_empty = true;
    for transport in Transport::PLAIN {
        let ratio = |lanes: &Lanes<'_>, of| {
            let own = lanes.by(Contender::Pushpull, transport);
            own.ratio(&lanes.by(Contender::Nchan, transport), of)
                .map(|it| it.median)
        };
        if ratio(crowd, Measured::cpu_us).is_none() {
            continue;
        }
        is_empty = false;
        table.row([
            transport_name(transport).to_owned(),
            figure(ratio(crowd, Measured::cpu_us)),
            figure(ratio(&few, Measured::cpu_us)),
            figure(ratio(crowd, Measured::p99_ms)),
            figure(ratio(&few, Measured::p99_ms)),
        ]);
    }
    if is_empty {
        String::new()
    } else {
        table.told()
    }
}

/// More than one address has ports.
fn ports(all: &[Results]) -> String {
    let lanes = Lanes::of(all, Purpose::Ports);
    let connections: u64 = lanes.iter().map(|it| u64::from(it.subscribers)).sum();
    if lanes.is_empty() {
        return String::new();
    }
    if lanes.iter().any(|it| it.numbers.is_none()) {
        return notes(&lanes);
    }
    let came = lanes.iter().filter_map(|it| it.numbers.as_ref());
    let came: u64 = came.map(|it| it.delivered).sum();
    format!(
        "\n{} event streams in one run, more than one address has ports: those past 28,000 came \
         from 127.0.0.2. {} deliveries.\n{}",
        count(connections),
        count(came),
        notes(&lanes)
    )
}
