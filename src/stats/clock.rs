//! The server's time by the browser's clock.

use super::region::{Bound, Line, MAX_DRIFT, Region};

/// How many exchanges are kept: with one every 5 s, what is to be had of 20 minutes.
const MAX_EXCHANGES: usize = 256;

/// One question for the time and its answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exchange {
    /// When the question left, on the browser's clock: `performance.now()` in ms.
    pub sent_ms: f64,
    /// When it reached the server, in µs since the Unix epoch on the server's clock.
    pub received_us: u64,
    /// When the answer left, on the server's clock.
    pub answered_us: u64,
    /// When the answer came, on the browser's clock.
    pub returned_ms: f64,
}

/// An exchange as bounds on the line.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// From the question: it cannot have arrived before it left.
    upper: Bound,
    /// From the answer, likewise.
    lower: Bound,
    round_trip_us: f64,
}

/// The zero of both clocks' differences: time since 1970 in µs has too many digits to calculate
/// with in f64.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    local_ms: f64,
    server_us: u64,
}

/// Maps the browser's `performance.now()` to the server's clock, by exchanges.
///
/// An exchange bounds the difference of the clocks: a question arrives after it left, and so does
/// its answer. Both bounds are widened by the browser's timer step (and the server's 1 µs). The
/// difference is taken for a straight line, offset and drift, the drift being within ± 500 ppm;
/// of all lines that keep every bound the middle one is taken, and how far the others are from
/// it is the **clock error**. No assumption is made on how a round trip is shared out between the
/// two ways: half a round trip of error remains where nothing better is known.
///
/// Bounds that contradict each other mean that a clock was stepped, stood still (a laptop that
/// slept) or wandered: then only the longest run of latest exchanges that agree is kept.
#[derive(Debug, Clone)]
pub struct ServerClock {
    /// What the bounds are widened by, in µs.
    slack_us: f64,
    anchor: Option<Anchor>,
    /// Oldest first.
    kept: Vec<Bounds>,
    /// What the kept bounds leave, and its middle; `None` before the first exchange.
    fit: Option<(Region, Line)>,
    round_trip_us: Option<f64>,
    restarted: u32,
}

impl ServerClock {
    /// `step_ms` is the step of the browser's timer: 0.005 to 1 ms, depending on the browser and
    /// on isolation. A reading is taken to be at most one step off, either way.
    pub fn new(step_ms: f64) -> Self {
        Self {
            // 1 µs for the server's whole microseconds; the drift stretches the step a little.
            slack_us: step_ms * (1_000.0 + MAX_DRIFT / 1_000.0) + 1.0,
            anchor: None,
            kept: Vec::new(),
            fit: None,
            round_trip_us: None,
            restarted: 0,
        }
    }

    /// Enters an exchange. One that is impossible in itself (an answer before its question, a
    /// server that took longer than the round trip) is passed over.
    pub fn add(&mut self, exchange: Exchange) {
        let anchor = self.anchor.unwrap_or(Anchor {
            local_ms: exchange.sent_ms,
            server_us: exchange.received_us,
        });
        let Some(bounds) = self.bounds(anchor, exchange) else {
            return;
        };
        let Some(alone) = Region::between(bounds.upper, bounds.lower) else {
            return;
        };
        self.anchor = Some(anchor);
        self.kept.push(bounds);
        let narrowed = match &self.fit {
            Some((region, _)) => region.cut(bounds.upper).and_then(|r| r.cut(bounds.lower)),
            None => Some(alone.clone()),
        };
        let region = if let Some(region) = narrowed {
            let best = self.round_trip_us.unwrap_or(f64::INFINITY);
            self.round_trip_us = Some(best.min(bounds.round_trip_us));
            region
        } else {
            self.restart(alone)
        };
        self.bound(&region);
        let line = region.centre();
        self.fit = Some((region, line));
    }

    /// The server's time in µs since the Unix epoch at the browser's time `local_ms`; `None`
    /// before the first exchange. f64 holds it to 0.25 µs.
    pub fn to_server_us(&self, local_ms: f64) -> Option<f64> {
        Some(self.anchor?.server_us as f64 + self.since_anchor_us(local_ms)?)
    }

