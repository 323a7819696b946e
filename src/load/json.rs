//! The run as a file that `/runs` takes: `schema/run-v1.json`.

use super::{
    arguments::{LanePlan, Plan},
    lane::Outcome,
    report::server_cpu_us,
    saturation::Saturation,
};
use crate::{
    event::LaneName,
    runs::{
        record::{Client, LaneRecord, LoadRecord, Record, SCHEMA, ServerVersion},
        types::{Flag, FlagKind, LaneRecording, Mode},
    },
    transport::Transport,
};

/// From how much lateness of the publisher on a run is flagged, µs.
const LATE_US: u64 = 100;

/// Puts a run together. Times are µs since the Unix epoch.
pub(super) fn record(plan: &Plan, outcomes: &[Outcome], start_us: u64, saved_us: u64) -> Record {
    let options = &plan.options;
    let lateness = outcomes
        .iter()
        .filter_map(|it| it.published.lateness_p99_us);
    let lateness_p99_us = lateness.max();
    Record {
        schema: SCHEMA.to_owned(),
        name: options.name.clone(),
        saved_us,
        server: ServerVersion {
            version: ServerVersion::UNKNOWN.to_owned(),
            revision: ServerVersion::UNKNOWN.to_owned(),
        },
        workload: plan.workload,
        published: outcomes
            .iter()
            .map(|it| it.events - it.unpublished.len() as u64)
            .sum(),
        lateness_p99_us,
        // Each lane had its own time, and its own events.
        mode: Mode::InTurn,
        poll_interval_ms: options.poll_interval,
        wait_s: options.wait,
        distance_ms: 0,
        start_us,
        block_us: plan.block_us(),
        client: Client {
            name: format!("pushpull load {}", env!("CARGO_PKG_VERSION")),
            user_agent: None,
            step_ns: None,
            isolated: None,
            secure: None,
        },
        // Publisher and subscribers are one process.
        clock: None,
        bias_us: Vec::new(),
        flags: flags(plan, outcomes, lateness_p99_us),
        lanes: outcomes.iter().map(|it| lane(plan, it)).collect(),
    }
}

fn flags(plan: &Plan, outcomes: &[Outcome], lateness_p99_us: Option<u64>) -> Vec<Flag> {
    let flag = |kind, value| Flag {
        kind,
        from_us: 0,
        to_us: 0,
        value,
    };
    let late = lateness_p99_us.filter(|us| *us >= LATE_US);
    let late = late.map(|us| flag(FlagKind::PublisherLate, us));
    let saturated = outcomes.iter().filter_map(|it| it.saturation);
    let saturated = saturated.map(Saturation::value).max();
    let saturated = saturated.map(|value| flag(FlagKind::GeneratorSaturated, value));
    let missing = plan.lanes().len().saturating_sub(outcomes.len()) as u64;
    let missing = (missing > 0).then(|| flag(FlagKind::LaneMissing, missing));
    late.into_iter().chain(saturated).chain(missing).collect()
}

/// One of its lanes.
pub(super) fn lane(plan: &Plan, outcome: &Outcome) -> LaneRecord {
    let tally = &outcome.tally;
    let LanePlan {
        transport,
        subscribers,
        step,
        ..
    } = outcome.lane;
    let prefix = plan.options.lane.as_deref().unwrap_or("load");
    let name: LaneName =
        match format!("{prefix}-{}-{subscribers}", transport.plain().slug()).parse() {
            Ok(name) => name,
            Err(_) => unreachable!("prefix, transport and number are short and of good characters"),
        };
    let mut requests = tally.requests;
    if matches!(transport, Transport::Sse | Transport::WebSocket) {
        // One for each stream or socket.
        requests += u64::from(subscribers);
    }
    let us = |time: std::time::Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let costs = outcome.costs.as_ref();
    LaneRecord {
        client: LaneRecording {
            transport,
            twin: step,
            lane: name,
            state: "ended".to_owned(),
            reason: String::new(),
            protocol: "http/1.1".to_owned(),
            delivered: tally.delivered,
            lost: tally.lost_count(),
            duplicated: tally.duplicated,
            reordered: tally.reordered,
            lost_ranges: tally.lost_ranges(),
            duplicated_seqs: tally.duplicated_seqs.iter().copied().take(1_000).collect(),
            reordered_seqs: tally.reordered_seqs.iter().copied().take(1_000).collect(),
            requests,
            wasted: tally.wasted,
            reconnects: tally.reconnects,
            skipped: tally.skipped,
            gaps: tally.gaps,
            open_us: None,
            histogram: tally.latencies.blocks().to_vec(),
            receipts: tally.receipts.clone(),
        },
        server: outcome.counters,
        load: Some(LoadRecord {
            subscribers,
            published: outcome.events - outcome.unpublished.len() as u64,
            wall_us: us(outcome.wall),
            bytes_in: tally.bytes_in,
            bytes_out: tally.bytes_out,
            own_cpu_us: us(outcome.own_cpu),
            own_delay_p99_us: tally.own_delay_p99_us(),
            saturated: outcome.saturation.map(Saturation::limit),
            server_cpu_us: server_cpu_us(outcome).map(|us| us as u64),
            idle_us: us(outcome.idle),
            idle_cpu_us: costs.map(|costs| costs.idle.cpu_us_since(&costs.open)),
            pss_before: costs.and_then(|costs| costs.before.pss),
            pss_open: costs.and_then(|costs| costs.open.pss),
            pss: costs.and_then(|costs| costs.drained.pss),
            kernel_before: costs.and_then(|costs| costs.before.objects),
            kernel: costs.and_then(|costs| costs.drained.objects),
            buffers: costs.and_then(|costs| costs.drained.buffers),
        }),
    }
}
