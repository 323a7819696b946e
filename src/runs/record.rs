//! What is kept of a run. Its JSON is the file that leaves the house and comes back:
//! `schema/run-v1.json` describes it.

use serde::{Deserialize, Serialize};

use super::types::{Flag, LaneRecording, Mode, Recording};
use crate::{
    event::LaneName,
    lab::workload::Workload,
    transport::{Transport, counters::LaneCounters},
};

#[cfg(test)]
pub(crate) mod any;
mod check;

pub use check::{MAX_LISTED, MAX_NAME, RecordError, is_line};

/// The version of the file: a reader of another one cannot know what it means.
pub const SCHEMA: &str = "pushpull-run-v1";

/// A run that is over, whoever measured it: a browser, or the load generator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`SCHEMA`].
    pub schema: String,
    /// The name that people gave it; may be empty.
    #[serde(default)]
    pub name: String,
    /// When it was saved, µs since the Unix epoch.
    pub saved_us: u64,
    /// What published it.
    pub server: ServerVersion,
    /// What was published.
    pub workload: Workload,
    /// How many events were published.
    pub published: u64,
    /// How late the publisher was, 99th percentile in µs; absent where nothing was published.
    pub lateness_p99_us: Option<u64>,
    /// In which order the lanes were fed.
    pub mode: Mode,
    /// From the start of one poll to the start of the next, ms.
    pub poll_interval_ms: u32,
    /// For how long the server could hold a long poll, s.
    pub wait_s: u32,
    /// How much farther away the server was made, round trip, ms.
    #[serde(default)]
    pub distance_ms: u32,
    /// When publishing began, µs since the Unix epoch on the server's clock.
    pub start_us: u64,
    /// How long a block is, µs.
    pub block_us: u64,
    /// What received it.
    pub client: Client,
    /// How the two clocks were matched; absent where server and client had the same.
    pub clock: Option<ClockMatch>,
    /// The instrument's bias as its last self-check found it, transport by transport, µs.
    #[serde(default)]
    pub bias_us: Vec<(Transport, u64)>,
    /// What may have disturbed the run.
    #[serde(default)]
    pub flags: Vec<Flag>,
    /// The lanes, in the order in which they are shown.
    pub lanes: Vec<LaneRecord>,
}

/// The server that published a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerVersion {
    /// pushpull's version.
    pub version: String,
    /// The git revision that it was built from, or `unknown`.
    pub revision: String,
}

impl ServerVersion {
    /// What is not known of a server.
    pub const UNKNOWN: &str = "unknown";

    /// This server's. The release's build script tells the revision; asking git in every build
    /// would compile everything anew after each commit.
    pub fn here() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            revision: option_env!("PUSHPULL_REVISION")
                .filter(|revision| !revision.is_empty())
                .unwrap_or(Self::UNKNOWN)
                .to_owned(),
        }
    }
}

/// The program that received a run. What only a browser has is absent elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its name and version.
    pub name: String,
    /// A browser's `navigator.userAgent`.
    pub user_agent: Option<String>,
    /// The step of its timer, ns.
    pub step_ns: Option<u64>,
    /// Whether the page was cross-origin isolated.
    pub isolated: Option<bool>,
    /// Whether the page had a secure context.
    pub secure: Option<bool>,
}

/// How the client's clock was matched with the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockMatch {
    /// The largest clock error with which a latency was measured, ± µs.
    pub error_us: u64,
    /// The shortest round trip of an exchange of clocks, µs.
    pub round_trip_us: u64,
    /// How fast the client's clock gained on the server's, parts per billion.
    #[serde(default)]
    pub drift_ppb: i64,
}

/// One lane, seen from both ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneRecord {
    /// What the client received.
    pub client: LaneRecording,
    /// What the server counted; absent where it no longer knew the lane.
    pub server: Option<LaneCounters>,
    /// What the load generator knows beside; absent for a lane of one browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<LoadRecord>,
}

