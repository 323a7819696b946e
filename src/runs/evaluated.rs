//! What a record says: the lab's own state for a run that is over, so that a saved run is told by
//! the same words and rows as a running one.

use std::collections::HashSet;

use super::{
    record::{LaneRecord, Record},
    summary::{self, settings},
    types::{LaneRecording, Mode},
};
use crate::{
    lab::{
        bias::{Twins, twins},
        board::{Instrument, State},
        figures::{Centre, Figures, Numbers, in_ms},
        judgement::{Contestant, Judgement, comparison, rules},
        lane::State as LaneState,
        query::Asked,
        run::{Kind, Phase, RunView},
        workload::Preset,
    },
    stats::{BlockCounts, Evidence, Latencies, PairedLatencies},
    transport::Transport,
};

/// A run that is over, with its percentiles and its verdict.
#[derive(Debug)]
pub struct Evaluated {
    /// Lane by lane, how late its events came.
    pub latencies: Vec<Latencies>,
    /// What the lab would show: one state for each twin's number, since a state has one lane for
    /// each transport.
    states: Vec<State>,
}

impl Evaluated {
    /// Evaluates a record. Costs some ten ms for a full one.
    pub fn of(record: &Record) -> Self {
        let latencies: Vec<Latencies> = record
            .lanes
            .iter()
            .map(|lane| Latencies::from_blocks(&lane.client.histogram))
            .collect();
        let Judged {
            judgement,
            twins: found,
        } = judged(record, &latencies);
        let twins = record.lanes.iter().map(|lane| lane.client.twin).max();
        let state = |twin| State {
            ready: true,
            settings: settings(record),
            run: RunView {
                phase: Phase::Ended,
                kind: Kind::Measurement,
                settings: settings(record),
                published: record.published,
                lateness_p99_us: record.lateness_p99_us,
                mode: record.mode,
                in_turn: took_turns(record),
                ..RunView::default()
            },
            instrument: instrument(record),
            judgement: judgement.clone(),
            twins: found.clone(),
            flags: record.flags.clone(),
            mode: record.mode,
            figures: figures(record, &latencies, twin),
            ..State::default()
        };
        Self {
            states: (0..=twins.unwrap_or_default()).map(state).collect(),
            latencies,
        }
    }

    /// The lab's state for the lanes of that twin's number: 0 for the run as a whole.
    pub fn state(&self, twin: u8) -> Option<&State> {
        self.states.get(usize::from(twin))
    }
}

/// What the comparison of the lanes says.
struct Judged {
    judgement: Judgement,
    twins: Vec<Twins>,
}

/// Judges the lanes as the lab does: by the same events where all lanes got them, else by blocks;
/// and twins by each other.
fn judged(record: &Record, latencies: &[Latencies]) -> Judged {
    if record.is_load() {
        // Its lanes follow each other, each as a whole: what changed meanwhile on the machine would
        // be taken for a difference between them.
        return Judged {
            judgement: Judgement::default(),
            twins: Vec::new(),
        };
    }
    let lanes: Vec<Contestant<'_>> = record
        .lanes
        .iter()
        .zip(latencies)
        .map(|(lane, latencies)| Contestant {
            transport: lane.client.transport,
            latencies,
            took_part: took_part(&lane.client),
        })
        .collect();
    let transports: Vec<Transport> = lanes.iter().map(|lane| lane.transport).collect();
    let in_turn = took_turns(record);
    let bias = |of: Transport| {
        let known = record
            .bias_us
            .iter()
            .find(|(transport, _)| *transport == of);
        known.map_or(0, |(_, us)| *us)
    };
    let step_ms = record.client.step_ns.unwrap_or_default() as f64 / 1e6;
    let rules = rules(transports.iter().copied(), in_turn, step_ms, bias);
    let blocks: Vec<&[BlockCounts]> = latencies.iter().map(Latencies::blocks).collect();
    let paired = paired(record);
    let evidence = if in_turn {
        Evidence::InTurn(&blocks)
    } else {
        Evidence::Together(&paired)
    };
    let is_check = record.mode == Mode::SelfCheck;
    let mut comparison = comparison(&evidence, lanes.len(), is_check, rules);
    while comparison.step(&evidence) {}
    let verdict = comparison.finish();
    Judged {
        judgement: Judgement::from_verdict(&verdict, &lanes, record.block_us),
        twins: if is_check {
            twins(&verdict, &transports)
        } else {
            Vec::new()
        },
    }
}

