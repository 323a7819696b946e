//! A time that passes only while something is waited for.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

/// A deadline that is only there while something is waited for.
#[derive(Debug, Default)]
pub(super) struct Deadline(Option<Pin<Box<Sleep>>>);

impl Deadline {
    /// Begins, unless it has begun.
    pub(super) fn arm(&mut self, after: Duration) {
        if self.0.is_none() {
            self.0 = Some(Box::pin(sleep_until(Instant::now() + after)));
        }
    }

    /// Nothing is waited for.
    pub(super) fn disarm(&mut self) {
        self.0 = None;
    }

    /// Fails once the deadline has passed.
    pub(super) fn check(
        &mut self,
        context: &mut Context<'_>,
        what: &'static str,
    ) -> io::Result<()> {
        let passed = match &mut self.0 {
            Some(sleep) => sleep.as_mut().poll(context) == Poll::Ready(()),
            None => false,
        };
        if passed {
            Err(io::Error::new(io::ErrorKind::TimedOut, what))
        } else {
            Ok(())
        }
    }
}
