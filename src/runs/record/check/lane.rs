//! What a lane of a record must be like.

use serde::Serialize;

use super::{Broken, DAY_US, MAX_LISTED, MAX_NUMBER, must, short, whole};
use crate::{
    lab::lane::State,
    runs::{
        record::{LaneRecord, LoadRecord},
        types::{BlockCounts, LaneRecording, MAX_RECEIPTS},
    },
};

/// How many subscribers a lane has at most.
const MAX_SUBSCRIBERS: u32 = 1_000_000;
/// How many blocks and buckets a lane's histogram has at most: an hour of the fastest workload.
const MAX_BLOCKS: usize = 8_192;
const MAX_BUCKETS: usize = 1_000_000;

/// What a lane could receive.
#[derive(Debug, Clone, Copy)]
struct Offer {
    /// The highest number of an event.
    last: u64,
    /// Events, each as often as there are subscribers.
    deliveries: u64,
    /// How many subscribers each event may be missing at.
    subscribers: u64,
    /// Requests that were held when counting began, and are none of those that are counted.
    held: u64,
}

impl Offer {
    fn to(lane: &LaneRecord, published: u64) -> Self {
        match &lane.load {
            // The generator numbers the events of all lanes through, those that it could not
            // publish among them.
            Some(load) => Self {
                last: MAX_NUMBER,
                deliveries: load.published.saturating_mul(load.subscribers.into()),
                subscribers: load.subscribers.into(),
                held: load.subscribers.into(),
            },
            None => Self {
                last: published,
                deliveries: published,
                subscribers: 1,
                held: 0,
            },
        }
    }
}

/// Whether a lane lies in its ranges and agrees with itself, and with how many events the run had.
pub(super) fn check(lane: &LaneRecord, published: u64) -> Result<(), Broken> {
    if let Some(load) = &lane.load {
        check_load(load, published)?;
    }
    if let Some(counters) = &lane.server {
        whole(&numbers(counters), "server")?;
    }
    let (lane, offer) = (&lane.client, Offer::to(lane, published));
    let known = State::from_slug(&lane.state).is_some();
    must(known, "state", "a state of a lane, as in \"ended\"")?;
    short(&lane.reason, 1_000, "reason")?;
    short(&lane.protocol, 32, "protocol")?;
    check_counts(lane, offer)?;
    check_lost(lane, offer)?;
    for (seqs, all, what) in [
        (&lane.duplicated_seqs, lane.duplicated, "duplicated_seqs"),
        (&lane.reordered_seqs, lane.reordered, "reordered_seqs"),
    ] {
        must(seqs.len() <= MAX_LISTED, what, "at most 1,000")?;
        let counted = seqs.len() as u64 <= all;
        must(counted, what, "at most as many as were counted")?;
        let there = seqs.iter().all(|seq| (1..=offer.last).contains(seq));
        must(there, what, "numbers of events that were published")?;
    }
    check_histogram(&lane.histogram, lane.delivered, offer)?;
    check_receipts(lane, offer)
}

fn check_counts(lane: &LaneRecording, offer: Offer) -> Result<(), Broken> {
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
    let open = lane.open_us.unwrap_or_default();
    must(open <= DAY_US, "open_us", "at most a day")?;
    must(
        lane.reordered <= lane.delivered,
        "reordered",
        "at most delivered",
    )?;
    must(
        lane.delivered + lane.lost <= offer.deliveries,
        "delivered and lost",
        "together at most as many as were published",
    )?;
    must(
        lane.wasted <= lane.requests + offer.held,
        "wasted",
        "at most requests",
    )
}

fn check_lost(lane: &LaneRecording, offer: Offer) -> Result<(), Broken> {
    let (what, ranges) = ("lost_ranges", &lane.lost_ranges);
    must(ranges.len() <= MAX_LISTED, what, "at most 1,000")?;
    let (mut before, mut listed) = (0, 0);
    for &(from, to) in ranges {
        must(
            from > before && to >= from,
            what,
            "ascending, each from ≤ to, from 1 on",
        )?;
        must(to <= offer.last, what, "events that were published")?;
        before = to;
        listed += to - from + 1;
    }
    // A list that is full may leave out the rest. Of many subscribers each lacks some of them.
    let most = if ranges.len() < MAX_LISTED {
        listed.saturating_mul(offer.subscribers)
    } else {
        MAX_NUMBER
    };
    must(
        (listed..=most).contains(&lane.lost),
        what,
        "as many events as `lost` says",
    )
}

fn check_histogram(blocks: &[BlockCounts], delivered: u64, offer: Offer) -> Result<(), Broken> {
    let what = "histogram";
    must(blocks.len() <= MAX_BLOCKS, what, "at most 8,192 blocks")?;
    let buckets: usize = blocks.iter().map(|block| block.counts.len()).sum();
    must(buckets <= MAX_BUCKETS, what, "at most 1,000,000 buckets")?;
    must(
        blocks.is_sorted_by(|one, two| one.block < two.block),
        what,
        "blocks in ascending order",
    )?;
    let (mut events, mut never) = (0_u64, 0_u64);
    for block in blocks {
        must(
            block.counts.is_sorted_by(|one, two| one.0 < two.0),
            what,
            "buckets in ascending order",
        )?;
        for &(us, count) in &block.counts {
            must(
                us.unsigned_abs() <= DAY_US,
                what,
                "latencies of at most a day",
            )?;
            must(count > 0, what, "no empty buckets")?;
            events += u64::from(count);
        }
        never += u64::from(block.never);
    }
    must(
        events <= delivered,
        what,
        "at most as many events as were delivered",
    )?;
    // What came after it had been given up stays infinitely late, and is lost no more.
    must(
        never <= offer.deliveries,
        what,
        "at most as many events as were published",
    )
}

fn check_receipts(lane: &LaneRecording, offer: Offer) -> Result<(), Broken> {
    let (what, receipts) = ("receipts", &lane.receipts);
    must(receipts.len() <= MAX_RECEIPTS, what, "at most 20,000")?;
    let delivered = receipts.len() as u64 <= lane.delivered;
    must(delivered, what, "at most as many as were delivered")?;
    let mut before = 0;
    for &(seq, at, latency) in receipts {
        must(seq > before, what, "in ascending order, from 1 on")?;
        must(seq <= offer.last, what, "of events that were published")?;
        let times = at.unsigned_abs() <= DAY_US && latency.unsigned_abs() <= DAY_US;
        must(times, what, "times within a day of the start")?;
        before = seq;
    }
    Ok(())
}

fn check_load(load: &LoadRecord, published: u64) -> Result<(), Broken> {
    let few = (1..=MAX_SUBSCRIBERS).contains(&load.subscribers);
    must(few, "load.subscribers", "1 to 1,000,000")?;
    whole(&numbers(load), "load")?;
    must(
        load.published <= published,
        "load.published",
        "at most the run's",
    )
}

/// All numbers of a thing, by its JSON, so that none that is added later can be forgotten here.
fn numbers(of: &impl Serialize) -> Vec<u64> {
    let told = serde_json::to_value(of).unwrap_or_default();
    let numbers = told.as_object().into_iter().flat_map(|told| told.values());
    numbers.filter_map(serde_json::Value::as_u64).collect()
}
