//! One lane while it counts: what [`LaneCounters`] tells.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{
    cpu::{Cpu, Estimate},
    sock_diag::TcpInfo,
    tally::{Count, Passed, Tally},
};
use crate::{event::LaneName, transport::counters::LaneCounters};

/// A lane's numbers. Whoever holds it raises them, from any thread.
#[derive(Debug)]
pub struct Lane {
    name: LaneName,
    /// Requests that named it.
    pub requests: Count,
    /// Answers with neither event nor gap.
    pub wasted: Count,
    /// Events handed over for writing.
    pub written: Count,
    /// Gaps told.
    pub gaps: Count,
    /// Bytes of events' data.
    pub payload: Count,
    /// Of the content, fields of the event stream.
    pub fields: Count,
    /// What passed on its connections.
    pub tally: Tally,
    /// What its connections' tasks took.
    pub cpu: Cpu,
    opened: Count,
    reused: Count,
    http1: Count,
    http2: Count,
    readers_came: Count,
    readers_went: Count,
    kernel: Kernel,
    approximate: AtomicBool,
    shared: AtomicBool,
}

/// What the kernel told of its connections when they were closed.
#[derive(Debug, Default)]
struct Kernel {
    connections: Count,
    segments: Count,
    retransmitted: Count,
    ip_bytes: Count,
}

impl Lane {
    /// A lane with nothing counted.
    pub fn new(name: LaneName) -> Self {
        Self {
            name,
            requests: Count::default(),
            wasted: Count::default(),
            written: Count::default(),
            gaps: Count::default(),
            payload: Count::default(),
            fields: Count::default(),
            tally: Tally::default(),
            cpu: Cpu::default(),
            opened: Count::default(),
            reused: Count::default(),
            http1: Count::default(),
            http2: Count::default(),
            readers_came: Count::default(),
            readers_went: Count::default(),
            kernel: Kernel::default(),
            approximate: AtomicBool::new(false),
            shared: AtomicBool::new(false),
        }
    }

    /// Its name.
    pub fn name(&self) -> &LaneName {
        &self.name
    }

    /// How many readers it has now.
    pub fn open(&self) -> u64 {
        let went = self.readers_went.get();
        self.readers_came.get().saturating_sub(went)
    }

    /// A request of the lane came on a connection: on a new one or not, over HTTP/2 or not.
    pub(super) fn came(&self, on_new: bool, http2: bool) {
        let connections = if on_new { &self.opened } else { &self.reused };
        connections.add(1);
        let version = if http2 { &self.http2 } else { &self.http1 };
        version.add(1);
    }

    /// Bytes may have been ascribed to it that are a neighbour's, or the other way round.
    pub fn is_approximate(&self) {
        self.approximate.store(true, Ordering::Relaxed);
    }

    /// Its CPU time cannot be told apart from that of others.
    pub fn is_shared(&self) {
        self.shared.store(true, Ordering::Relaxed);
    }

    /// One of its connections was closed. `part` of `whole` bytes on it were the lane's.
    pub(super) fn closed(&self, info: &TcpInfo, part: u64, whole: u64) {
        let share = |n: u64| {
            let share = u128::from(n) * u128::from(part) / u128::from(whole.max(1));
            u64::try_from(share).unwrap_or(n)
        };
        self.kernel.connections.add(1);
        self.kernel.segments.add(share(info.data_segments));
        self.kernel.retransmitted.add(share(info.retransmitted));
        self.kernel.ip_bytes.add(share(info.ip_bytes));
    }

    /// Its CPU time; nothing where it cannot be told apart.
    pub fn cpu(&self) -> Estimate {
        if self.shared.load(Ordering::Relaxed) {
            Estimate::default()
        } else {
            self.cpu.estimate()
        }
    }

