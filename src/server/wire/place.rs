//! How many connections there may be at a time.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio_util::task::task_tracker::TaskTrackerToken;

/// A connection's place among those that may be there at a time. The wire holds it to its end,
/// so that what has been upgraded counts like the rest and is waited for like the rest.
#[derive(Debug)]
pub struct Place {
    taken: Arc<AtomicUsize>,
    _waited_for: TaskTrackerToken,
}

impl Place {
    /// One of `most` places; `None` when all are taken.
    pub fn take(
        taken: &Arc<AtomicUsize>,
        most: usize,
        waited_for: TaskTrackerToken,
    ) -> Option<Self> {
        // The place is there first, so that one too many gives its own back.
        let before = taken.fetch_add(1, Ordering::Relaxed);
        let place = Self {
            taken: Arc::clone(taken),
            _waited_for: waited_for,
        };
        (before < most).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.taken.fetch_sub(1, Ordering::Relaxed);
    }
}
