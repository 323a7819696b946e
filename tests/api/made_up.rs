//! Made-up runs, for what keeps and shows runs: as large as real ones, the same for the same seed.

use pushpull::{
    lab::workload::{Arrivals, Workload},
    runs::{
        record::{Client, Known, LaneRecord, LoadRecord, Record},
        types::{Flag, FlagKind, LaneRecording, MAX_RECEIPTS, Mode, Recording},
    },
    stats::{Latencies, block_us},
    transport::{Transport, counters::LaneCounters},
};

/// What a run is made with.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub rate: f64,
    pub duration_s: u32,
    pub poll_interval_ms: u32,
    pub mode: Mode,
    pub seed: u64,
}

impl Plan {
    /// A minute of a gentle workload: enough for a verdict.
    pub fn small(seed: u64) -> Self {
        Self {
            rate: 5.0,
            duration_s: 60,
            poll_interval_ms: 1_000,
            mode: Mode::Together,
            seed,
        }
    }

    /// As many receipts as are kept, in every lane.
    pub fn full(seed: u64) -> Self {
        Self {
            rate: 100.0,
            duration_s: 220,
            poll_interval_ms: 100,
            ..Self::small(seed)
        }
    }

    pub fn workload(&self) -> Workload {
        Workload {
            rate: self.rate,
            arrivals: Arrivals::Poisson,
            payload: 128,
            duration_s: self.duration_s,
            seed: self.seed,
        }
    }

    /// What a browser would hand in.
    pub fn recording(&self, run: &str) -> Recording {
        let block = block_us(self.poll_interval_ms);
        let ats: Vec<i64> = self
            .workload()
            .schedule()
            .map(|at| at.as_micros() as i64)
            .collect();
        let lane = |transport: Transport| self.lane(transport, &ats, block);
        Recording {
            run: run.to_owned(),
            mode: self.mode,
            poll_interval_ms: self.poll_interval_ms,
            wait_s: 25,
            distance_ms: 0,
            start_us: 1_700_000_000_000_000 + self.seed * 1_000_000,
            block_us: block,
            browser: "Chromium 156".to_owned(),
            user_agent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0".to_owned(),
            step_ns: 5_000,
            isolated: true,
            secure: true,
            clock_error_us: 170 + self.seed % 50,
            round_trip_us: 310,
            drift_ppb: -12_000,
            bias_us: vec![(Transport::Sse, 20), (Transport::WebSocket, 15)],
            flags: vec![Flag {
                kind: FlagKind::MainThreadBlocked,
                from_us: 5_000_000,
                to_us: 5_080_000,
                value: 80,
            }],
            lanes: Transport::PLAIN.map(lane).into(),
        }
    }

    /// What a server would keep of it.
    pub fn record(&self) -> Record {
        let known = Known {
            workload: self.workload(),
            published: self.workload().schedule().count() as u64,
            lateness_p99_us: Some(34),
        };
        let saved = 1_700_000_100_000_000 + self.seed * 1_000_000;
        let counted = |_: &_| Some(counters(known.published));
        Record::of(self.recording("0123456789abcdef"), known, saved, counted).unwrap()
    }

