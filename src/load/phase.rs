//! Where a lane is, and what its workers and the one who conducts them tell each other.

use std::sync::{
    Mutex,
    atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed},
};

/// Where a lane is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Phase {
    /// Subscribers are opened.
    Opening,
    /// All are open; nothing is published yet.
    Idle,
    /// Events are published.
    Publishing,
    /// The last event is out.
    Draining,
    /// All is over.
    Over,
}

/// What the workers of a lane and the one who conducts them know of each other.
#[derive(Debug)]
pub(super) struct Shared {
    phase: AtomicU8,
    /// Subscribers that have been open.
    pub(super) opened: AtomicUsize,
    /// Subscribers that have received all, as of a moment ago.
    pub(super) complete: AtomicUsize,
    pub(super) received: AtomicU64,
    /// Why the latest connection could not be opened.
    pub(super) reason: Mutex<String>,
}

impl Shared {
    pub(super) fn new() -> Self {
        Self {
            phase: AtomicU8::new(Phase::Opening as u8),
            opened: AtomicUsize::new(0),
            complete: AtomicUsize::new(0),
            received: AtomicU64::new(0),
            reason: Mutex::default(),
        }
    }

    pub(super) fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Relaxed);
    }

    pub(super) fn has_reached(&self, phase: Phase) -> bool {
        self.phase.load(Relaxed) >= phase as u8
    }
}
