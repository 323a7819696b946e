//! What a lane has received of a log.

use std::ops::RangeInclusive;

use super::holes::Holes;

/// How many duplicated and how many reordered sequence numbers are kept; beyond that they are
/// only counted.
const MAX_LISTED: usize = 1_000;

/// What a received event was to the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// Received for the first time, and nothing later had been received before.
    New,
    /// Received before.
    Duplicate,
    /// Received for the first time, after a later one.
    OutOfOrder,
}

/// What a lane has received of one incarnation (epoch) of a log. When the log starts anew, so
/// does the ledger.
///
/// An event is **lost** when the server has told a gap over it, or when the run is
/// [closed](Ledger::close) and it was never seen. Until then a hole is only *missing*: the event
/// may still be on its way. A lost event that comes after all is lost no more.
///
/// Memory is bounded: what is kept grows with the holes, not with the events, and only up to a
/// limit, beyond which the oldest holes become mere counts ([`Ledger::approximate`]).
#[derive(Debug, Clone)]
pub struct Ledger {
    /// The first expected number; `None` until an unanchored ledger has seen something.
    first: Option<u64>,
    /// `first` was given: what is before it had been seen before the lane opened.
    anchored: bool,
    /// The highest number known to exist: received, told of, or closed with.
    known_to: Option<u64>,
    /// The highest number received: what makes a later first receipt out of order.
    highest: Option<u64>,
    /// What has not been received between `first` and `known_to`.
    holes: Holes,
    delivered: u64,
    duplicated: u64,
    reordered: u64,
    duplicated_seqs: Vec<u64>,
    reordered_seqs: Vec<u64>,
    closed: bool,
}

impl Ledger {
    /// For a lane that opens at a cursor: `first` is the first number that it has to receive, so
    /// 1 for a lane that opens at `E-0`. Anything before it counts as a duplicate.
    pub fn new(first: u64) -> Self {
        Self {
            first: Some(first),
            anchored: true,
            ..Self::unanchored()
        }
    }

    /// For a lane that watches a topic from now on: the first event received is the first one
    /// expected. Should an earlier one follow, the lane had begun there.
    pub fn unanchored() -> Self {
        Self {
            first: None,
            anchored: false,
            known_to: None,
            highest: None,
            holes: Holes::new(),
            delivered: 0,
            duplicated: 0,
            reordered: 0,
            duplicated_seqs: Vec::new(),
            reordered_seqs: Vec::new(),
            closed: false,
        }
    }

    /// Enters the receipt of event `seq`.
    pub fn record(&mut self, seq: u64) -> Arrival {
        if !self.take(seq) {
            self.duplicated += 1;
            list(&mut self.duplicated_seqs, seq);
            return Arrival::Duplicate;
        }
        self.delivered += 1;
        if self.highest.is_some_and(|highest| seq < highest) {
            self.reordered += 1;
            list(&mut self.reordered_seqs, seq);
            return Arrival::OutOfOrder;
        }
        self.highest = Some(seq);
        Arrival::New
    }

    /// Enters a gap that the server told, both ends included. `from > to` is an empty one.
    pub fn told_gap(&mut self, from: u64, to: u64) {
        let from = from.max(self.floor());
        if from > to {
            return;
        }
        self.reach_down(from);
        self.holes.tell(from, to);
        if self.known_to.is_none_or(|known| known < to) {
            if let Some(before) = from.checked_sub(1) {
                self.know(before, false);
            }
            self.know(to, true);
        }
    }

    /// The run has ended and the lane has drained; `last_seq` was the last event published (0:
    /// none was). What has not been seen up to there is lost from now on.
    pub fn close(&mut self, last_seq: u64) {
        self.closed = true;
        if self.first.is_some_and(|first| first <= last_seq) {
            self.know(last_seq, false);
        }
    }

