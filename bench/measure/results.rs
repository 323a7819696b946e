//! What is kept: each lane as it was measured, nothing put together yet.

use pushpull::{runs::record::LoadRecord, transport::Transport};
use serde::{Deserialize, Serialize};

use crate::{
    contender::Contender,
    machine::{Machine, Versions},
    plan::{Job, Purpose},
    sign::Sign,
    spread::figure,
};

/// A part of the bench that can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    SideBySide,
    Curves,
    Crowd,
}

impl Part {
    pub const ALL: [Self; 3] = [Self::SideBySide, Self::Curves, Self::Crowd];

    /// Its name in `BENCH_ONLY`.
    pub fn slug(self) -> &'static str {
        match self {
            Self::SideBySide => "side-by-side",
            Self::Curves => "curves",
            Self::Crowd => "crowd",
        }
    }

    /// The file that keeps it.
    pub fn file(self) -> String {
        format!("{}.json", self.slug())
    }
}

/// A part that was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    pub schema: String,
    pub part: Part,
    /// When it began.
    pub begun: String,
    /// How long it took, s.
    pub took_s: u64,
    pub repeats: u32,
    pub seconds: u32,
    /// Who could not be measured, and why.
    pub without: Vec<String>,
    pub machine: Machine,
    pub versions: Versions,
    pub lanes: Vec<Measured>,
}

impl Results {
    /// The version of the file.
    pub const SCHEMA: &str = "pushpull-bench-v1";

    /// A line for each lane, so that two files can be compared by eye.
    pub fn to_json(&self) -> Vec<u8> {
        let mut without = self.clone();
        let lanes: Vec<String> = std::mem::take(&mut without.lanes)
            .iter()
            .map(|lane| serde_json::to_string(lane).unwrap_or_default())
            .collect();
        let head = serde_json::to_string_pretty(&without).unwrap_or_default();
        let lanes = format!("\"lanes\": [\n{}\n]", lanes.join(",\n"));
        (head.replace("\"lanes\": []", &lanes) + "\n").into_bytes()
    }

    pub fn from_json(json: &[u8]) -> Result<Self, String> {
        let results: Self = serde_json::from_slice(json).map_err(|it| it.to_string())?;
        if results.schema == Self::SCHEMA {
            Ok(results)
        } else {
            Err(format!("its schema is {}", results.schema))
        }
    }
}

/// One lane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub purpose: Purpose,
    pub contender: Contender,
    pub transport: Transport,
    pub subscribers: u32,
    /// Events per second.
    pub rate: f64,
    pub repeat: u32,
    /// The generator's exit code.
    pub exit: i32,
    /// Why there are no numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    pub numbers: Option<Numbers>,
    /// What others used of the machine meanwhile, as a share of one core, on average; from its
    /// server's start to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<f64>,
}

/// What the generator told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    pub events: u64,
    pub delivered: u64,
    pub lost: u64,
    pub duplicated: u64,
    pub reordered: u64,
    pub requests: u64,
    pub wasted: u64,
    pub reconnects: u64,
    /// Latency from the schedule, µs; absent where there are too few deliveries to tell.
    pub p50_us: Option<i64>,
    pub p99_us: Option<i64>,
    pub max_us: Option<i64>,
    #[serde(flatten)]
    pub load: LoadRecord,
}

impl Measured {
    /// A lane of that job, of which nothing is known yet.
    pub fn of(job: &Job, subscribers: u32) -> Self {
        Self {
            purpose: job.purpose,
            contender: job.contender,
            transport: job.transport,
            subscribers,
            rate: job.rate,
            repeat: job.repeat,
            exit: 0,
            failure: None,
            numbers: None,
            others: None,
        }
    }

