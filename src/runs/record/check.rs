//! What a record must be like to be kept: everything that a stranger hands in has a bound, and
//! nothing in it contradicts itself.

use std::collections::HashSet;

use super::{LaneRecord, Record};
use crate::lab::{
    budget::{Seat, seats},
    settings::Lanes,
    workload::WorkloadError,
};

mod lane;

/// How long a run's name is at most, in characters.
pub const MAX_NAME: usize = 120;
/// How many lanes a run has at most: one of the load generator. A browser has no more than the lab.
const MAX_LANES: usize = 32;
/// Which of a transport's numbers of subscribers a lane of the load generator has, from 0.
const MAX_STEP: u8 = 15;
/// How many flags a run has at most.
const MAX_FLAGS: usize = 1_000;
/// How many ranges or numbers of a lane's ledger are kept at most.
pub const MAX_LISTED: usize = 1_000;
/// The largest number: what every reader of JSON holds exactly.
const MAX_NUMBER: u64 = (1 << 53) - 1;
/// The longest latency and the longest difference of times, µs: a day.
const DAY_US: u64 = 86_400_000_000;
/// The last moment that is taken for one, µs since the Unix epoch: the end of the year 2099.
const LAST_US: u64 = 4_102_444_800_000_000;
/// How much later than it was saved a run may have begun, µs: two clocks, or one that was set.
const CLOCKS_US: u64 = 60_000_000;

/// Why a record is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Not JSON, or not that of a run.
    #[error("this is not the JSON of a run: {0}")]
    Json(String),
    /// It does not say what it is.
    #[error("this JSON has no `schema`; a saved run says \"schema\": \"pushpull-run-v1\"")]
    NoSchema,
    /// It is something else, or of another version.
    #[error(
        "this file says that it is {0:?}; this pushpull reads pushpull-run-v1. Export the run \
         with a pushpull of the same version, or import it there"
    )]
    OtherSchema(String),
    /// The workload is out of range.
    #[error("the run's workload: {0}")]
    Workload(#[from] WorkloadError),
    /// A value of the run is out of range.
    #[error("the run's {what}: {rule}")]
    Run {
        /// Which value.
        what: &'static str,
        /// What it has to be.
        rule: &'static str,
    },
    /// A value of a lane is out of range.
    #[error("lane {lane}, {what}: {rule}")]
    Lane {
        /// Which lane, from 1.
        lane: usize,
        /// Which value.
        what: &'static str,
        /// What it has to be.
        rule: &'static str,
    },
}

impl RecordError {
    pub(super) fn json(error: &serde_json::Error) -> Self {
        // It names the place and what was expected there; never the whole input.
        Self::Json(error.to_string().chars().take(300).collect())
    }

    /// The word by which programs tell errors apart.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherSchema(_) | Self::NoSchema => "other_schema",
            _ => "bad_run",
        }
    }
}

/// A value and the rule that it breaks.
type Broken = (&'static str, &'static str);

/// Breaks off with what is wrong unless all is well.
fn must(well: bool, what: &'static str, rule: &'static str) -> Result<(), Broken> {
    if well { Ok(()) } else { Err((what, rule)) }
}

fn short(text: &str, longest: usize, what: &'static str) -> Result<(), Broken> {
    must(
        is_line(text, longest),
        what,
        "a text that is not so long, without control characters and marks of direction",
    )
}

/// Whether a text is one line of at most so many characters, which are shown as they follow each
/// other: a mark of direction could turn round what stands beside it on a page.
pub fn is_line(text: &str, longest: usize) -> bool {
    let breaks = |letter: char| {
        letter.is_control()
            || matches!(
                letter,
                '\u{061c}'
                    | '\u{200e}'
                    | '\u{200f}'
                    | '\u{2028}'..='\u{202e}'
                    | '\u{2066}'..='\u{2069}'
            )
    };
    text.chars().count() <= longest && !text.chars().any(breaks)
}

fn whole(numbers: &[u64], what: &'static str) -> Result<(), Broken> {
    let well = numbers.iter().all(|&number| number <= MAX_NUMBER);
    must(well, what, "at most 2^53 - 1")
}