    fn lane(&self, transport: Transport, ats: &[i64], block: u64) -> LaneRecording {
        let mut random = fastrand::Rng::with_seed(self.seed ^ (transport as u64) << 32);
        let interval = i64::from(self.poll_interval_ms) * 1_000;
        let (mut latencies, mut receipts) = (Latencies::new(), Vec::new());
        for (&at, seq) in ats.iter().zip(1..) {
            let trip = random.i64(250..1_200) + random.i64(0..400) * random.i64(0..3);
            let latency = match transport {
                // The next tick, and everything that waited for it at the same moment.
                Transport::Polling => interval - at.rem_euclid(interval) + 1_100,
                Transport::LongPolling => trip + random.i64(0..1_500),
                _ => trip,
            };
            let of = u32::try_from(at as u64 / block).unwrap();
            latencies.record(latency, of);
            if receipts.len() < MAX_RECEIPTS {
                receipts.push((seq, at, latency));
            }
        }
        let delivered = ats.len() as u64;
        LaneRecording {
            transport,
            twin: 0,
            lane: format!("0123abcd-{}", transport.slug()).parse().unwrap(),
            state: "ended".to_owned(),
            reason: String::new(),
            protocol: "http/1.1".to_owned(),
            delivered,
            lost: 0,
            duplicated: 1,
            reordered: 0,
            lost_ranges: Vec::new(),
            duplicated_seqs: vec![7],
            reordered_seqs: Vec::new(),
            requests: 60,
            wasted: 12,
            reconnects: 0,
            skipped: 0,
            gaps: 0,
            open_us: Some(u64::from(self.duration_s) * 1_000_000),
            histogram: latencies.blocks().to_vec(),
            receipts,
        }
    }
}

/// What a server would have counted.
fn counters(events: u64) -> LaneCounters {
    LaneCounters {
        requests: 60,
        wasted: 12,
        written: events,
        connections_opened: 3,
        connections_closed: 2,
        segments: 120,
        retransmitted: 1,
        ip_bytes: 40_000,
        bytes_in: 60 * 300,
        bytes_out: events * 260,
        payload_bytes: events * 128,
        envelope_bytes: events * 52,
        framing_bytes: events * 30,
        header_bytes: 60 * 500,
        cpu_us: events * 9,
        cpu_error_us: events,
        cpu_samples: events / 16,
        cpu_apart: true,
        http1: 60,
        ..LaneCounters::default()
    }
}

/// What the load generator would have measured: each plain transport with each number of
/// subscribers, the server's process looked at.
pub fn swarm(counts: &[u32]) -> Record {
    let plan = Plan {
        rate: 20.0,
        ..Plan::small(1)
    };
    let mut record = plan.record();
    let events = record.published;
    let lanes = std::mem::take(&mut record.lanes);
    record.lanes = (0..)
        .zip(counts)
        .flat_map(|(step, &subscribers)| {
            let lane = move |lane: &LaneRecord| loaded(lane, step, subscribers, events);
            lanes.iter().map(lane).collect::<Vec<_>>()
        })
        .collect();
    record.published = events * record.lanes.len() as u64;
    record.mode = Mode::InTurn;
    record.client = Client {
        name: "pushpull load 0.1.0".to_owned(),
        user_agent: None,
        step_ns: None,
        isolated: None,
        secure: None,
    };
    (record.clock, record.bias_us, record.flags) = (None, Vec::new(), Vec::new());
    record.check().unwrap();
    record
}

/// A browser's lane as that of many subscribers, to each of whom the same happened.
fn loaded(lane: &LaneRecord, step: u8, subscribers: u32, events: u64) -> LaneRecord {
    let n = u64::from(subscribers);
    let mut client = lane.client.clone();
    client.twin = step;
    client.delivered *= n;
    (client.requests, client.wasted) = (client.requests * n, client.wasted * n);
    (client.duplicated, client.duplicated_seqs) = (0, Vec::new());
    client.open_us = None;
    for block in &mut client.histogram {
        for bucket in &mut block.counts {
            bucket.1 *= subscribers;
        }
    }
    let way = client.transport as u64 + 1;
    let load = LoadRecord {
        subscribers,
        published: events,
        wall_us: 60_000_000,
        bytes_in: client.delivered * 230,
        bytes_out: client.requests * 120,
        own_cpu_us: client.delivered * 4,
        own_delay_p99_us: 90,
        server_cpu_us: Some(client.delivered * 24 / way),
        pss_before: Some(20 << 20),
        pss_open: Some((20 << 20) + n * 2_100),
        pss: Some((20 << 20) + n * 2_100 * way),
        kernel_before: Some(1 << 20),
        kernel: Some((1 << 20) + n * 6_000),
        ..LoadRecord::default()
    };
    LaneRecord {
        client,
        server: None,
        load: Some(load),
    }
}
