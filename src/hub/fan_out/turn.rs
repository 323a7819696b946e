//! How long a task writes to many before everybody else's turn comes.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::{task::yield_now, time::Instant};

/// To how many outlets is written before everybody else's turn comes, where they have little to do;
/// at some 5 µs each, that is after a third of a millisecond.
const AT_A_TIME: usize = 64;
/// How many times as long as everybody else's turn took the next one may be: what is to be written
/// has been there before what they have to do, which may be the same clients' next requests.
const TIMES_THE_OTHERS: u32 = 4;
/// But so long at most.
const LONGEST_TURN: Duration = Duration::from_millis(32);

/// One of a task's turns.
#[derive(Debug)]
pub(super) struct Turn {
    since: Instant,
    length: Duration,
    /// What has been written since somebody looked at the clock, in outlets.
    written: usize,
}

impl Turn {
    /// The first one of a round.
    pub(super) fn new() -> Self {
        Self {
            since: Instant::now(),
            length: Duration::ZERO,
            written: 0,
        }
    }

    /// Counts what has been written; says whether that was enough.
    pub(super) fn is_over(&mut self, outlets: usize, now: impl FnOnce() -> Instant) -> bool {
        self.written += outlets;
        if self.written < AT_A_TIME {
            return false;
        }
        self.written = 0;
        now() - self.since >= self.length
    }

    /// The next one, after others, who do not write to many, had theirs for so long.
    fn after(others: Duration, now: Instant) -> Self {
        Self {
            since: now,
            length: LONGEST_TURN.min(others * TIMES_THE_OTHERS),
            written: 0,
        }
    }

    /// Lets the others have theirs.
    pub(super) async fn pass(self) -> Self {
        let from = Instant::now();
        let writing = self.end(from);
        yield_now().await;
        let now = Instant::now();
        // Of two that write to many, neither may take the other for a crowd that asks.
        let writing = writing_until_now().saturating_sub(writing);
        Self::after((now - from).saturating_sub(writing), now)
    }

    /// Counts it among all turns; gives how long they were until now.
    pub(super) fn end(&self, now: Instant) -> Duration {
        let took = u64::try_from((now - self.since).as_nanos()).unwrap_or(u64::MAX);
        WRITING_NS.fetch_add(took, Ordering::Relaxed);
        writing_until_now()
    }
}

/// How long all tasks together have written, ns. Those of another worker count as well: a turn that
/// is too short by that costs next to nothing.
static WRITING_NS: AtomicU64 = AtomicU64::new(0);

fn writing_until_now() -> Duration {
    Duration::from_nanos(WRITING_NS.load(Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_as_long_as_the_others_make_it_within_bounds() {
        const EACH: Duration = Duration::from_micros(5);
        let mut now = Instant::now();
        let mut turn;
        for (others, expected) in [
            // Nobody else had anything to do.
            (0, 64),
            // 4 ms at 5 µs are 800, in whole groups of 64.
            (1_000, 832),
            (0, 64),
            (5, 64),
            (7_000, 5_632),
            // 32 ms are 6,400.
            (9_000, 6_400),
            (1_000_000, 6_400),
            (0, 64),
        ] {
            turn = Turn::after(Duration::from_micros(others), now);
            let mut written = 0;
            loop {
                now += EACH;
                written += 1;
                if turn.is_over(1, || now) {
                    break;
                }
            }
            assert_eq!(written, expected, "after {others} µs");
        }
        // Large events count as more outlets than one.
        turn = Turn::after(Duration::ZERO, now);
        assert!(!turn.is_over(63, || now));
        assert!(turn.is_over(2, || now));
    }
}
