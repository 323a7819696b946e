//! A lane that takes turns with others.

use super::{Lane, State};
use crate::lab::turns::Window;

impl Lane {
    /// It takes turns with others, and waits for its first.
    pub fn wait_for_turn(&mut self) {
        if self.state == State::Idle {
            self.in_turn = true;
            self.state = State::Waiting;
        }
    }

    /// It is the lane's turn: it is opened behind event `seen`. Nothing is measured until its
    /// window is told.
    pub fn call(&mut self, seen: u64) {
        self.state = State::Idle;
        self.window = None;
        self.ledger.reopen(seen + 1);
    }

    /// The events of this time are measured.
    pub fn measure(&mut self, window: Window) {
        self.window = Some(window);
    }

    /// The turn is over, and the lane's client closed: what it has not seen up to `upto` is lost.
    pub fn dismiss(&mut self, upto: u64, at: f64) {
        self.ledger.close(upto);
        self.count_lost();
        self.pause(at);
        self.trace.ended(at);
        if self.state.takes_part() {
            self.state = State::Waiting;
        }
    }
}
