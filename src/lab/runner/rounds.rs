//! What a run does again and again while it lasts: exchange clocks, compare lanes, tell the page
//! how much time has passed, ask the server how far it is.

use super::bench::Bench;
use crate::{lab::watch::is_hidden, transport::client::now};

/// How often clocks are exchanged, ms.
const CLOCK_MS: f64 = 5_000.0;
/// For how long they are exchanged more often, and how often that is, ms.
const YOUNG_MS: f64 = 10_000.0;
const YOUNG_CLOCK_MS: f64 = 1_000.0;
/// How often the lanes are compared, ms; less often where it takes more than one part in so many
/// of the time, because it keeps the page from receiving.
const JUDGE_MS: f64 = 2_000.0;
const JUDGE_SHARE: f64 = 400.0;
/// How often the server is asked how far it is, ms; from the expected end on, each second.
const STATUS_MS: f64 = 15_000.0;
const END_MS: f64 = 1_000.0;
/// How often the server is asked what it has counted of a lane, ms: one short answer, the lanes
/// one after the other.
const COUNT_MS: f64 = 1_500.0;
/// How often the page is told how much time has passed, ms.
const SHOW_MS: f64 = 200.0;

/// When what is next due.
pub(super) struct Rounds {
    last: f64,
    clock: f64,
    judge: f64,
    status: f64,
    count: f64,
    /// The lane that is asked for next.
    counted: usize,
    /// Since when the document has been hidden, if it is.
    hidden_since: Option<f64>,
    /// For how long events have been published, as far as is known, ms.
    elapsed_ms: f64,
    paused: bool,
}

impl Rounds {
    /// Events are published from now on.
    pub(super) fn new() -> Self {
        let at = now();
        Self {
            last: at,
            clock: at + YOUNG_CLOCK_MS,
            judge: at + JUDGE_MS,
            status: at + STATUS_MS,
            count: at + COUNT_MS,
            counted: 0,
            hidden_since: None,
            elapsed_ms: 0.0,
            paused: false,
        }
    }

    /// Lets time pass, and does nothing that could disturb.
    pub(super) fn pass(&mut self, bench: &Bench) {
        let at = now();
        let passed = at - std::mem::replace(&mut self.last, at);
        let hidden = is_hidden();
        self.hidden_since = hidden.then(|| self.hidden_since.unwrap_or(at));
        if !self.paused {
            let steps = |ms: f64| (ms / SHOW_MS).floor();
            let before = steps(self.elapsed_ms);
            self.elapsed_ms += passed;
            if steps(self.elapsed_ms) > before {
                bench.board.change(|state| {
                    state.progress.elapsed_ms = self.elapsed_ms;
                });
                bench.show_flags();
            }
        }
    }

    /// One round.
    pub(super) async fn go(&mut self, bench: &Bench) {
        self.pass(bench);
        let at = now();
        if at >= self.clock {
            bench.synchronise().await;
            // A young clock knows little of its drift, and its error grows fast between exchanges.
            let young = self.elapsed_ms < YOUNG_MS;
            self.clock = at + if young { YOUNG_CLOCK_MS } else { CLOCK_MS };
        }
        self.ask(bench, at).await;
        if at >= self.judge {
            let took = bench.judge().await;
            self.judge = at + JUDGE_MS.max(took * JUDGE_SHARE);
        }
    }

    /// Asks what the server has counted, where that is due.
    async fn ask(&mut self, bench: &Bench, at: f64) {
        if at >= self.count {
            self.count = at + COUNT_MS;
            let lanes = bench.fit.borrow().open.len().max(1);
            self.counted = (self.counted + 1) % lanes;
            bench.count(self.counted).await;
        }
    }

    /// Whether the server is to be asked how far it is: now and then, and from the expected end
    /// on each second.
    pub(super) fn is_status_due(&mut self, total_ms: f64) -> bool {
        let at = now();
        let over = self.elapsed_ms >= total_ms;
        if over && self.status - at > END_MS {
            self.status = at;
        }
        let due = at >= self.status;
        if due {
            self.status = at + if over { END_MS } else { STATUS_MS };
        }
        due
    }

    /// The server has said how long it has published, and whether it pauses.
    pub(super) fn correct(&mut self, elapsed_ms: f64, paused: bool) {
        self.elapsed_ms = elapsed_ms;
        self.paused = paused;
    }

    /// For how long the document has been hidden, ms.
    pub(super) fn hidden_ms(&self) -> f64 {
        self.hidden_since.map_or(0.0, |since| now() - since)
    }
}
