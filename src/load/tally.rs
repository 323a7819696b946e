//! What has come: counted by each worker for itself, put together when the lane is over.

use std::collections::{BTreeMap, BTreeSet};

use hdrhistogram::Histogram;

use super::schedule::Schedule;
use crate::{
    runs::types::{MAX_RECEIPTS, Receipt},
    stats::{Latencies, Ledger},
};

/// How many numbers or ranges a run's file lists.
const MAX_LISTED: usize = 1_000;
/// How many different reasons are kept.
const MAX_REASONS: usize = 16;

/// What one worker has counted, or a whole lane.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) latencies: Latencies,
    /// Of each event the receipt by one subscriber, drawn at random.
    pub(super) receipts: Vec<Receipt>,
    /// How long a socket that had something waited for its turn at most, µs.
    own_delay: Option<Histogram<u32>>,
    /// Requests since publishing began, and so on to the bytes.
    pub(super) requests: u64,
    pub(super) wasted: u64,
    pub(super) reconnects: u64,
    pub(super) skipped: u64,
    pub(super) gaps: u64,
    pub(super) bytes_in: u64,
    pub(super) bytes_out: u64,
    pub(super) connections: u64,
    /// Why connections ended before their time, and how often.
    pub(super) reasons: BTreeMap<String, u64>,
    /// The largest share of a core that the worker used in a second of publishing.
    pub(super) busiest: f64,
    pub(super) delivered: u64,
    pub(super) duplicated: u64,
    pub(super) reordered: u64,
    /// How many subscribers have lost each event.
    pub(super) lost: BTreeMap<u64, u64>,
    pub(super) duplicated_seqs: BTreeSet<u64>,
    pub(super) reordered_seqs: BTreeSet<u64>,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            latencies: Latencies::new(),
            receipts: Vec::new(),
            // A minute at the most, in a histogram of fixed size.
            own_delay: Histogram::new_with_bounds(1, 60_000_000, 2).ok(),
            requests: 0,
            wasted: 0,
            reconnects: 0,
            skipped: 0,
            gaps: 0,
            bytes_in: 0,
            bytes_out: 0,
            connections: 0,
            reasons: BTreeMap::new(),
            busiest: 0.0,
            delivered: 0,
            duplicated: 0,
            reordered: 0,
            lost: BTreeMap::new(),
            duplicated_seqs: BTreeSet::new(),
            reordered_seqs: BTreeSet::new(),
        }
    }

    /// Publishing begins: what it took to open the subscribers is not what events cost.
    pub(super) fn begin(&mut self) {
        self.wasted = 0;
        self.skipped = 0;
        self.requests = 0;
        self.bytes_in = 0;
        self.bytes_out = 0;
    }

    /// A socket that had something waited for its turn so long at most.
    pub(super) fn waited(&mut self, us: u64) {
        if let Some(own_delay) = &mut self.own_delay {
            own_delay.saturating_record(us);
        }
    }

    /// The 99th percentile of that, µs.
    pub(super) fn own_delay_p99_us(&self) -> u64 {
        let told = self.own_delay.as_ref().filter(|it| !it.is_empty());
        told.map_or(0, |it| it.value_at_quantile(0.99))
    }

    /// A connection ended before its time.
    pub(super) fn trouble(&mut self, reason: &str) {
        if let Some(times) = self.reasons.get_mut(reason) {
            *times += 1;
        } else if self.reasons.len() < MAX_REASONS {
            self.reasons.insert(reason.to_owned(), 1);
        }
    }

    /// Closes a subscriber's ledger and enters what it says.
    pub(super) fn close(&mut self, ledger: &mut Ledger, schedule: &Schedule) {
        ledger.close(*schedule.numbers().end());
        self.delivered += ledger.delivered();
        self.duplicated += ledger.duplicated();
        self.reordered += ledger.reordered();
        for number in ledger.lost_ranges().into_iter().flatten() {
            *self.lost.entry(number).or_default() += 1;
        }
        list(&mut self.duplicated_seqs, ledger.duplicated_seqs());
        list(&mut self.reordered_seqs, ledger.reordered_seqs());
    }

    /// Enters another worker's.
    pub(super) fn join(&mut self, other: Self) {
        for block in other.latencies.blocks() {
            for &(us, n) in &block.counts {
                self.latencies.record_n(us, n, block.block);
            }
        }
        self.receipts.extend(other.receipts);
        if let (Some(own), Some(others)) = (&mut self.own_delay, other.own_delay) {
            // Both have the same bounds.
            let _ = own.add(&others);
        }
        self.requests += other.requests;
        self.wasted += other.wasted;
        self.reconnects += other.reconnects;
        self.skipped += other.skipped;
        self.gaps += other.gaps;
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        self.connections += other.connections;
        for (reason, times) in other.reasons {
            *self.reasons.entry(reason).or_default() += times;
        }
        self.busiest = self.busiest.max(other.busiest);
        self.delivered += other.delivered;
        self.duplicated += other.duplicated;
        self.reordered += other.reordered;
        for (number, n) in other.lost {
            *self.lost.entry(number).or_default() += n;
        }
        self.duplicated_seqs.extend(other.duplicated_seqs);
        self.reordered_seqs.extend(other.reordered_seqs);
    }

    /// The lane is over. What the server never took cannot be lost; the rest that did not come is
    /// infinitely late.
    pub(super) fn finish(&mut self, schedule: &Schedule, unpublished: &BTreeSet<u64>) {
        self.lost.retain(|number, _| !unpublished.contains(number));
        for (&number, &n) in &self.lost {
            self.latencies.record_never_in(n, schedule.block(number));
        }
        self.receipts.sort_unstable();
        self.receipts.dedup_by_key(|receipt| receipt.0);
        self.receipts.truncate(MAX_RECEIPTS);
    }

    /// Deliveries that are lost.
    pub(super) fn lost_count(&self) -> u64 {
        self.lost.values().sum()
    }

    /// The numbers of events that at least one subscriber lost, as ranges.
    pub(super) fn lost_ranges(&self) -> Vec<(u64, u64)> {
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for &number in self.lost.keys() {
            match ranges.last_mut() {
                Some(last) if last.1 + 1 == number => last.1 = number,
                _ => ranges.push((number, number)),
            }
        }
        ranges.truncate(MAX_LISTED);
        ranges
    }
}

fn list(seqs: &mut BTreeSet<u64>, more: &[u64]) {
    for &seq in more {
        if seqs.len() >= MAX_LISTED {
            return;
        }
        seqs.insert(seq);
    }
}
