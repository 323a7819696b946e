//! An end that is to come: everybody who stands looks for it each time they are woken.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

/// A token to wait for, and beside it the word itself, which can be read without a lock.
#[derive(Debug, Clone, Default)]
pub struct Ending(Arc<Said>);

#[derive(Debug, Default)]
struct Said {
    said: AtomicBool,
    token: CancellationToken,
}

impl Ending {
    /// It comes.
    pub fn cancel(&self) {
        // First: whoever is woken must see it.
        self.0.said.store(true, Ordering::Release);
        self.0.token.cancel();
    }

    /// Whether it has come.
    pub fn is_cancelled(&self) -> bool {
        self.0.said.load(Ordering::Acquire)
    }

    /// Waits for it.
    pub fn cancelled(&self) -> WaitForCancellationFuture<'_> {
        self.0.token.cancelled()
    }

    /// For those who know tokens.
    pub fn token(&self) -> &CancellationToken {
        &self.0.token
    }
}
