//! What the charts are drawn from when a run is over: its record.

use super::data::{Data, Lane, bands, lost_at};
use crate::{
    runs::{record::Record, types::Receipt},
    stats::Latencies,
    ui::labels::Labels,
};

/// The latencies of a record's lanes, from their histograms.
pub fn latencies(record: &Record) -> Vec<Latencies> {
    let lanes = record.lanes.iter();
    lanes
        .map(|lane| Latencies::from_blocks(&lane.client.histogram))
        .collect()
}

/// The record's data; `latencies` are those of its lanes, from their histograms.
pub fn data<'a>(record: &'a Record, latencies: &'a [Latencies], labels: &Labels) -> Data<'a> {
    let receipts: Vec<&[Receipt]> = record
        .lanes
        .iter()
        .map(|lane| lane.client.receipts.as_slice())
        .collect();
    let lanes = record.lanes.iter().zip(latencies).map(|(lane, latencies)| {
        let (client, percentile) = (&lane.client, |p| Some(latencies.percentile(p)?.value));
        Lane {
            transport: client.transport,
            twin: client.twin,
            subscribers: lane.subscribers(),
            blocks: latencies.blocks(),
            percentiles: [50.0, 95.0, 99.0].map(percentile),
            receipts: &client.receipts,
            lost_at: lost_at(&client.lost_ranges, &receipts),
            counters: lane.server,
        }
    });
    Data {
        lanes: lanes.collect(),
        span_us: span_us(record, &receipts),
        bands: bands(&record.flags, labels),
    }
}

/// How long the run was: as long as its workload meant it to be, or until its last event where it
/// was stopped before.
fn span_us(record: &Record, receipts: &[&[Receipt]]) -> u64 {
    let last = |receipts: &&[Receipt]| receipts.last().map(|receipt| receipt.1);
    let last = receipts.iter().filter_map(last).max().unwrap_or_default();
    let last = last.max(0).unsigned_abs();
    let meant = u64::from(record.workload.duration_s) * 1_000_000;
    // The last of random arrivals is not quite at the end.
    if last / 9 * 10 < meant {
        last
    } else {
        meant.max(last)
    }
}
