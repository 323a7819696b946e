//! The bytes that the server counts for a lane, against those that a client sent and received and
//! took apart by itself.

mod answers;
mod shared;
mod streams;

use std::time::Duration;

use pushpull::transport::counters::LaneCounters;
use serde_json::Value;

use crate::app::TestApp;

/// Data that JSON has to escape, so that what it adds is seen to be envelope.
const DATA: [&str; 3] = ["plain", "quo\"ted\n", "한국어"];

/// What the bytes were, found by the test's own reading.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    bytes_in: usize,
    bytes_out: usize,
    payload: usize,
    envelope: usize,
    framing: usize,
    header: usize,
    setup: usize,
    heartbeats: usize,
    heartbeat_bytes: usize,
}

impl Found {
    fn counted(lane: &LaneCounters) -> Self {
        let sum = lane.payload_bytes
            + lane.envelope_bytes
            + lane.framing_bytes
            + lane.header_bytes
            + lane.setup_bytes;
        assert_eq!(sum, lane.bytes_in + lane.bytes_out, "the split adds up");
        let size = |n| usize::try_from(n).unwrap();
        Self {
            bytes_in: size(lane.bytes_in),
            bytes_out: size(lane.bytes_out),
            payload: size(lane.payload_bytes),
            envelope: size(lane.envelope_bytes),
            framing: size(lane.framing_bytes),
            header: size(lane.header_bytes),
            setup: size(lane.setup_bytes),
            heartbeats: size(lane.heartbeats),
            heartbeat_bytes: size(lane.heartbeat_bytes),
        }
    }

    /// A text of ours, with the events in it.
    fn json(&mut self, text: &[u8]) {
        let payload = payload_in(text);
        self.payload += payload;
        self.envelope += text.len() - payload;
    }
}

/// The lengths of all events' data in a piece of JSON.
fn payload_in(text: &[u8]) -> usize {
    fn walk(value: &Value) -> usize {
        match value {
            Value::Object(map) => match &map.get("data") {
                Some(Value::String(data)) => data.len(),
                _ => map.values().map(walk).sum(),
            },
            Value::Array(values) => values.iter().map(walk).sum(),
            _ => 0,
        }
    }
    walk(&serde_json::from_slice(text).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(text));
    }))
}

/// Waits until the lane's counters say exactly that.
async fn counted(app: &TestApp, lane: &str, found: &Found) -> LaneCounters {
    let mut last = LaneCounters::default();
    for _ in 0..200 {
        last = app.lane(lane).await;
        if Found::counted(&last) == *found {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(Found::counted(&last), *found, "{lane}");
    last
}
