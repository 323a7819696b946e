//! The words for a run that is over: what the browser hands in, and what is kept of it.
//!
//! The browser hands in a [`Recording`]: what only it can know, in whole numbers (writing or
//! reading a decimal costs ten KiB of WebAssembly). The server adds what it knows by itself, the
//! workload, the publisher's lateness, the lanes' counters, and keeps the whole as a
//! `record::Record` \[ssr\], whose JSON is `schema/run-v1.json`.

use serde::{Deserialize, Serialize};

pub use crate::stats::BlockCounts;
use crate::{event::LaneName, transport::Transport};

/// In which order the lanes of a run are fed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// All lanes get the same events at the same moment.
    #[default]
    Together,
    /// Each lane alone in short blocks, interleaved and shuffled.
    InTurn,
    /// Each transport in two lanes, together: what these differ by is this browser's bias.
    SelfCheck,
}

impl Mode {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Together, Self::InTurn, Self::SelfCheck];

    /// Its name in attributes, addresses and locale keys.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Together => "together",
            Self::InTurn => "in-turn",
            Self::SelfCheck => "self-check",
        }
    }
}

/// What may have disturbed a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlagKind {
    /// The document was hidden, so that the browser may have slowed its timers.
    TabHidden,
    /// The main thread did something else for so long; `value`: the longest, in ms.
    MainThreadBlocked,
    /// The browser does not tell of long tasks.
    LongTasksNotObservable,
    /// The browser's timer has a coarse step; `value`: the step, in µs.
    TimerCoarse,
    /// The publisher's 99th percentile of lateness was 0.1 ms or more; `value`: µs.
    PublisherLate,
    /// Even arrivals met the polls at the same places; `value`: how many places.
    Commensurate,
    /// Polls could not start on their tick; `value`: how many.
    SkippedPolls,
    /// The browser did not keep up with what came.
    BrowserSaturated,
    /// The load generator did not keep its schedule.
    GeneratorSaturated,
    /// Requests overtook answers on a connection, so that bytes are approximate.
    Pipelined,
    /// Lanes went over HTTP/2, where only bodies' bytes are counted; `value`: how many lanes.
    BodiesOnly,
    /// The clocks contradicted each other and were matched anew; `value`: how often.
    ClockRestarted,
    /// A lane did not open, or failed, and takes no part in the verdict.
    LaneMissing,
    /// The page has no secure context, so that the browser coarsens its clock.
    InsecureContext,
}

impl FlagKind {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::TabHidden,
        Self::MainThreadBlocked,
        Self::LongTasksNotObservable,
        Self::TimerCoarse,
        Self::PublisherLate,
        Self::Commensurate,
        Self::SkippedPolls,
        Self::BrowserSaturated,
        Self::GeneratorSaturated,
        Self::Pipelined,
        Self::BodiesOnly,
        Self::ClockRestarted,
        Self::LaneMissing,
        Self::InsecureContext,
    ];

    /// Its name in attributes and locale keys.
    pub fn slug(self) -> &'static str {
        match self {
            Self::TabHidden => "tab-hidden",
            Self::MainThreadBlocked => "main-thread-blocked",
            Self::LongTasksNotObservable => "long-tasks-not-observable",
            Self::TimerCoarse => "timer-coarse",
            Self::PublisherLate => "publisher-late",
            Self::Commensurate => "commensurate",
            Self::SkippedPolls => "skipped-polls",
            Self::BrowserSaturated => "browser-saturated",
            Self::GeneratorSaturated => "generator-saturated",
            Self::Pipelined => "pipelined",
            Self::BodiesOnly => "bodies-only",
            Self::ClockRestarted => "clock-restarted",
            Self::LaneMissing => "lane-missing",
            Self::InsecureContext => "insecure-context",
        }
    }
}

/// One disturbance of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// What.
    pub kind: FlagKind,
    /// From when on, µs since the run's start; 0 with `to_us` 0 where it holds for the whole run.
    pub from_us: u64,
    /// Until when, µs since the run's start.
    pub to_us: u64,
    /// How much; its unit is the kind's. 0 where there is nothing to count.
    pub value: u64,
}

