//! When a poll is due. Pure: the times come from outside, in ms on any clock that does not step.

/// How many polls keep one phase. An even workload whose interval divides the polls' would else
/// meet them with the same luck for the whole run.
pub const BLOCK: u32 = 10;

/// The schedule of one lane's polls: start to start, so that a slow answer does not slow the
/// rhythm; a tick that finds the last answer still under way is skipped and counted.
///
/// After [`BLOCK`] polls the phase is drawn anew, by drawing the next poll from the time that is
/// left until its tick: never from behind it, so that no event waits longer than one interval
/// because of the draw.
#[derive(Debug, Clone, Copy)]
pub struct Ticks {
    interval_ms: f64,
    due: f64,
    polls: u32,
}

/// What is due next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tick {
    /// When the next poll starts, in ms.
    pub due: f64,
    /// How many ticks had passed before the answer came.
    pub skipped: u32,
}

impl Ticks {
    /// A schedule whose first poll starts `now`, in ms. An interval of less than 1 ms counts as
    /// 1 ms.
    pub fn new(interval_ms: u32, now: f64) -> Self {
        Self {
            interval_ms: f64::from(interval_ms.max(1)),
            due: now,
            polls: 1,
        }
    }

    /// The tick after an answer that came `now`; `draw` is a random number from 0 to 1.
    pub fn next(&mut self, now: f64, draw: f64) -> Tick {
        let interval = self.interval_ms;
        let planned = self.due + interval;
        let late = ((now - planned) / interval).ceil().max(0.0);
        self.due = planned + late * interval;
        if self.polls >= BLOCK {
            self.polls = 0;
            self.due -= draw.clamp(0.0, 1.0) * (self.due - now).max(0.0);
        }
        self.polls += 1;
        Tick {
            due: self.due,
            // A float too large for the type saturates; nobody waits that long.
            skipped: late as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn polls_start_on_the_beat_whatever_the_answers_take() {
        let mut ticks = Ticks::new(1_000, 500.0);
        for (answered, due) in [(503.0, 1_500.0), (2_400.0, 2_500.0), (2_501.0, 3_500.0)] {
            assert_eq!(ticks.next(answered, 0.5), Tick { due, skipped: 0 });
        }
    }

    #[test]
    fn a_late_answer_skips_ticks_and_keeps_the_beat() {
        let mut ticks = Ticks::new(100, 0.0);
        // Ticks 100, 200 and 300 found the poll of 0 under way.
        let late = ticks.next(350.0, 0.5);
        assert_eq!(
            late,
            Tick {
                due: 400.0,
                skipped: 3
            }
        );
        // An answer that comes with the tick is in time for it.
        let just = ticks.next(500.0, 0.5);
        assert_eq!(
            just,
            Tick {
                due: 500.0,
                skipped: 0
            }
        );
    }

    #[test]
    fn the_phase_is_drawn_anew_after_a_block() {
        let mut ticks = Ticks::new(1_000, 0.0);
        for i in 1..BLOCK {
            let due = f64::from(i) * 1_000.0;
            assert_eq!(ticks.next(due - 990.0, 0.25).due, due);
        }
        // The answer came at 9,200; the tick would be at 10,000; a quarter of that earlier.
        assert_eq!(ticks.next(9_200.0, 0.25).due, 9_800.0);
        assert_eq!(ticks.next(9_801.0, 0.25).due, 10_800.0);
    }

    proptest! {
        #[test]
        fn a_tick_never_lies_in_the_past_nor_beyond_one_interval(
            interval in 1_u32..60_000,
            answers in proptest::collection::vec((0.0..200_000.0, 0.0..1.0), 1..60),
        ) {
            let mut ticks = Ticks::new(interval, 0.0);
            let mut started = 0.0;
            for (took, draw) in answers {
                let now = started + took;
                let tick = ticks.next(now, draw);
                prop_assert!(tick.due >= now - 1e-6);
                prop_assert!(tick.due <= now.max(started) + f64::from(interval) + 1e-6);
                let within = f64::from(tick.skipped) * f64::from(interval);
                prop_assert!(within <= took + 1e-6);
                started = tick.due;
            }
        }
    }
}
