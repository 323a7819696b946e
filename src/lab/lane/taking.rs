//! What a lane's client tells becomes what is counted of the lane.

use super::{Common, Frame, Lane, State, new_ledger};
use crate::{
    event::Event,
    lab::trace::Outcome,
    stats::{Arrival, Latencies},
    transport::Signal,
};

/// How much of the last event's text is kept, in characters.
pub(super) const TEXT: usize = 80;

impl Lane {
    /// Takes in what the client tells. Every event is counted, whatever is painted of it.
    pub fn take(&mut self, signal: Signal, frame: &Frame<'_>, common: &mut Common) {
        match signal {
            Signal::Connecting { at } => {
                self.open_since.get_or_insert(at);
                self.state = State::Connecting;
                if self.streams() {
                    self.requests += 1;
                    self.trace.connecting(at);
                }
            }
            Signal::Open { at, .. } => {
                self.works();
                if self.streams() {
                    self.trace.opened(at);
                }
            }
            Signal::Asked { at } => {
                if !self.streams() {
                    self.requests += 1;
                    self.trace.asked(at);
                }
            }
            Signal::Delivered { at, events, .. } => {
                self.works();
                self.deliver(at, &events, frame, common);
            }
            Signal::Empty { at } => {
                self.works();
                self.wasted += 1;
                self.trace.arrived(
                    at,
                    at,
                    at - frame.half_trip,
                    frame.half_trip,
                    Outcome::Empty,
                );
            }
            Signal::Gap { at, gap } => {
                self.works();
                self.gaps += 1;
                if gap.reset {
                    // Another log: its numbers begin anew, and what the old one lost besides
                    // cannot be known.
                    self.ledger = new_ledger(self.anchored.then_some(0));
                    self.never = 0;
                    self.latencies = Latencies::new();
                    self.latest_us = None;
                    common.published.follow(gap.epoch);
                }
                self.ledger.told_gap(gap.from, gap.to);
                self.count_lost();
                self.trace
                    .arrived(at, at, at - frame.half_trip, frame.half_trip, Outcome::Gap);
            }
            Signal::Closed { at, reason } => {
                self.broken = true;
                self.reason = reason;
                self.state = State::Retrying;
                self.trace.ended(at);
            }
            Signal::Retrying { .. } => {
                self.broken = true;
                self.state = State::Retrying;
            }
            Signal::Skipped { ticks, .. } => self.skipped += u64::from(ticks),
            Signal::Failed { at, reason } => {
                self.reason = reason;
                self.state = State::Failed;
                self.trace.ended(at);
            }
        }
    }

    fn works(&mut self) {
        self.state = State::Open;
        self.took_part = true;
        if std::mem::take(&mut self.broken) {
            self.reconnects += 1;
        }
    }

    fn deliver(&mut self, at: f64, events: &[Event], frame: &Frame<'_>, common: &mut Common) {
        let (mut oldest, mut newest) = (f64::INFINITY, f64::NEG_INFINITY);
        if let Some(error_us) = frame.clock.error_us(at) {
            common.clock_error_us = common.clock_error_us.max(error_us);
        }
        for event in events {
            let arrival = self.ledger.record(event.seq);
            let latency_us = frame.clock.latency_us(at, event.at);
            let made = latency_us.map_or(at - frame.half_trip, |us| at - us as f64 / 1e3);
            oldest = oldest.min(made);
            newest = newest.max(made);
            common.published.note(event.seq, made);
            let block = self.block(event.at, frame);
            let latency_us = latency_us.filter(|_| arrival != Arrival::Duplicate);
            if let (Some(latency_us), Some(block)) = (latency_us, block) {
                self.latest_us = Some(latency_us);
                self.latencies.record(latency_us, block);
                let since_start = event.at.checked_signed_diff(frame.start_us).unwrap_or(0);
                common.paired.note(event.seq, since_start);
                common
                    .paired
                    .record(self.index, event.seq, block, latency_us);
            }
        }
        let worth_showing =
            |event: &&Event| !self.anchored || common.own.as_ref() == Some(&event.data);
        if let Some(last) = events.iter().rfind(worth_showing) {
            self.text.clear();
            self.text.extend(last.data.chars().take(TEXT));
        }
        let count = u32::try_from(events.len()).unwrap_or(u32::MAX);
        self.trace
            .arrived(at, oldest, newest, frame.half_trip, Outcome::Events(count));
    }
}