    /// The latency in µs of what was received at the browser's time `local_ms` and happened at
    /// `at_us` on the server's clock; negative values are kept.
    pub fn latency_us(&self, local_ms: f64, at_us: u64) -> Option<i64> {
        let before_anchor = self.anchor?.server_us.checked_signed_diff(at_us)?;
        let since_anchor = self.since_anchor_us(local_ms)?.round() as i64;
        before_anchor.checked_add(since_anchor)
    }

    /// The clock error at the browser's time `local_ms`, ± µs: the true server's time is within
    /// it, as long as both clocks run evenly. It grows away from the exchanges.
    pub fn error_us(&self, local_ms: f64) -> Option<f64> {
        let x = (local_ms - self.anchor?.local_ms) / 1_000.0;
        let (region, line) = self.fit.as_ref()?;
        Some(region.farthest(*line, x))
    }

    /// The shortest round trip of the exchanges that agree, without the server's own time, in µs.
    pub fn round_trip_us(&self) -> Option<f64> {
        self.round_trip_us
    }

    /// How fast the browser's clock gains on the server's, parts per billion; `None` before the
    /// first exchange.
    pub fn drift_ppb(&self) -> Option<i64> {
        let (_, line) = self.fit.as_ref()?;
        Some((-line.drift * 1e3).round() as i64)
    }

    /// How many times the bounds contradicted each other and the oldest had to go.
    pub fn restarted(&self) -> u32 {
        self.restarted
    }

    fn since_anchor_us(&self, local_ms: f64) -> Option<f64> {
        let since_ms = local_ms - self.anchor?.local_ms;
        let (_, line) = self.fit.as_ref()?;
        Some(since_ms * 1_000.0 + line.at(since_ms / 1_000.0))
    }

    /// The exchange's bounds on the line; `None` when its times are out of order or not numbers.
    fn bounds(&self, anchor: Anchor, exchange: Exchange) -> Option<Bounds> {
        let Exchange {
            sent_ms,
            received_us,
            answered_us,
            returned_ms,
        } = exchange;
        let held_us = answered_us.checked_sub(received_us)? as f64;
        let away_us = (returned_ms - sent_ms) * 1_000.0;
        if !(away_us.is_finite() && away_us >= 0.0) {
            return None;
        }
        let bound = |local_ms: f64, server_us: u64, upper: bool| {
            let since_ms = local_ms - anchor.local_ms;
            let difference =
                server_us.checked_signed_diff(anchor.server_us)? as f64 - since_ms * 1_000.0;
            let slack = if upper { self.slack_us } else { -self.slack_us };
            Some(Bound {
                x: since_ms / 1_000.0,
                us: difference + slack,
                upper,
            })
        };
        Some(Bounds {
            upper: bound(sent_ms, received_us, true)?,
            lower: bound(returned_ms, answered_us, false)?,
            round_trip_us: (away_us - held_us).max(0.0),
        })
    }

    /// Keeps the latest exchanges that agree, `alone` being the region of the very last, and
    /// gives theirs.
    fn restart(&mut self, alone: Region) -> Region {
        let mut region = alone;
        let mut agree = 0;
        let mut round_trip_us = f64::INFINITY;
        for bounds in self.kept.iter().rev() {
            let Some(narrowed) = region.cut(bounds.upper).and_then(|r| r.cut(bounds.lower)) else {
                break;
            };
            region = narrowed;
            agree += 1;
            round_trip_us = round_trip_us.min(bounds.round_trip_us);
        }
        self.kept.drain(..self.kept.len().saturating_sub(agree));
        self.round_trip_us = Some(round_trip_us);
        self.restarted += 1;
        region
    }

    /// Lets the oldest exchange go that bounds nothing, once there are too many: the region stays
    /// what it is.
    fn bound(&mut self, region: &Region) {
        if self.kept.len() > MAX_EXCHANGES {
            let idle = |b: &Bounds| !region.touches(b.upper) && !region.touches(b.lower);
            let at = self.kept.iter().position(idle).unwrap_or(0);
            self.kept.remove(at);
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]
mod tests;
