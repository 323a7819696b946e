//! What a client's job holds on to: its target, its cursor, and the way to tell its signals.

use std::cell::Cell;

use super::{Sink, now, timer::sleep};
use crate::{
    event::{Batch, Cursor},
    transport::{
        Signal, Target,
        retry::{Backoff, Trouble},
    },
};

/// One client's line to its owner. It outlives interruptions; the job does not.
pub(crate) struct Line {
    target: Target,
    sink: Sink,
    cursor: Cell<Option<Cursor>>,
    over: Cell<bool>,
    resting: Cell<bool>,
}

impl Line {
    pub(super) fn new(target: Target, sink: Sink) -> Self {
        Self {
            cursor: Cell::new(target.after),
            target,
            sink,
            over: Cell::new(false),
            resting: Cell::new(false),
        }
    }

    /// What the client reads. Where it has come to is told by [`Line::cursor`].
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// The last position known; `None` before the first, where reading began with "from now on".
    pub(crate) fn cursor(&self) -> Option<Cursor> {
        self.cursor.get()
    }

    /// Moves the cursor. Within an epoch it never steps back: an old event that is delivered again
    /// must not make what follows it come again too.
    pub(crate) fn advance(&self, next: Cursor) {
        let back = |held: Cursor| held.epoch == next.epoch && held.seq > next.seq;
        if !self.cursor.get().is_some_and(back) {
            self.cursor.set(Some(next));
        }
    }

    /// Tells the owner, unless the client has ended.
    pub(crate) fn tell(&self, signal: Signal) {
        if !self.is_over() {
            (self.sink)(signal);
        }
    }

    /// Tells what a batch holds, and moves the cursor behind it.
    pub(crate) fn deliver(&self, at: f64, batch: Batch) {
        self.advance(batch.next);
        if batch.is_empty() {
            self.tell(Signal::Empty { at });
            return;
        }
        if let Some(gap) = batch.gap {
            self.tell(Signal::Gap { at, gap });
        }
        if !batch.events.is_empty() {
            self.tell(Signal::Delivered {
                at,
                events: batch.events,
                next: batch.next,
            });
        }
    }

    /// Tells that the connection ended.
    pub(crate) fn closed(&self, at: f64, reason: &str) {
        self.tell(Signal::Closed {
            at,
            reason: reason.to_owned(),
        });
    }

    /// Waits out a trouble; `false` when it will not pass, which is told, and the client is over.
    pub(crate) async fn settle(&self, trouble: Trouble, backoff: &mut Backoff) -> bool {
        match trouble {
            Trouble::Passing { pause_ms, .. } => {
                let own = backoff.pause_ms(js_sys::Math::random());
                self.rest(own.max(pause_ms)).await;
                !self.is_over()
            }
            Trouble::Lasting { reason } => {
                self.tell(Signal::Failed { at: now(), reason });
                self.end();
                false
            }
        }
    }

    /// Pauses before another attempt, and tells so.
    pub(crate) async fn rest(&self, ms: f64) {
        self.resting.set(true);
        self.tell(Signal::Retrying {
            at: now(),
            in_ms: ms,
        });
        sleep(ms).await;
        self.wake();
    }

    /// Whether the client pauses before another attempt.
    pub(super) fn is_resting(&self) -> bool {
        self.resting.get()
    }

    /// The pause is over, or was cut short.
    pub(super) fn wake(&self) {
        self.resting.set(false);
    }

    /// No signal from now on.
    pub(super) fn end(&self) {
        self.over.set(true);
    }

    /// Whether the client has ended: dropped, or refused for good. A job asks before it opens or
    /// asks for anything, since each signal may have been the one on which its owner dropped it.
    pub(crate) fn is_over(&self) -> bool {
        self.over.get()
    }
}