    /// In a few words, for who watches.
    pub fn told(&self) -> String {
        if let Some(failure) = &self.failure {
            return failure.clone();
        }
        let (cpu, p99) = (figure(self.cpu_us()), figure(self.p99_ms()));
        let signs = Sign::of(self).into_iter();
        let signs: String = signs.map(|sign| format!("; {}", sign.told(self))).collect();
        format!("{cpu} µs, p99 {p99} ms{signs}")
    }

    /// Whether every event came to everyone, once and in order.
    pub fn is_whole(&self) -> bool {
        self.numbers.as_ref().is_some_and(|it| {
            let wrong = it.lost + it.duplicated + it.reordered;
            wrong == 0 && it.delivered == it.events * u64::from(self.subscribers)
        })
    }

    /// The server's CPU time for a delivery, µs.
    pub fn cpu_us(&self) -> Option<f64> {
        self.per_delivery(self.numbers.as_ref()?.load.server_cpu_us?)
    }

    /// The generator's own, µs.
    pub fn own_us(&self) -> Option<f64> {
        self.per_delivery(self.numbers.as_ref()?.load.own_cpu_us)
    }

    /// What a client's connections carried for a delivery, bytes.
    pub fn bytes(&self) -> Option<f64> {
        let load = &self.numbers.as_ref()?.load;
        self.per_delivery(load.bytes_in + load.bytes_out)
    }

    /// Requests for a delivery.
    pub fn requests(&self) -> Option<f64> {
        self.per_delivery(self.numbers.as_ref()?.requests)
    }

    fn per_delivery(&self, sum: u64) -> Option<f64> {
        let delivered = self.numbers.as_ref()?.delivered;
        (delivered > 0).then(|| sum as f64 / delivered as f64)
    }

    /// The server's CPU time for a client in an hour, ms.
    pub fn cpu_ms_an_hour(&self) -> Option<f64> {
        let load = &self.numbers.as_ref()?.load;
        self.an_hour(load.server_cpu_us? as f64 / 1e3, load.wall_us)
    }

    /// What a client's connections carry in an hour, KiB.
    pub fn kib_an_hour(&self) -> Option<f64> {
        let load = &self.numbers.as_ref()?.load;
        let kib = (load.bytes_in + load.bytes_out) as f64 / 1_024.0;
        self.an_hour(kib, load.wall_us)
    }

    /// A client's requests in an hour.
    pub fn requests_an_hour(&self) -> Option<f64> {
        let numbers = self.numbers.as_ref()?;
        self.an_hour(numbers.requests as f64, numbers.load.wall_us)
    }

    /// The server's CPU time for a client in an hour without an event, ms.
    pub fn idle_ms_an_hour(&self) -> Option<f64> {
        let load = &self.numbers.as_ref()?.load;
        self.an_hour(load.idle_cpu_us? as f64 / 1e3, load.idle_us)
    }

    fn an_hour(&self, sum: f64, wall_us: u64) -> Option<f64> {
        let hours = wall_us as f64 / 3.6e9 * f64::from(self.subscribers);
        (hours > 0.0).then(|| sum / hours)
    }

    /// The slowest hundredth's latency, ms; absent where there are too few to tell.
    pub fn p99_ms(&self) -> Option<f64> {
        millis(self.numbers.as_ref()?.p99_us?)
    }

    /// The longest latency, ms.
    pub fn max_ms(&self) -> Option<f64> {
        millis(self.numbers.as_ref()?.max_us?)
    }

    /// The median latency, ms.
    pub fn p50_ms(&self) -> Option<f64> {
        millis(self.numbers.as_ref()?.p50_us?)
    }

    /// The server's memory after the last event, KiB.
    pub fn user_kib(&self) -> Option<f64> {
        Some(self.numbers.as_ref()?.load.pss? as f64 / 1_024.0)
    }

    /// What the kernel's objects for sockets have grown by, KiB, both ends together.
    pub fn kernel_kib(&self) -> Option<f64> {
        let load = &self.numbers.as_ref()?.load;
        Some((load.kernel? as f64 - load.kernel_before? as f64) / 1_024.0)
    }
}

