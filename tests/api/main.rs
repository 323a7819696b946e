//! The contract, asked over real sockets: every test starts a server of its own on a free port.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, and says where"
)]
#![allow(
    unreachable_pub,
    missing_docs,
    reason = "nothing outside this binary sees it"
)]

mod app;
mod gaps;
mod positions;
mod socket;
mod sse;
mod subscriber;