impl Record {
    /// Whether all of it lies in its range and agrees with the rest.
    pub fn check(&self) -> Result<(), RecordError> {
        self.workload.check()?;
        self.check_run()
            .map_err(|(what, rule)| RecordError::Run { what, rule })?;
        let mut seen = HashSet::new();
        for (place, lane) in self.lanes.iter().enumerate() {
            let own = seen.insert((lane.client.transport, lane.client.twin));
            must(own, "transport and twin", "no two lanes have the same")
                .and_then(|()| self.check_seat(lane))
                .and_then(|()| lane::check(lane, self.published))
                .map_err(|(what, rule)| RecordError::Lane {
                    lane: place + 1,
                    what,
                    rule,
                })?;
        }
        Ok(())
    }

    /// The same of a run that comes from elsewhere, at that moment, µs since the Unix epoch.
    pub fn check_at(&self, now_us: u64) -> Result<(), RecordError> {
        self.check()?;
        let past = self.saved_us <= now_us.saturating_add(DAY_US);
        must(past, "saved_us", "not later than this server's own time")
            .map_err(|(what, rule)| RecordError::Run { what, rule })
    }

    /// Whether a run of this kind has such a lane.
    fn check_seat(&self, lane: &LaneRecord) -> Result<(), Broken> {
        let (transport, twin) = (lane.client.transport, lane.client.twin);
        if self.is_load() {
            must(twin <= MAX_STEP, "twin", "at most 15")?;
            return must(lane.load.is_some(), "load", "in all lanes or in none");
        }
        let all = Lanes::NONE.with(transport, true);
        let seat = Seat { transport, twin };
        // A self-check of a server-function lane alone is one of no lanes.
        let has = seats(all, self.mode).contains(&seat);
        must(
            has,
            "twin",
            "0; in a self-check, whose lanes are the plain transports, 0 or 1",
        )
    }

    fn check_run(&self) -> Result<(), Broken> {
        short(&self.name, MAX_NAME, "name")?;
        short(&self.server.version, 64, "server.version")?;
        short(&self.server.revision, 64, "server.revision")?;
        short(&self.client.name, 120, "client.name")?;
        let agent = self.client.user_agent.as_deref().unwrap_or_default();
        short(agent, 1_000, "client.user_agent")?;
        let step = self.client.step_ns.unwrap_or_default();
        must(step <= 60_000_000_000, "client.step_ns", "at most a minute")?;
        let polls = (50..=60_000).contains(&self.poll_interval_ms);
        must(polls, "poll_interval_ms", "50 to 60,000")?;
        must((1..=60).contains(&self.wait_s), "wait_s", "1 to 60")?;
        must(self.distance_ms <= 60_000, "distance_ms", "at most 60,000")?;
        let block = (1_000..=3_600_000_000).contains(&self.block_us);
        must(block, "block_us", "1,000 to 3,600,000,000")?;
        let lateness = self.lateness_p99_us.unwrap_or_default();
        let when = self.saved_us <= LAST_US;
        must(when, "saved_us", "before the year 2100")?;
        let before = self.start_us <= self.saved_us.saturating_add(CLOCKS_US);
        must(before, "start_us", "not later than saved_us")?;
        whole(&[self.published], "published")?;
        whole(&[lateness], "lateness_p99_us")?;
        if let Some(clock) = self.clock {
            whole(&[clock.error_us, clock.round_trip_us], "clock")?;
            let drift = clock.drift_ppb.unsigned_abs();
            must(drift <= 1_000_000_000, "clock.drift_ppb", "at most ±10^9")?;
        }
        let few = self.bias_us.len() <= MAX_LANES;
        must(few, "bias_us", "at most one number for each transport")?;
        for &(_, us) in &self.bias_us {
            whole(&[us], "bias_us")?;
        }
        must(self.flags.len() <= MAX_FLAGS, "flags", "at most 1,000")?;
        for flag in &self.flags {
            must(
                flag.from_us <= flag.to_us,
                "flags",
                "from_us is at most to_us",
            )?;
            whole(&[flag.to_us, flag.value], "flags")?;
        }
        let lanes = (1..=MAX_LANES).contains(&self.lanes.len());
        must(lanes, "lanes", "1 to 32")
    }
}

impl LaneRecord {
    /// Whether a lane of the load generator, of whose run nothing else is known yet, lies in its
    /// ranges and agrees with itself.
    pub fn check_alone(&self) -> Result<(), RecordError> {
        let published = self.load.as_ref().map(|load| load.published);
        must(published.is_some(), "load", "what the load generator knows")
            .and_then(|()| must(self.client.twin <= MAX_STEP, "twin", "at most 15"))
            .and_then(|()| lane::check(self, published.unwrap_or_default()))
            .map_err(|(what, rule)| RecordError::Lane {
                lane: 1,
                what,
                rule,
            })
    }
}
