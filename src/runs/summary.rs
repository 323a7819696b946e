//! What a list shows of a run, into the database and out of it.

use super::{record::Record, saved::Summary, store::Row, types::Mode};
use crate::{
    lab::{
        settings::{Field, Lanes, Settings},
        workload::Preset,
    },
    stats::{BlockCounts, Latencies, Latency},
    transport::Transport,
};

/// The columns of a record.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) saved_us: u64,
    pub(super) mode: &'static str,
    pub(super) preset: Option<&'static str>,
    pub(super) rate: f64,
    pub(super) payload: u32,
    pub(super) duration_s: u32,
    pub(super) distance_ms: u32,
    pub(super) client: String,
    pub(super) load: bool,
    pub(super) events: u64,
    pub(super) flags: u32,
    pub(super) medians: String,
}

/// What the list needs to know of a record.
pub(super) fn columns(record: &Record) -> Columns {
    let median = |lane: &super::record::LaneRecord| {
        let median = Latencies::from_blocks(&lane.client.histogram).median();
        let us = match median.map(|median| median.value) {
            Some(Latency::Micros(us)) => us.to_string(),
            Some(Latency::Infinite) => NEVER.to_owned(),
            None => String::new(),
        };
        format!("{}={us}", lane.client.transport.slug())
    };
    let medians: Vec<String> = record.lanes.iter().map(median).collect();
    Columns {
        saved_us: record.saved_us,
        mode: record.mode.slug(),
        preset: preset(record).map(Preset::slug),
        rate: record.workload.rate,
        payload: record.workload.payload,
        duration_s: record.workload.duration_s,
        distance_ms: record.distance_ms,
        client: record.client.name.clone(),
        load: record.is_load(),
        events: record.published,
        flags: u32::try_from(record.flags.len()).unwrap_or(u32::MAX),
        medians: medians.join(" "),
    }
}

/// The preset whose settings the run had, if any.
pub(super) fn preset(record: &Record) -> Option<Preset> {
    let settings = settings(record);
    Preset::ALL.into_iter().find(|preset| settings.is(*preset))
}

/// How a median that never came is written.
const NEVER: &str = "never";

/// A row of the list; `None` for one that makes no sense.
pub(super) fn summary(row: Row) -> Option<Summary> {
    let named = |slug: &str| Preset::ALL.into_iter().find(|preset| preset.slug() == slug);
    Some(Summary {
        id: row.id.parse().ok()?,
        saved_us: u64::try_from(row.saved_us).ok()?,
        imported: row.imported_us.is_some(),
        name: row.name,
        mode: Mode::ALL.into_iter().find(|mode| mode.slug() == row.mode),
        preset: row.preset.as_deref().and_then(named),
        rate: row.rate,
        payload: row.payload,
        duration_s: row.duration_s,
        distance_ms: row.distance_ms,
        client: row.client,
        events: u64::try_from(row.events).ok()?,
        flags: row.flags,
        medians: row.medians.split_whitespace().filter_map(median).collect(),
    })
}

fn median(text: &str) -> Option<(Transport, Option<f64>)> {
    let (slug, us) = text.split_once('=')?;
    let transport = Lanes::ALL.into_iter().find(|one| one.slug() == slug)?;
    let us = match us {
        NEVER => Some(f64::INFINITY),
        us => us.parse().ok(),
    };
    Some((transport, us))
}

/// How many blocks each lane had when lanes took turns; as usual otherwise. The blocks of all
/// lanes are numbered through.
fn blocks(record: &Record) -> u32 {
    let usual = Settings::default().blocks;
    let blocks = record.lanes.iter().flat_map(|lane| &lane.client.histogram);
    let known = blocks
        .map(|block| block.block)
        .filter(|block| *block != BlockCounts::UNKNOWN);
    let (Some(last), Mode::InTurn, Ok(lanes)) =
        (known.max(), record.mode, u32::try_from(record.lanes.len()))
    else {
        return usual;
    };
    let (_, most, _) = Field::Blocks.range();
    (last / lanes.max(1) + 1).min(most as u32)
}

/// The controls as they were set for the run. A seed that the lab cannot set stands as its own.
pub(super) fn settings(record: &Record) -> Settings {
    let workload = record.workload;
    let lanes = record.lanes.iter().map(|lane| lane.client.transport);
    Settings {
        rate: workload.rate,
        arrivals: workload.arrivals,
        payload: workload.payload,
        poll_interval_ms: record.poll_interval_ms,
        wait_s: record.wait_s,
        duration_s: workload.duration_s,
        seed: u32::try_from(workload.seed).unwrap_or_default(),
        blocks: blocks(record),
        lanes: lanes.fold(Lanes::NONE, |set, transport| set.with(transport, true)),
    }
}
