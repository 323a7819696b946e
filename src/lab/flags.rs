//! What may have disturbed a run.

use super::{board::Instrument, lane::State, model::Model, settings::Settings};
use crate::{
    runs::types::{Flag, FlagKind},
    transport::counters::LaneCounters,
};

/// How many stretches of one kind are kept; beyond that the last one grows.
const MOST: usize = 200;
/// A timer of this step or more is coarse, µs: what a browser gives to a page that is not isolated.
const COARSE_US: f64 = 100.0;
/// A publisher this late is part of every latency that is shown, µs.
const LATE_US: u64 = 100;

/// A stretch of time on the browser's clock, ms.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    from: f64,
    to: f64,
}

/// What the page notices while a run goes on. Times are the browser's, in ms.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Disturbances {
    hidden: Vec<Stretch>,
    hidden_since: Option<f64>,
    blocked: Vec<Stretch>,
    looks: u32,
    late_looks: u32,
}

impl Disturbances {
    /// A look at the run that comes later than this after its time is late, ms: a frame is 16.
    pub const LATE_LOOK_MS: f64 = 50.0;

    /// The document is hidden, or is not, from `at` on. Repeating it changes nothing.
    pub fn hidden(&mut self, hidden: bool, at: f64) {
        match (hidden, self.hidden_since) {
            (true, None) => self.hidden_since = Some(at),
            (false, Some(from)) => {
                self.hidden_since = None;
                push(&mut self.hidden, Stretch { from, to: at });
            }
            _ => {}
        }
    }

    /// The main thread did one thing for so long, as the browser tells it.
    pub fn blocked(&mut self, from: f64, for_ms: f64) {
        let to = from + for_ms;
        push(&mut self.blocked, Stretch { from, to });
    }

    /// The run was looked at, so many ms after the look was due. A browser slows the timers of a
    /// hidden document by itself: those looks say nothing.
    pub fn looked(&mut self, late_ms: f64) {
        if self.hidden_since.is_none() {
            self.looks += 1;
            self.late_looks += u32::from(late_ms > Self::LATE_LOOK_MS);
        }
    }

    /// How many of a hundred looks were late, where those are so many that the browser did not
    /// keep up: more than one in ten, and at least five. What comes while the main thread is busy
    /// waits as long as a look does.
    fn saturated(&self) -> Option<u64> {
        let share = u64::from(self.late_looks) * 100 / u64::from(self.looks.max(1));
        (self.late_looks >= 5 && share > 10).then_some(share)
    }
}

/// Keeps a stretch, or lets the last one reach so far where there are too many.
fn push(stretches: &mut Vec<Stretch>, stretch: Stretch) {
    let full = stretches.len() >= MOST;
    match stretches.last_mut() {
        Some(last) if full => last.to = stretch.to,
        _ => stretches.push(stretch),
    }
}

/// What else a run's flags depend on.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// What it runs with.
    pub settings: &'a Settings,
    /// What it is measured with.
    pub instrument: &'a Instrument,
    /// The publisher's lateness, p99, µs.
    pub lateness_us: Option<u64>,
    /// The browser's time, ms.
    pub now: f64,
}

/// All that may have disturbed the run so far.
pub fn flags(model: &Model, about: About<'_>) -> Vec<Flag> {
    let seen = model.disturbances();
    let mut flags = Flags {
        origin: model.origin(),
        flags: Vec::new(),
    };
    for stretch in &seen.hidden {
        flags.during(FlagKind::TabHidden, *stretch, 0);
    }
    if let Some(from) = seen.hidden_since {
        let to = about.now;
        flags.during(FlagKind::TabHidden, Stretch { from, to }, 0);
    }
    for stretch in &seen.blocked {
        let took = (stretch.to - stretch.from).max(0.0) as u64;
        flags.during(FlagKind::MainThreadBlocked, *stretch, took);
    }
    let instrument = about.instrument;
    let step_us = (instrument.step_ms * 1e3).round();
    let lanes = model.lanes();
    let skipped = lanes.iter().map(|lane| lane.skipped).sum();
    let missing = lanes
        .iter()
        .filter(|lane| !lane.took_part || lane.state == State::Failed);
    let lost_lanes = missing.count() as u64;
    let counted = |is: fn(&LaneCounters) -> bool| {
        let these = lanes
            .iter()
            .filter(|lane| lane.counters.as_ref().is_some_and(is));
        these.count() as u64
    };
    let of = |value: u64| (value > 0).then_some(value);
    let whole = [
        (
            FlagKind::LongTasksNotObservable,
            (!instrument.long_tasks).then_some(0),
        ),
        (
            FlagKind::TimerCoarse,
            (step_us >= COARSE_US).then_some(step_us as u64),
        ),
        (FlagKind::InsecureContext, (!instrument.secure).then_some(0)),
        (
            FlagKind::PublisherLate,
            about.lateness_us.filter(|us| *us >= LATE_US),
        ),
        (
            FlagKind::Commensurate,
            about.settings.commensurate().map(u64::from),
        ),
        (FlagKind::SkippedPolls, of(skipped)),
        (FlagKind::BrowserSaturated, seen.saturated()),
        (FlagKind::Pipelined, of(counted(|it| it.approximate))),
        (FlagKind::BodiesOnly, of(counted(LaneCounters::bodies_only))),
        (FlagKind::ClockRestarted, of(model.clock_restarts().into())),
        (FlagKind::LaneMissing, of(lost_lanes)),
    ];
    for (kind, value) in whole {
        if let Some(value) = value {
            flags.flags.push(Flag {
                kind,
                from_us: 0,
                to_us: 0,
                value,
            });
        }
    }
    flags.flags
}

