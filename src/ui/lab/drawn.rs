//! The lab's charts: what they are drawn from while a run is going on.

use crate::{
    lab::{
        board::State,
        lane::{Lane as LabLane, State as LaneState},
        model::Model,
    },
    ui::{
        chart::{
            Chart,
            data::{Data, Lane, bands, lost_at},
        },
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

/// Hands the run as it is now to `draw`, as far as `chart` needs it: what costs time is gathered
/// only where it is drawn.
pub(super) fn look(
    model: &Model,
    state: &State,
    labels: &Labels,
    chart: Chart,
    draw: impl FnOnce(&Data<'_>),
) {
    let takes_part = |(_, lane): &(usize, &_)| is_shown(lane);
    let shown = || model.lanes().iter().enumerate().filter(takes_part);
    let with_receipts = chart.needs_receipts();
    let kept = |index| {
        if with_receipts {
            model.receipts(index)
        } else {
            Vec::new()
        }
    };
    let kept: Vec<_> = shown().map(|(index, _)| kept(index)).collect();
    let receipts: Vec<_> = kept.iter().map(Vec::as_slice).collect();
    let lanes = shown().zip(&receipts).map(|((_, lane), own)| Lane {
        transport: lane.transport,
        twin: lane.twin,
        subscribers: 0,
        blocks: lane.latencies.blocks(),
        percentiles: if chart.needs_percentiles() {
            [50.0, 95.0, 99.0].map(|p| Some(lane.latencies.percentile(p)?.value))
        } else {
            [None; 3]
        },
        receipts: own,
        lost_at: if with_receipts {
            lost_at(&lost_ranges(lane), &receipts)
        } else {
            Vec::new()
        },
        counters: lane.counters,
    });
    let last = receipts.iter().filter_map(|own| Some(own.last()?.1)).max();
    let meant_us = (state.progress.total_ms * 1e3) as u64;
    draw(&Data {
        lanes: lanes.collect(),
        span_us: meant_us.max(last.unwrap_or_default().max(0).unsigned_abs()),
        bands: bands(&state.flags, labels),
    });
}

fn lost_ranges(lane: &LabLane) -> Vec<(u64, u64)> {
    let ranges = lane.ledger.lost_ranges();
    let ends = ranges.iter().map(|range| (*range.start(), *range.end()));
    ends.collect()
}

/// A lane that is not opened has nothing to show.
fn is_shown(lane: &LabLane) -> bool {
    !matches!(lane.state, LaneState::LeftOut | LaneState::Late)
}
