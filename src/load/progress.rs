//! Where the run is: on stderr, for whoever waits, and to the server that is reported to. indicatif
//! draws nothing where stderr is no terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::{arguments::LanePlan, reporter::Reporter};
use crate::{swarm::report::Phase, ui::number::count};

/// The one line, and whoever else is told.
#[derive(Debug)]
pub(super) struct Progress<'a> {
    line: ProgressBar,
    reporter: Option<&'a Reporter>,
}

/// A line that says nothing yet; none at all if `quiet`.
pub(super) fn line(quiet: bool) -> ProgressBar {
    let line = if quiet {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(0)
    };
    if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:24} {msg}") {
        line.set_style(style);
    }
    line
}

impl<'a> Progress<'a> {
    /// Tells both.
    pub(super) fn new(line: ProgressBar, reporter: Option<&'a Reporter>) -> Self {
        Self { line, reporter }
    }

    /// Another lane begins.
    pub(super) fn lane(&self, lane: LanePlan) {
        let subscribers = count(lane.subscribers.into());
        let name = format!("{} × {subscribers}", lane.transport.slug());
        self.line.set_prefix(format!("{name:<22}"));
        if let Some(reporter) = self.reporter {
            reporter.lane(lane);
        }
    }

    /// So much of it is done.
    pub(super) fn opening(&self, open: usize, of: u32) {
        self.tell(Phase::Opening, (open as u64, of.into()), 0);
        self.line.set_message(format!("{open} of {of} open"));
    }

    /// Nothing is published for so long.
    pub(super) fn idle(&self, passed: Duration, of: Duration) {
        self.tell(Phase::Idle, times(passed, of), 0);
        self.line.set_message("idle");
    }

    /// Events are out for so long.
    pub(super) fn publishing(&self, passed: Duration, of: Duration, received: u64) {
        self.tell(Phase::Publishing, times(passed, of), received);
        let (passed, of) = (passed.as_secs().min(of.as_secs()), of.as_secs());
        let received = count(received);
        self.line
            .set_message(format!("{passed} of {of} s, {received} deliveries"));
    }

    /// The last events are on their way.
    pub(super) fn draining(&self, complete: usize, of: u32) {
        self.tell(Phase::Draining, (complete as u64, of.into()), 0);
        self.line
            .set_message(format!("{complete} of {of} have all"));
    }

    fn tell(&self, phase: Phase, (done, of): (u64, u64), received: u64) {
        self.line.set_length(of);
        self.line.set_position(done);
        if let Some(reporter) = self.reporter {
            reporter.progress(phase, (done, of), received);
        }
    }
}

/// How much of a time has passed, ms.
fn times(passed: Duration, of: Duration) -> (u64, u64) {
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    (ms(passed).min(ms(of)), ms(of))
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.line.finish_and_clear();
    }
}