/// Whether the lanes took turns: in the mode of that name, and in a self-check whose lanes did not
/// fit at a time. Then no event came in more than one lane.
fn took_turns(record: &Record) -> bool {
    let mut seen = HashSet::new();
    let mut receipts = record.lanes.iter().flat_map(|lane| &lane.client.receipts);
    record.mode == Mode::InTurn
        || record.mode == Mode::SelfCheck && receipts.all(|receipt| seen.insert(receipt.0))
}

/// The same events in all lanes, as far as they were kept.
pub(super) fn paired(record: &Record) -> PairedLatencies {
    let mut paired = PairedLatencies::new(record.lanes.len());
    for (index, lane) in record.lanes.iter().enumerate() {
        for &(seq, at, latency_us) in &lane.client.receipts {
            let block = u64::try_from(at).unwrap_or_default() / record.block_us.max(1);
            let block = u32::try_from(block).unwrap_or(u32::MAX);
            paired.record(index, seq, block, latency_us);
        }
    }
    paired.close();
    paired
}

/// It has worked at least once: what never opened is no slow lane.
fn took_part(lane: &LaneRecording) -> bool {
    lane.delivered > 0 || lane.requests > lane.reconnects && state_of(lane) == LaneState::Ended
}

fn state_of(lane: &LaneRecording) -> LaneState {
    LaneState::from_slug(&lane.state).unwrap_or_default()
}

fn instrument(record: &Record) -> Instrument {
    let protocol = record
        .lanes
        .first()
        .map(|lane| lane.client.protocol.clone());
    let clock = record.clock;
    Instrument {
        clock_error_ms: clock.map(|clock| clock.error_us as f64 / 1e3),
        round_trip_ms: clock.map(|clock| clock.round_trip_us as f64 / 1e3),
        step_ms: record.client.step_ns.unwrap_or_default() as f64 / 1e6,
        isolated: record.client.isolated.unwrap_or_default(),
        secure: record.client.secure.unwrap_or_default(),
        distance_ms: record.distance_ms,
        browser: record.client.name.clone(),
        protocol: protocol.unwrap_or_default(),
        ..Instrument::default()
    }
}

/// The figures of the lanes of that twin's number, in the order of the transports.
fn figures(record: &Record, latencies: &[Latencies], twin: u8) -> Vec<Figures> {
    let mut figures = State::default().figures;
    for (lane, latencies) in record.lanes.iter().zip(latencies) {
        if lane.client.twin == twin
            && let Some(place) = figures.get_mut(lane.client.transport as usize)
        {
            *place = figures_of(lane, latencies);
        }
    }
    figures
}

fn figures_of(lane: &LaneRecord, latencies: &Latencies) -> Figures {
    let client = &lane.client;
    let percentile = |p| latencies.percentile(p).map(|p| in_ms(p.value));
    let single = |seqs: &[u64], all: u64| {
        let mut numbers = Numbers::of(seqs.iter().map(|&seq| (seq, seq)));
        numbers.more += usize::try_from(all)
            .unwrap_or(usize::MAX)
            .saturating_sub(seqs.len());
        numbers
    };
    Figures {
        state: state_of(client),
        reason: client.reason.clone(),
        delivered: client.delivered,
        lost: client.lost,
        duplicated: client.duplicated,
        reordered: client.reordered,
        requests: client.requests,
        wasted: client.wasted,
        reconnects: client.reconnects,
        skipped: client.skipped,
        gaps: client.gaps,
        n: latencies.count(),
        p50: match &lane.load {
            Some(load) => latencies.median_of(load.published),
            None => latencies.median(),
        }
        .map(Centre::from),
        p90: percentile(90.0),
        p95: percentile(95.0),
        p99: percentile(99.0),
        counters: lane.server,
        open_ms: client.open_us.unwrap_or_default() as f64 / 1e3,
        max: latencies.max().map(in_ms),
        lost_numbers: Numbers::of(client.lost_ranges.iter().copied()),
        duplicated_numbers: single(&client.duplicated_seqs, client.duplicated),
        reordered_numbers: single(&client.reordered_seqs, client.reordered),
        ..Figures::NONE
    }
}

/// The preset whose settings the run had, if any.
pub fn preset(record: &Record) -> Option<Preset> {
    summary::preset(record)
}

/// What an address asks the lab for to repeat the run, with the same seed; `None` for a run that
/// no lab can repeat.
pub fn again(record: &Record) -> Option<Asked> {
    u32::try_from(record.workload.seed).ok()?;
    if record.is_load() {
        return None;
    }
    Some(Asked {
        settings: settings(record),
        mode: record.mode,
        distance_ms: record.distance_ms,
    })
}

/// A lane's transport, which of the transport's lanes it is, and how many subscribers it had.
pub fn seat(lane: &LaneRecord) -> (Transport, u8, u32) {
    (lane.client.transport, lane.client.twin, lane.subscribers())
}
