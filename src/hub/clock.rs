//! The server's time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A monotonic clock, anchored to the wall clock once. Stepping the machine's wall clock in the
/// middle of a run therefore moves no event and no latency.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    anchor: Instant,
    anchor_us: u64,
    drift_ppm: i32,
}

impl Clock {
    /// Anchors a clock to the wall clock's present time.
    pub fn start() -> Self {
        Self::drifting(0)
    }

    /// A clock that gains so many millionths on the machine's own: for tests, which want to see
    /// that this moves no latency.
    pub fn drifting(drift_ppm: i32) -> Self {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            anchor: Instant::now(),
            anchor_us: micros(since_epoch),
            drift_ppm,
        }
    }

    /// Now, in µs since the Unix epoch. Its offset from true time is that of the wall clock at
    /// the start; its step is that of `CLOCK_MONOTONIC`, cut to 1 µs.
    pub fn now_us(&self) -> u64 {
        self.at_us(Instant::now())
    }

    /// The last moment before `instant` at which a µs began: times that are counted from it are
    /// not cut otherwise in one run than in the next.
    pub fn whole_us(&self, instant: Instant) -> Instant {
        let since = instant.saturating_duration_since(self.anchor);
        self.anchor + Duration::from_micros(micros(since))
    }

    /// The time of `instant` in µs since the Unix epoch.
    pub fn at_us(&self, instant: Instant) -> u64 {
        let since = instant.saturating_duration_since(self.anchor);
        let gained = if self.drift_ppm == 0 {
            0
        } else {
            let ns = i64::try_from(since.as_nanos()).unwrap_or(i64::MAX);
            (ns / 1_000_000).saturating_mul(self.drift_ppm.into()) / 1_000
        };
        (self.anchor_us + micros(since)).saturating_add_signed(gained)
    }
}

/// Whole µs of a duration.
fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drifting_clock_gains_what_it_should_and_never_runs_back() {
        let after = |clock: &Clock, us| clock.at_us(clock.anchor + Duration::from_micros(us));
        for ppm in [-200, 0, 200] {
            let clock = Clock::drifting(ppm);
            let hour = 3_600_000_000;
            let gained = i64::from(ppm) * 3_600;
            assert_eq!(
                after(&clock, hour),
                (clock.anchor_us + hour).saturating_add_signed(gained)
            );
            let times: Vec<u64> = (0..100_000).map(|us| after(&clock, us)).collect();
            assert!(times.is_sorted(), "{ppm}");
        }
    }
}
