//! What a record must be like to be kept: everything that a stranger hands in has a bound, and
//! nothing in it contradicts itself.

use std::collections::HashSet;

use serde::Serialize;

use super::{LoadRecord, Record};
use crate::{
    lab::{lane::State, workload::WorkloadError},
    runs::types::{BlockCounts, LaneRecording, MAX_RECEIPTS},
    transport::counters::LaneCounters,
};

/// How long a run's name is at most, in characters.
pub const MAX_NAME: usize = 120;
/// How many lanes a run has at most.
const MAX_LANES: usize = 32;
/// How many subscribers a lane has at most.
const MAX_SUBSCRIBERS: u32 = 1_000_000;
/// How many flags a run has at most.
const MAX_FLAGS: usize = 1_000;
/// How many ranges or numbers of a lane's ledger are kept at most.
const MAX_LISTED: usize = 1_000;
/// How many blocks and buckets a lane's histogram has at most: an hour of the fastest workload.
const MAX_BLOCKS: usize = 8_192;
const MAX_BUCKETS: usize = 1_000_000;
/// The largest number: what every reader of JSON holds exactly.
const MAX_NUMBER: u64 = (1 << 53) - 1;
/// The longest latency and the longest difference of times, µs: a day.
const MAX_US: u64 = 86_400_000_000;

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
    let well = text.chars().count() <= longest && !text.chars().any(char::is_control);
    must(
        well,
        what,
        "a text that is not so long, without control characters",
    )
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
                .and_then(|()| check_lane(&lane.client))
                .and_then(|()| lane.server.as_ref().map_or(Ok(()), check_counters))
                .and_then(|()| lane.load.as_ref().map_or(Ok(()), check_load))
                .map_err(|(what, rule)| RecordError::Lane {
                    lane: place + 1,
                    what,
                    rule,
                })?;
        }
        Ok(())
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
        whole(&[self.saved_us], "saved_us")?;
        whole(&[self.start_us], "start_us")?;
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

fn check_lane(lane: &LaneRecording) -> Result<(), Broken> {
    must(lane.twin <= 15, "twin", "at most 15")?;
    let known = State::from_slug(&lane.state).is_some();
    must(known, "state", "a state of a lane, as in \"ended\"")?;
    short(&lane.reason, 1_000, "reason")?;
    short(&lane.protocol, 32, "protocol")?;
    let counts = [
        lane.delivered,
        lane.lost,
        lane.duplicated,
        lane.reordered,
        lane.requests,
        lane.wasted,
        lane.reconnects,
        lane.skipped,
        lane.gaps,
    ];
    whole(&counts, "counts")?;
    must(
        lane.reordered <= lane.delivered,
        "reordered",
        "at most delivered",
    )?;
    check_ranges(&lane.lost_ranges)?;
    for (seqs, what) in [
        (&lane.duplicated_seqs, "duplicated_seqs"),
        (&lane.reordered_seqs, "reordered_seqs"),
    ] {
        must(seqs.len() <= MAX_LISTED, what, "at most 1,000")?;
        whole(seqs, what)?;
    }
    check_histogram(&lane.histogram, lane.delivered)?;
    check_receipts(lane)
}

fn check_ranges(ranges: &[(u64, u64)]) -> Result<(), Broken> {
    let what = "lost_ranges";
    must(ranges.len() <= MAX_LISTED, what, "at most 1,000")?;
    let mut before = 0;
    for &(from, to) in ranges {
        must(
            from > before && to >= from,
            what,
            "ascending, each from ≤ to, from 1 on",
        )?;
        whole(&[to], what)?;
        before = to;
    }
    Ok(())
}

fn check_histogram(blocks: &[BlockCounts], delivered: u64) -> Result<(), Broken> {
    let what = "histogram";
    must(blocks.len() <= MAX_BLOCKS, what, "at most 8,192 blocks")?;
    let buckets: usize = blocks.iter().map(|block| block.counts.len()).sum();
    must(buckets <= MAX_BUCKETS, what, "at most 1,000,000 buckets")?;
    must(
        blocks.is_sorted_by(|one, two| one.block < two.block),
        what,
        "blocks in ascending order",
    )?;
    let mut events = 0_u64;
    for block in blocks {
        must(
            block.counts.is_sorted_by(|one, two| one.0 < two.0),
            what,
            "buckets in ascending order",
        )?;
        for &(us, count) in &block.counts {
            must(
                us.unsigned_abs() <= MAX_US,
                what,
                "latencies of at most a day",
            )?;
            must(count > 0, what, "no empty buckets")?;
            events += u64::from(count);
        }
    }
    must(
        events <= delivered,
        what,
        "at most as many events as were delivered",
    )
}

fn check_receipts(lane: &LaneRecording) -> Result<(), Broken> {
    let (what, receipts) = ("receipts", &lane.receipts);
    must(receipts.len() <= MAX_RECEIPTS, what, "at most 20,000")?;
    let delivered = receipts.len() as u64 <= lane.delivered;
    must(delivered, what, "at most as many as were delivered")?;
    let mut before = 0;
    for &(seq, at, latency) in receipts {
        must(seq > before, what, "in ascending order, from 1 on")?;
        whole(&[seq], what)?;
        let times = at.unsigned_abs() <= MAX_US && latency.unsigned_abs() <= MAX_US;
        must(times, what, "times within a day of the start")?;
        before = seq;
    }
    Ok(())
}

fn check_counters(counters: &LaneCounters) -> Result<(), Broken> {
    whole(&numbers(counters), "server")
}

fn check_load(load: &LoadRecord) -> Result<(), Broken> {
    let few = (1..=MAX_SUBSCRIBERS).contains(&load.subscribers);
    must(few, "load.subscribers", "1 to 1,000,000")?;
    whole(&numbers(load), "load")
}

/// All numbers of a thing, by its JSON, so that none that is added later can be forgotten here.
fn numbers(of: &impl Serialize) -> Vec<u64> {
    let told = serde_json::to_value(of).unwrap_or_default();
    let numbers = told.as_object().into_iter().flat_map(|told| told.values());
    numbers.filter_map(serde_json::Value::as_u64).collect()
}
