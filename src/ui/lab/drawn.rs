//! The lab's charts: what they are drawn from while a run is going on.

use crate::{
    lab::{board::State, lane::State as LaneState, model::Model},
    ui::{
        chart::data::{Data, Lane, bands, lost_at},
        labels::Labels,
    },
};

/// Changes whenever the charts do; never 0.
pub(super) fn version(model: &Model, state: &State) -> u64 {
    let events = model.lanes().iter().map(|lane| {
        let counted = lane.counters.map_or(0, |counters| counters.bytes_out);
        lane.latencies.count() + counted
    });
    // A run that begins anew does not have the same start.
    1 + events.sum::<u64>() + model.start_us() + state.flags.len() as u64
}

/// Hands the run as it is now to `draw`.
pub(super) fn look(model: &Model, state: &State, labels: &Labels, draw: impl FnOnce(&Data<'_>)) {
    let takes_part = |(_, lane): &(usize, &_)| is_shown(lane);
    let shown = || model.lanes().iter().enumerate().filter(takes_part);
    let kept: Vec<_> = shown().map(|(index, _)| model.receipts(index)).collect();
    let receipts: Vec<_> = kept.iter().map(Vec::as_slice).collect();
    let lanes = shown().zip(&receipts).map(|((_, lane), own)| {
        let percentile = |p| Some(lane.latencies.percentile(p)?.value);
        let lost: Vec<_> = lane
            .ledger
            .lost_ranges()
            .iter()
            .map(|range| (*range.start(), *range.end()))
            .collect();
        Lane {
            transport: lane.transport,
            twin: lane.twin,
            delivered: lane.ledger.delivered(),
            blocks: lane.latencies.blocks(),
            percentiles: [50.0, 95.0, 99.0].map(percentile),
            receipts: own,
            lost_at: lost_at(&lost, &receipts),
            counters: lane.counters,
        }
    });
    let last = receipts.iter().filter_map(|own| Some(own.last()?.1)).max();
    let meant_us = (state.progress.total_ms * 1e3) as u64;
    draw(&Data {
        lanes: lanes.collect(),
        span_us: meant_us.max(last.unwrap_or_default().max(0).unsigned_abs()),
        bands: bands(&state.flags, labels),
    });
}

/// A lane that is not opened has nothing to show.
fn is_shown(lane: &crate::lab::lane::Lane) -> bool {
    !matches!(lane.state, LaneState::LeftOut | LaneState::Late)
}
