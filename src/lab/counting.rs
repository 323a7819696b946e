//! Asks the server what it has counted of a lane.

use super::request::{json, member, request, whole};
use crate::{
    event::LaneName,
    transport::{client::timer::within, counters::LaneCounters},
};

/// How long an answer may take before it is given up, ms: there will be another.
const PATIENCE_MS: f64 = 2_000.0;

/// The lane's counters; `None` when the server does not tell them.
pub(super) async fn counters(lane: &LaneName) -> Option<LaneCounters> {
    let address = format!("/api/lanes/{lane}");
    let answer = within(PATIENCE_MS, request(&address, None)).await??;
    if answer.status != 200 {
        return None;
    }
    let told = json(&answer.body);
    let count = |name| whole(&told, name).unwrap_or_default();
    let is = |name| member(&told, name).is_truthy();
    // Only what is shown: the server keeps the rest with the run by itself.
    Some(LaneCounters {
        requests: count("requests"),
        written: count("written"),
        connections_opened: count("connections_opened"),
        connections_reused: count("connections_reused"),
        heartbeats: count("heartbeats"),
        bytes_in: count("bytes_in"),
        bytes_out: count("bytes_out"),
        payload_bytes: count("payload_bytes"),
        envelope_bytes: count("envelope_bytes"),
        framing_bytes: count("framing_bytes"),
        heartbeat_bytes: count("heartbeat_bytes"),
        header_bytes: count("header_bytes"),
        setup_bytes: count("setup_bytes"),
        tls_bytes: count("tls_bytes"),
        cpu_us: count("cpu_us"),
        cpu_error_us: count("cpu_error_us"),
        cpu_samples: count("cpu_samples"),
        cpu_apart: is("cpu_apart"),
        http1: count("http1"),
        http2: count("http2"),
        approximate: is("approximate"),
        ..LaneCounters::default()
    })
}