    /// All numbers.
    pub fn counters(&self) -> LaneCounters {
        let passed = self.tally.get();
        let parts = Parts::of(&passed, self.payload.get(), self.fields.get());
        let cpu = self.cpu();
        LaneCounters {
            requests: self.requests.get(),
            wasted: self.wasted.get(),
            written: self.written.get(),
            gaps: self.gaps.get(),
            open: self.open(),
            connections_opened: self.opened.get(),
            connections_reused: self.reused.get(),
            heartbeats: passed.heartbeats,
            bytes_in: passed.bytes_in,
            bytes_out: passed.bytes_out,
            payload_bytes: parts.payload,
            envelope_bytes: parts.envelope,
            framing_bytes: parts.framing,
            heartbeat_bytes: passed.heartbeat_bytes.min(parts.framing),
            header_bytes: parts.header,
            setup_bytes: parts.setup,
            tls_bytes: passed.tls,
            connections_closed: self.kernel.connections.get(),
            segments: self.kernel.segments.get(),
            retransmitted: self.kernel.retransmitted.get(),
            ip_bytes: self.kernel.ip_bytes.get(),
            cpu_us: cpu.us,
            cpu_error_us: cpu.error_us,
            cpu_samples: cpu.samples,
            cpu_apart: !self.shared.load(Ordering::Relaxed),
            http1: self.http1.get(),
            http2: self.http2.get(),
            approximate: self.approximate.load(Ordering::Relaxed),
        }
    }
}

/// A sum of bytes and its parts. An event is counted when it is handed over and its bytes when
/// they are written; until then the parts are cut to what has been written, so that they always
/// make up the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Parts {
    payload: u64,
    envelope: u64,
    framing: u64,
    header: u64,
    setup: u64,
}

impl Parts {
    fn of(passed: &Passed, payload: u64, fields: u64) -> Self {
        let mut left = passed.bytes_in + passed.bytes_out;
        let mut take = |wanted: u64| {
            let taken = wanted.min(left);
            left -= taken;
            taken
        };
        let setup = take(passed.setup);
        let header = take(passed.header);
        let content = take(passed.content);
        // What is in no content is around it: chunks and frames.
        let around = left;
        let fields = fields.min(content);
        let payload = payload.min(content - fields);
        Self {
            payload,
            envelope: content - fields - payload,
            framing: around + fields,
            header,
            setup,
        }
    }
}

/// A lane while one of its readers lives.
#[derive(Debug)]
pub struct OpenLane(Arc<Lane>);

impl OpenLane {
    /// One reader more.
    pub fn new(lane: Arc<Lane>) -> Self {
        lane.readers_came.add(1);
        Self(lane)
    }
}

impl Deref for OpenLane {
    type Target = Lane;
    fn deref(&self) -> &Lane {
        &self.0
    }
}

impl Drop for OpenLane {
    fn drop(&mut self) {
        self.0.readers_went.add(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_parts_make_up_the_whole_at_any_moment(
            bytes_in in 0..5_000_u64,
            bytes_out in 0..5_000_u64,
            [header, setup, content, payload, fields] in any::<[u16; 5]>().prop_map(|parts| parts.map(|part| u64::from(part % 4_000))),
        ) {
            let passed = Passed { bytes_in, bytes_out, header, setup, content, ..Passed::default() };
            let parts = Parts::of(&passed, payload, fields);
            let sum = parts.payload + parts.envelope + parts.framing + parts.header + parts.setup;
            prop_assert_eq!(sum, bytes_in + bytes_out);
            // Written out, nothing is cut.
            if header + setup + content <= bytes_in + bytes_out && payload + fields <= content {
                prop_assert_eq!(parts.payload, payload);
                prop_assert_eq!((parts.header, parts.setup), (header, setup));
                prop_assert_eq!(parts.envelope, content - payload - fields);
            }
        }
    }

    #[test]
    fn a_shared_connections_segments_are_parted_by_bytes() {
        let lanes = [
            Lane::new("a".parse().unwrap()),
            Lane::new("b".parse().unwrap()),
        ];
        let info = TcpInfo {
            data_segments: 40,
            retransmitted: 4,
            ip_bytes: 4_000,
        };
        lanes[0].closed(&info, 300, 400);
        lanes[1].closed(&info, 100, 400);
        let counters = lanes.map(|lane| lane.counters());
        assert_eq!(counters.map(|lane| lane.segments), [30, 10]);
        assert_eq!(counters.map(|lane| lane.retransmitted), [3, 1]);
        assert_eq!(counters.map(|lane| lane.ip_bytes), [3_000, 1_000]);
    }
}
