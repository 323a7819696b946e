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

mod abuse;
mod addresses;
mod answers;
mod app;
mod batches;
mod bytes;
mod capture;
mod clock_steps;
mod command_line;
mod data;
mod dialect;
mod distance;
mod echo_and_clock;
mod event_stream;
mod gaps;
mod guards;
mod headers;
mod https;
mod knobs;
mod lanes;
mod limits;
mod load;
mod long_poll;
mod made_up;
mod metrics;
mod openness;
mod patience;
mod polls;
mod positions;
mod program;
mod publishing;
mod raw;
mod refusals;
mod reporting;
mod resume;
mod runs;
mod seeds;
mod server_fn_socket;
mod shutdown;
mod socket;
mod sse;
mod stalled;
mod subscriber;
mod swarm;
mod takeover;
mod tape;
mod told;
mod web_socket;
