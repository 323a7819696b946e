//! Where the run is, on stderr, for whoever waits. indicatif draws nothing where stderr is no
//! terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::arguments::LanePlan;
use crate::ui::number::count;

/// The one line.
#[derive(Debug)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// A line that says nothing yet; none at all if `quiet`.
    pub(super) fn new(quiet: bool) -> Self {
        let bar = if quiet {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(0)
        };
        if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:24} {msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Another lane begins.
    pub(super) fn lane(&self, lane: LanePlan) {
        let subscribers = count(lane.subscribers.into());
        let name = format!("{} × {subscribers}", lane.transport.slug());
        self.0.set_prefix(format!("{name:<22}"));
    }

    /// So much of it is done.
    pub(super) fn opening(&self, open: usize, of: u32) {
        self.bar(open as u64, of.into());
        self.0.set_message(format!("{open} of {of} open"));
    }

    /// Nothing is published for so long.
    pub(super) fn idle(&self, passed: Duration, of: Duration) {
        self.times(passed, of);
        self.0.set_message("idle");
    }

    /// Events are out for so long.
    pub(super) fn publishing(&self, passed: Duration, of: Duration, received: u64) {
        self.times(passed, of);
        let (passed, of) = (passed.as_secs().min(of.as_secs()), of.as_secs());
        let received = count(received);
        self.0
            .set_message(format!("{passed} of {of} s, {received} deliveries"));
    }

    /// The last events are on their way.
    pub(super) fn draining(&self, complete: usize, of: u32) {
        self.bar(complete as u64, of.into());
        self.0.set_message(format!("{complete} of {of} have all"));
    }

    fn bar(&self, done: u64, of: u64) {
        self.0.set_length(of);
        self.0.set_position(done);
    }

    fn times(&self, passed: Duration, of: Duration) {
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.bar(ms(passed).min(ms(of)), ms(of));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
