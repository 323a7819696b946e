//! Polling in the browser: `fetch` at the ticks of an interval.
//!
//! # Use
//! [`open`] with the interval in [`Pace::poll_interval_ms`]. The first poll leaves at once and
//! tells [`Signal::Open`](crate::transport::Signal::Open) with its answer. Later ones start at
//! ticks, counted from start to start; a tick that finds an answer still under way is skipped and
//! told as [`Signal::Skipped`](crate::transport::Signal::Skipped). After every block of
//! [`BLOCK`](crate::transport::ticks::BLOCK) polls the phase is drawn anew. An answer that was cut
//! off is followed by the next request at once.
//!
//! # Clean-up
//! Dropping the [`Client`] aborts the request under way and clears the timer.
//!
//! # On the server
//! Nothing.

use crate::transport::{
    Pace, Target,
    client::{
        Client, Sink,
        asking::{self, Rhythm},
        fetch,
    },
};

/// Opens a client that polls.
pub fn open(target: Target, pace: Pace, sink: Sink) -> Client {
    asking::open(
        target,
        sink,
        |line, wait_s| Box::pin(async move { fetch::ask(&line, wait_s).await }),
        Rhythm::Ticks(pace.poll_interval_ms),
    )
}