/// A lane of many subscribers, each of which received the whole log. Bytes and times are those from
/// the first event to the last delivery; what nobody looked at, or the kernel does not tell, is
/// absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadRecord {
    /// How many there were.
    pub subscribers: u32,
    /// How many events were published in this lane's time.
    pub published: u64,
    /// How long that was, µs.
    pub wall_us: u64,
    /// TCP payload that the subscribers read.
    pub bytes_in: u64,
    /// TCP payload that they wrote.
    pub bytes_out: u64,
    /// CPU time of the generator, µs.
    pub own_cpu_us: u64,
    /// How long a socket that had something waited for the generator at most, 99th percentile, µs.
    pub own_delay_p99_us: u64,
    /// How the generator itself was the limit: then the lane says nothing of the server.
    #[serde(default)]
    pub saturated: Option<LoadLimit>,
    /// CPU time of the server's processes, µs.
    #[serde(default)]
    pub server_cpu_us: Option<u64>,
    /// How long all were open before the first event, µs.
    #[serde(default)]
    pub idle_us: u64,
    /// CPU time of the server's processes meanwhile, µs.
    #[serde(default)]
    pub idle_cpu_us: Option<u64>,
    /// The server's processes' proportional set size before the first connection, bytes.
    #[serde(default)]
    pub pss_before: Option<u64>,
    /// The same with all open and no event yet.
    #[serde(default)]
    pub pss_open: Option<u64>,
    /// The same after the last event.
    #[serde(default)]
    pub pss: Option<u64>,
    /// The kernel's objects for all sockets of the machine before the first connection, bytes.
    #[serde(default)]
    pub kernel_before: Option<u64>,
    /// The same after the last event; both ends' where the server is on the same machine.
    #[serde(default)]
    pub kernel: Option<u64>,
    /// Buffers of all TCP sockets of the machine after the last event, bytes.
    #[serde(default)]
    pub buffers: Option<u64>,
}

/// How the load generator was the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoadLimit {
    /// Events went out late.
    Late,
    /// What had arrived waited to be read.
    Slow,
    /// A thread of it, or the process, used all that it may.
    Busy,
}

impl LoadLimit {
    /// Its name in locale keys.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Slow => "slow",
            Self::Busy => "busy",
        }
    }
}

impl LaneRecord {
    /// How many subscribers the load generator had in it; 0 for a browser's lane.
    pub fn subscribers(&self) -> u32 {
        self.load.as_ref().map_or(0, |load| load.subscribers)
    }
}

/// What the server knows of a run by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known {
    /// What was published.
    pub workload: Workload,
    /// How many events.
    pub published: u64,
    /// How late, 99th percentile in µs.
    pub lateness_p99_us: Option<u64>,
}

impl Record {
    /// Whether the load generator measured it.
    pub fn is_load(&self) -> bool {
        self.lanes.iter().any(|lane| lane.load.is_some())
    }

    /// Puts together what the browser and the server know, and checks it.
    pub fn of(
        recording: Recording,
        known: Known,
        saved_us: u64,
        counted: impl Fn(&LaneName) -> Option<LaneCounters>,
    ) -> Result<Self, RecordError> {
        let lane = |client: LaneRecording| LaneRecord {
            server: counted(&client.lane),
            client,
            load: None,
        };
        let record = Self {
            schema: SCHEMA.to_owned(),
            name: String::new(),
            saved_us,
            server: ServerVersion::here(),
            workload: known.workload,
            published: known.published,
            lateness_p99_us: known.lateness_p99_us,
            mode: recording.mode,
            poll_interval_ms: recording.poll_interval_ms,
            wait_s: recording.wait_s,
            distance_ms: recording.distance_ms,
            start_us: recording.start_us,
            block_us: recording.block_us,
            client: Client {
                name: recording.browser,
                user_agent: Some(recording.user_agent),
                step_ns: Some(recording.step_ns),
                isolated: Some(recording.isolated),
                secure: Some(recording.secure),
            },
            clock: Some(ClockMatch {
                error_us: recording.clock_error_us,
                round_trip_us: recording.round_trip_us,
                drift_ppb: recording.drift_ppb,
            }),
            bias_us: recording.bias_us,
            flags: recording.flags,
            lanes: recording.lanes.into_iter().map(lane).collect(),
        };
        record.check()?;
        Ok(record)
    }

    /// Reads a file, whoever wrote it.
    pub fn from_json(json: &[u8]) -> Result<Self, RecordError> {
        #[derive(Deserialize)]
        struct Head {
            schema: Option<String>,
        }
        // Before all else: what another version says need not make sense to this one.
        let head: Head = serde_json::from_slice(json).map_err(|error| RecordError::json(&error))?;
        match head.schema {
            Some(schema) if schema == SCHEMA => {}
            Some(other) => return Err(RecordError::OtherSchema(other.chars().take(80).collect())),
            None => return Err(RecordError::NoSchema),
        }
        let record: Self =
            serde_json::from_slice(json).map_err(|error| RecordError::json(&error))?;
        record.check()?;
        Ok(record)
    }

    /// The file.
    pub fn to_json(&self) -> Vec<u8> {
        // It fails for maps whose keys are no strings; there is none.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests;