/// One event's receipt: the event's number, its `at` in µs since the run's start, and its latency
/// in µs.
pub type Receipt = (u64, i64, i64);

/// How many receipts of a lane are kept.
pub const MAX_RECEIPTS: usize = 20_000;

/// What the browser knows of one lane when the run is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneRecording {
    /// How its events travelled.
    pub transport: Transport,
    /// Which of a transport's lanes: 0, and 1 for the second of a self-check.
    pub twin: u8,
    /// The name of its counters on the server.
    pub lane: LaneName,
    /// What its connection was doing when the run ended, as in `lab::lane::State::slug`.
    pub state: String,
    /// Why it failed or was cut, as far as the browser was told; empty where it was not.
    pub reason: String,
    /// The HTTP version that its requests used, as the browser calls it: `http/1.1`, `h2`; empty
    /// where the browser does not tell.
    pub protocol: String,
    /// Different events received.
    pub delivered: u64,
    /// Events that a gap told or that were never seen.
    pub lost: u64,
    /// Receipts of events received before.
    pub duplicated: u64,
    /// Events received after a later one.
    pub reordered: u64,
    /// The lost events' numbers, both ends included, at most 1,000 ranges.
    pub lost_ranges: Vec<(u64, u64)>,
    /// The numbers of the first 1,000 duplicate receipts.
    pub duplicated_seqs: Vec<u64>,
    /// The numbers of the first 1,000 events out of order.
    pub reordered_seqs: Vec<u64>,
    /// HTTP requests as the browser made them.
    pub requests: u64,
    /// Answers with neither event nor gap.
    pub wasted: u64,
    /// How often the lane came back after a cut.
    pub reconnects: u64,
    /// Polls that could not start on their tick.
    pub skipped: u64,
    /// Gaps told.
    pub gaps: u64,
    /// For how long the lane was open in all, µs: what its costs for an hour are reckoned from;
    /// absent where nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_us: Option<u64>,
    /// The latency histogram, block by block.
    pub histogram: Vec<BlockCounts>,
    /// Up to [`MAX_RECEIPTS`] receipts, in the order of the log; in all lanes of the same events.
    pub receipts: Vec<Receipt>,
}

/// What the browser hands in when a measurement has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// The run's name on the server, as `lab::api::PreparedRun` told it: what the server knows of
    /// the run it looks up by it.
    pub run: String,
    /// In which order the lanes were fed.
    pub mode: Mode,
    /// From the start of one poll to the start of the next, ms.
    pub poll_interval_ms: u32,
    /// For how long the server may hold a long poll, s.
    pub wait_s: u32,
    /// How much farther away the server was made, round trip, ms: 0, 20 or 150.
    pub distance_ms: u32,
    /// When publishing began, µs since the Unix epoch on the server's clock.
    pub start_us: u64,
    /// How long a block is, µs.
    pub block_us: u64,
    /// The browser's name and version.
    pub browser: String,
    /// Its `navigator.userAgent`.
    pub user_agent: String,
    /// The step of its timer, ns.
    pub step_ns: u64,
    /// Whether the page was cross-origin isolated.
    pub isolated: bool,
    /// Whether the page had a secure context.
    pub secure: bool,
    /// The largest clock error with which a latency was measured, ± µs.
    pub clock_error_us: u64,
    /// The shortest round trip of an exchange of clocks, µs.
    pub round_trip_us: u64,
    /// How fast the browser's clock gained on the server's, parts per billion.
    pub drift_ppb: i64,
    /// This browser's bias as its last self-check found it, transport by transport, µs; empty
    /// where there was none.
    pub bias_us: Vec<(Transport, u64)>,
    /// What may have disturbed the run.
    pub flags: Vec<Flag>,
    /// The lanes, in the order in which they are shown.
    pub lanes: Vec<LaneRecording>,
}