struct Flags {
    origin: f64,
    flags: Vec<Flag>,
}

impl Flags {
    /// Flags a stretch, as far as it lies within the run.
    fn during(&mut self, kind: FlagKind, stretch: Stretch, value: u64) {
        let since_start = |at: f64| ((at - self.origin) * 1e3).max(0.0) as u64;
        let (from_us, to_us) = (since_start(stretch.from), since_start(stretch.to));
        if to_us > 0 {
            self.flags.push(Flag {
                kind,
                from_us,
                to_us,
                value,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lab::budget::{fit, seats},
        runs::types::Mode,
        transport::Pace,
    };

    fn kinds(flags: &[Flag]) -> Vec<FlagKind> {
        flags.iter().map(|flag| flag.kind).collect()
    }

    /// A run that began at 1,000 ms, and its flags at 9,000 ms.
    fn flagged(disturb: impl FnOnce(&mut Disturbances)) -> Vec<Flag> {
        flagged_of(|model| disturb(model.disturb()))
    }

    fn flagged_of(disturb: impl FnOnce(&mut Model)) -> Vec<Flag> {
        let settings = Settings::default();
        let mut model = Model::new(0.005);
        let fit = fit(&seats(settings.lanes, Mode::Together), 0);
        let pace = Pace {
            poll_interval_ms: 1_000,
            wait_s: 25,
        };
        model.begin(&fit, None, pace, 1_000.0);
        for index in 0..4 {
            let (at, position) = (1_000.0, None);
            model.take(index, crate::transport::Signal::Open { at, position });
        }
        disturb(&mut model);
        let instrument = Instrument {
            step_ms: 0.005,
            secure: true,
            long_tasks: true,
            ..Instrument::default()
        };
        let about = About {
            settings: &settings,
            instrument: &instrument,
            lateness_us: Some(99),
            now: 9_000.0,
        };
        flags(&model, about)
    }

    #[test]
    fn a_quiet_run_has_no_flags() {
        assert_eq!(flagged(|_| {}), []);
    }

    #[test]
    fn http_2_is_no_request_that_overtook_an_answer() {
        let count = |http2, approximate| {
            let counters = LaneCounters {
                http2,
                approximate,
                ..LaneCounters::default()
            };
            kinds(&flagged_of(|model| model.count(1, counters, 2_000.0)))
        };
        assert_eq!(count(0, false), []);
        assert_eq!(count(7, false), [FlagKind::BodiesOnly]);
        assert_eq!(count(0, true), [FlagKind::Pipelined]);
    }

    #[test]
    fn a_hidden_tab_is_flagged_from_when_to_when() {
        let flags = flagged(|seen| {
            seen.hidden(true, 500.0);
            seen.hidden(true, 600.0);
            seen.hidden(false, 3_000.0);
            seen.hidden(true, 8_000.0);
        });
        let flag = |from_us, to_us| Flag {
            kind: FlagKind::TabHidden,
            from_us,
            to_us,
            value: 0,
        };
        assert_eq!(flags, [flag(0, 2_000_000), flag(7_000_000, 8_000_000)]);
        assert_eq!(
            flagged(|seen| {
                seen.hidden(true, 100.0);
                seen.hidden(false, 900.0);
            }),
            [],
            "before the run"
        );
    }

    #[test]
    fn a_long_task_is_flagged_with_its_length() {
        let flags = flagged(|seen| seen.blocked(2_000.0, 120.0));
        assert_eq!(kinds(&flags), [FlagKind::MainThreadBlocked]);
        assert_eq!(
            flags.first().map(|flag| (flag.from_us, flag.value)),
            Some((1_000_000, 120))
        );
        let many = flagged(|seen| {
            for at in 0..1_000 {
                seen.blocked(2_000.0 + f64::from(at), 60.0);
            }
        });
        assert_eq!(many.len(), MOST);
    }

    #[test]
    fn a_browser_that_looks_late_too_often_is_saturated() {
        let looks = |late: u32, in_time: u32| {
            kinds(&flagged(|seen| {
                for at in 0..late + in_time {
                    seen.looked(if at < late { 60.0 } else { 4.0 });
                }
            }))
        };
        assert_eq!(looks(4, 0), []);
        assert_eq!(looks(10, 90), []);
        assert_eq!(looks(12, 88), [FlagKind::BrowserSaturated]);
        let hidden = flagged(|seen| {
            seen.hidden(true, 100.0);
            (0..50).for_each(|_| seen.looked(900.0));
            seen.hidden(false, 200.0);
        });
        assert_eq!(hidden, []);
    }
}
