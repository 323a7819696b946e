//! The server's time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A monotonic clock, anchored to the wall clock once. Stepping the machine's wall clock in the
/// middle of a run therefore moves no event and no latency.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    anchor: Instant,
    anchor_us: u64,
}

impl Clock {
    /// Anchors a clock to the wall clock's present time.
    pub fn start() -> Self {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            anchor: Instant::now(),
            anchor_us: micros(since_epoch),
        }
    }

    /// Now, in µs since the Unix epoch. Its offset from true time is that of the wall clock at
    /// the start; its step is that of `CLOCK_MONOTONIC`, cut to 1 µs.
    pub fn now_us(&self) -> u64 {
        self.at_us(Instant::now())
    }

    /// The time of `instant` in µs since the Unix epoch.
    pub fn at_us(&self, instant: Instant) -> u64 {
        self.anchor_us + micros(instant.saturating_duration_since(self.anchor))
    }
}

/// Whole µs of a duration.
fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
