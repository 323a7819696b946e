//! Long polling in the browser: one `fetch` outstanding, the next as soon as it is answered.
//!
//! # Use
//! [`open`] with [`Pace::wait_s`], for how long the server may hold a request. With a cursor
//! [`Signal::Open`](crate::transport::Signal::Open) comes when the first request has been handed
//! to the browser: what is published before the server holds it follows the cursor all the same.
//! Without one, and after a failure, one poll that is answered at once comes first and opens the
//! way. A request that is not answered within `wait_s` and 15 s is aborted and counts as lost.
//!
//! # Clean-up
//! Dropping the [`Client`] aborts the request that is held, upon which the server lets go of it.
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

/// Opens a client that polls long.
pub fn open(target: Target, pace: Pace, sink: Sink) -> Client {
    asking::open(
        target,
        sink,
        |line, wait_s| Box::pin(async move { fetch::ask(&line, wait_s).await }),
        Rhythm::Held(pace.wait_s),
    )
}