    /// The lane was away for a while and comes back at a cursor: `first` is the next number that it
    /// has to receive. What lay between is nobody's loss here; what is missing before that is lost.
    pub fn reopen(&mut self, first: u64) {
        self.closed = false;
        if let Some(known) = self.known_to {
            self.holes.tell(0, known);
        } else {
            // It has received nothing yet, and begins only now.
            self.first = Some(first);
        }
        self.known_to = self.known_to.max(first.checked_sub(1));
    }

    /// Whether every number up to `to` that the lane has to receive was received or told of.
    pub fn has_all(&self, to: u64) -> bool {
        let reached = self.known_to >= Some(to) || self.first.is_some_and(|first| first > to);
        reached && self.missing().iter().all(|hole| *hole.start() > to)
    }

    /// How many different events were received.
    pub fn delivered(&self) -> u64 {
        self.delivered
    }

    /// How many receipts were of events received before.
    pub fn duplicated(&self) -> u64 {
        self.duplicated
    }

    /// How many events were received, for the first time, after a later one.
    pub fn reordered(&self) -> u64 {
        self.reordered
    }

    /// How many events are lost: told as a gap, or never seen when the run was closed.
    pub fn lost(&self) -> u64 {
        self.holes.count(self.closed)
    }

    /// The holes that are not (yet) lost: their events may still be on their way.
    pub fn missing(&self) -> Vec<RangeInclusive<u64>> {
        if self.closed {
            return Vec::new();
        }
        self.holes.ranges(Some(false))
    }

    /// The lost events' numbers.
    pub fn lost_ranges(&self) -> Vec<RangeInclusive<u64>> {
        self.holes.ranges((!self.closed).then_some(true))
    }

    /// The numbers of the first 1,000 duplicate receipts, in the order of receipt.
    pub fn duplicated_seqs(&self) -> &[u64] {
        &self.duplicated_seqs
    }

    /// The numbers of the first 1,000 events out of order, in the order of receipt.
    pub fn reordered_seqs(&self) -> &[u64] {
        &self.reordered_seqs
    }

    /// The highest number received.
    pub fn highest(&self) -> Option<u64> {
        self.highest
    }

    /// There were so many holes that the oldest are only counted: an event that comes late out
    /// of one of them is taken for a duplicate, and the ranges are incomplete.
    pub fn approximate(&self) -> bool {
        self.holes.forgotten_to().is_some()
    }

    /// Whether `seq` is received for the first time; closes its hole.
    fn take(&mut self, seq: u64) -> bool {
        if seq < self.floor() {
            return false;
        }
        self.reach_down(seq);
        if self.known_to.is_none_or(|known| known < seq) {
            if let Some(before) = seq.checked_sub(1) {
                self.know(before, false);
            }
            self.known_to = Some(seq);
            return true;
        }
        self.holes.fill(seq)
    }

    /// The lowest number that can still be told of.
    fn floor(&self) -> u64 {
        let anchor = self.first.filter(|_| self.anchored);
        let forgotten = self.holes.forgotten_to().map(|to| to.saturating_add(1));
        anchor.max(forgotten).unwrap_or(0)
    }

    /// Lets an unanchored ledger begin at `seq`, if it has not begun there or before.
    fn reach_down(&mut self, seq: u64) {
        if let Some(first) = self.first.filter(|&first| seq < first) {
            self.holes.prepend(seq, first - 1);
        }
        self.first = Some(self.first.map_or(seq, |first| first.min(seq)));
    }

    /// Numbers up to `to` exist; those not known before become a hole.
    fn know(&mut self, to: u64, told: bool) {
        let Some(first) = self.first else { return };
        let from = self.known_to.map_or(first, |known| known.saturating_add(1));
        if self.known_to.is_none_or(|known| known < to) && from <= to {
            self.holes.append(from, to, told);
            self.known_to = Some(to);
        }
    }
}

/// Keeps `seq` while there is room.
fn list(seqs: &mut Vec<u64>, seq: u64) {
    if seqs.len() < MAX_LISTED {
        seqs.push(seq);
    }
}

#[cfg(test)]
#[allow(
    clippy::single_range_in_vec_init,
    reason = "ranges are compared with lists of ranges"
)]
mod tests;
