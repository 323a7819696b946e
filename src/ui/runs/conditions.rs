//! Under what a run was measured: all that its numbers depend on.

use super::time::moment;
use crate::{
    runs::{
        evaluated::preset,
        record::{Client, Record, ServerVersion},
    },
    ui::{
        number::{count, fixed, ms, plain},
        protocol::http_version,
        text::Text,
    },
};

/// What stands where nothing is known.
const NONE: &str = "–";

/// The conditions, each with its name.
pub(super) fn conditions(record: &Record, text: Text) -> Vec<(String, String)> {
    let of = |key: &str, value: String| (text.get(key), value);
    vec![
        of("runs-condition-start", moment(record.start_us).shown),
        of("runs-condition-mode", mode(record, text)),
        of("runs-condition-workload", workload(record, text)),
        of("runs-condition-pace", pace(record, text)),
        of(
            "runs-condition-distance",
            distance(record.distance_ms, text),
        ),
        of("runs-condition-client", client(&record.client)),
        of("runs-condition-timer", timer(&record.client, text)),
        of("runs-condition-clock", clock(record, text)),
        of("runs-condition-publisher", publisher(record, text)),
        of("runs-condition-bias", bias(record, text)),
        of("runs-condition-protocol", protocol(record, text)),
        of("runs-condition-server", server(&record.server, text)),
    ]
}

/// The load generator does not know what it measured.
fn server(server: &ServerVersion, text: Text) -> String {
    let ServerVersion { version, revision } = server;
    if version == ServerVersion::UNKNOWN {
        return NONE.to_owned();
    }
    let slots = [("version", &**version), ("revision", revision)];
    text.fill("runs-server", &slots)
}

/// In which order the lanes were fed.
fn mode(record: &Record, text: Text) -> String {
    let block = plain(record.block_us as f64 / 1e6);
    let mode = text.get(&format!("runs-mode-{}", record.mode.slug()));
    text.fill("runs-mode-blocks", &[("mode", &mode), ("block", &block)])
}

fn workload(record: &Record, text: Text) -> String {
    let workload = record.workload;
    let arrivals = text.get(&format!("lab-arrivals-{}", workload.arrivals.slug()));
    let slots = [
        ("rate", &*plain(workload.rate)),
        ("arrivals", &arrivals),
        ("payload", &count(workload.payload.into())),
        ("duration", &count(workload.duration_s.into())),
        ("seed", &workload.seed.to_string()),
    ];
    let told = text.fill("runs-workload", &slots);
    preset(record).map_or(told.clone(), |preset| {
        format!(
            "{told} ({})",
            text.get(&format!("lab-preset-{}", preset.slug()))
        )
    })
}

fn pace(record: &Record, text: Text) -> String {
    let interval = plain(f64::from(record.poll_interval_ms) / 1e3);
    let wait = count(record.wait_s.into());
    text.fill("runs-pace", &[("interval", &*interval), ("wait", &wait)])
}

/// How much farther away the server was made.
pub(super) fn distance(ms: u32, text: Text) -> String {
    if ms == 0 {
        text.get("runs-distance-none")
    } else {
        text.fill("runs-distance", &[("ms", &count(ms.into()))])
    }
}

fn client(client: &Client) -> String {
    match client.user_agent.as_deref() {
        Some(agent) if !agent.is_empty() => format!("{} · {agent}", client.name),
        _ => client.name.clone(),
    }
}

fn timer(client: &Client, text: Text) -> String {
    let mut parts = Vec::new();
    if let Some(step_ns) = client.step_ns {
        let us = plain(step_ns as f64 / 1e3);
        parts.push(text.fill("runs-timer-step", &[("us", &us)]));
    }
    let told = [
        (
            client.isolated,
            "runs-timer-isolated",
            "runs-timer-not-isolated",
        ),
        (client.secure, "runs-timer-secure", "runs-timer-not-secure"),
    ];
    for (known, yes, no) in told {
        parts.extend(known.map(|known| text.get(if known { yes } else { no })));
    }
    or_none(&parts)
}

fn clock(record: &Record, text: Text) -> String {
    record.clock.map_or_else(
        || text.get("runs-clock-same"),
        |clock| {
            let slots = [
                ("error", &*ms(clock.error_us as f64 / 1e3)),
                ("trip", &ms(clock.round_trip_us as f64 / 1e3)),
                ("drift", &fixed(clock.drift_ppb as f64 / 1e3, 1)),
            ];
            text.fill("runs-clock", &slots)
        },
    )
}

fn publisher(record: &Record, text: Text) -> String {
    let late = record
        .lateness_p99_us
        .map_or_else(|| NONE.to_owned(), |us| ms(us as f64 / 1e3));
    let slots = [("n", &*count(record.published)), ("late", &late)];
    text.fill("runs-publisher", &slots)
}

fn bias(record: &Record, text: Text) -> String {
    if record.bias_us.is_empty() {
        return text.get("runs-bias-none");
    }
    let of = |&(transport, us): &(crate::transport::Transport, u64)| {
        let name = text.get(&format!("lab-name-{}", transport.slug()));
        format!("{name} {} ms", ms(us as f64 / 1e3))
    };
    record.bias_us.iter().map(of).collect::<Vec<_>>().join(", ")
}

fn protocol(record: &Record, text: Text) -> String {
    let mut told: Vec<(String, Vec<String>)> = Vec::new();
    for lane in record.lanes.iter().map(|lane| &lane.client) {
        let name = text.get(&format!("lab-name-{}", lane.transport.slug()));
        let protocol = match http_version(&lane.protocol) {
            "" => NONE,
            version => version,
        };
        match told.iter_mut().find(|(known, _)| known == protocol) {
            Some((_, names)) if !names.contains(&name) => names.push(name),
            Some(_) => {}
            None => told.push((protocol.to_owned(), vec![name])),
        }
    }
    let one = told.len() == 1;
    let part = |(protocol, names): (String, Vec<String>)| {
        if one {
            protocol
        } else {
            format!("{protocol}: {}", names.join(", "))
        }
    };
    let parts: Vec<String> = told.into_iter().map(part).collect();
    or_none(&parts)
}

fn or_none(parts: &[String]) -> String {
    if parts.is_empty() {
        NONE.to_owned()
    } else {
        parts.join(" · ")
    }
}