/// Infinite for what never came.
fn millis(us: i64) -> Option<f64> {
    Some(if us == i64::MAX {
        f64::INFINITY
    } else {
        us as f64 / 1e3
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
pub mod tests {
    use super::*;

    /// A lane of 1,000 subscribers that got 100 events in ten seconds.
    pub fn made_up(contender: Contender, transport: Transport, repeat: u32, cpu: f64) -> Measured {
        Measured {
            purpose: Purpose::Delivery,
            contender,
            transport,
            subscribers: 1_000,
            rate: 10.0,
            repeat,
            exit: 0,
            failure: None,
            numbers: Some(Numbers {
                events: 100,
                delivered: 100_000,
                lost: 0,
                duplicated: 0,
                reordered: 0,
                requests: 1_000,
                wasted: 0,
                reconnects: 0,
                p50_us: Some(4_000),
                p99_us: Some(9_000),
                max_us: Some(12_000),
                load: LoadRecord {
                    subscribers: 1_000,
                    published: 100,
                    wall_us: 10_000_000,
                    bytes_in: 20_000_000,
                    bytes_out: 0,
                    server_cpu_us: Some((cpu * 100_000.0) as u64),
                    pss: Some(30 * 1024 * 1024),
                    kernel_before: Some(1024 * 1024),
                    kernel: Some(9 * 1024 * 1024),
                    idle_us: 30_000_000,
                    idle_cpu_us: Some(60_000),
                    ..LoadRecord::default()
                },
            }),
            others: Some(0.03),
        }
    }

    pub fn results(part: Part, lanes: Vec<Measured>) -> Results {
        Results {
            schema: Results::SCHEMA.to_owned(),
            part,
            begun: "Wed, 25 Nov 2026 10:00:00 GMT".to_owned(),
            took_s: 90,
            repeats: 5,
            seconds: 10,
            without: Vec::new(),
            machine: Machine::default(),
            versions: Versions::default(),
            lanes,
        }
    }

    #[test]
    fn what_is_kept_comes_back_and_has_a_line_for_each_lane() {
        let lane = made_up(Contender::Nchan, Transport::Sse, 1, 10.0);
        let results = results(Part::Crowd, vec![lane.clone(), lane]);
        let json = results.to_json();
        assert_eq!(Results::from_json(&json).unwrap(), results);
        let text = String::from_utf8(json.clone()).unwrap();
        assert_eq!(
            text.lines()
                .filter(|it| it.starts_with("{\"purpose"))
                .count(),
            2
        );
        let other = text.replace(Results::SCHEMA, "another");
        assert!(
            Results::from_json(other.as_bytes())
                .unwrap_err()
                .contains("another")
        );
    }

    #[test]
    fn sums_are_shared_among_deliveries_and_client_hours() {
        let lane = made_up(Contender::Pushpull, Transport::Sse, 0, 8.0);
        let close = |value: Option<f64>, wanted: f64| {
            let value = value.unwrap();
            assert!((value - wanted).abs() < wanted * 1e-9, "{value} {wanted}");
        };
        close(lane.cpu_us(), 8.0);
        close(lane.bytes(), 200.0);
        close(lane.requests(), 0.01);
        // 0.8 s of CPU for 1,000 clients in 10 s.
        close(lane.cpu_ms_an_hour(), 288.0);
        close(lane.requests_an_hour(), 360.0);
        close(lane.idle_ms_an_hour(), 7.2);
        close(lane.kernel_kib(), 8_192.0);
        assert!(lane.is_whole());
    }

    #[test]
    fn a_missing_delivery_is_missed_whoever_counts_it() {
        let mut lane = made_up(Contender::Plain, Transport::Sse, 0, 8.0);
        lane.numbers.as_mut().unwrap().delivered -= 1;
        assert!(!lane.is_whole());
    }
}
