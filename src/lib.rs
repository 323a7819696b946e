//! # pushpull: the map of the house
//!
//! pushpull shows and measures how events travel from a server to a browser. One ordered event
//! log is delivered at the same moment by HTTP polling, long polling, Server-Sent Events and
//! WebSocket, and what that costs and how long it takes is measured where it happens.
//!
//! A topic is a bounded ring of events with a watched head. A subscriber owns nothing on the
//! server but its cursor, and every transport is the same sentence said its own way: *read what
//! follows the cursor, write it, wait for the head to move.*
//!
//! | room | what it answers |
//! |---|---|
//! | [`event`] | Which words do all rooms share? Event, cursor, gap, batch |
//! | [`stats`] | What do the numbers mean? Ledger, latency, server's clock, verdict; pure |
//! | [`transport`] | How does an event travel? One folder a transport: `mod`, `server`, `client` |
//! | `hub` \[ssr\] | Where do events live? Topics: ring, cursor, wake-up, the server's clock |
//! | `meter` \[ssr\] | What does each lane cost? Bytes by whose turn it is, CPU time, the kernel's word |
//! | `server` \[ssr\] | Who may come in, and how far? Accept loop, limits, Host and Origin, router, shutdown |
//! | `proxy` \[ssr\] | What stands between browser and server? The relay, which is distance |
//! | [`lab`] | What is a run? Workload, publisher \[ssr\], lanes, runner in the browser |
//! | [`runs`] | What is kept of a run? Types, store \[ssr\], exports \[ssr\] |
//! | [`ui`] | What does the visitor see? Pages \[ssr\] and the islands that move |
//! | `app` \[ssr\] | The HTML shell and the routes |
//! | `publish` \[ssr\] | How does a pipe become events? `pushpull publish` |
//! | `http_client` \[ssr\] | How do the command line's programs ask a server? |
//! | `load` \[ssr\] | What do thousands of subscribers cost? `pushpull load` |
//! | `swarm` \[ssr\] | What do load generators report, and which command starts one? |
//! | `hydrate` | Where does the browser come in? The WebAssembly's entrance |
//!
//! Data flows one way: publisher → hub → transport/server → wire → transport/client → stats →
//! lab → ui. No room reaches back up that line.
//!
//! The package is compiled twice: with feature `ssr` for the server and the command line, with
//! feature `hydrate` to WebAssembly for the islands. The gate stands on `mod` lines only.

#![recursion_limit = "256"]

pub mod event;
pub mod lab;
pub mod runs;
pub mod stats;
pub mod transport;
pub mod ui;

#[cfg(feature = "ssr")]
pub mod app;
#[cfg(feature = "ssr")]
mod http_client;
#[cfg(feature = "ssr")]
pub mod hub;
#[cfg(feature = "ssr")]
pub mod load;
#[cfg(feature = "ssr")]
pub mod meter;
#[cfg(feature = "ssr")]
pub mod proxy;
#[cfg(feature = "ssr")]
pub mod publish;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "ssr")]
pub mod swarm;

#[cfg(feature = "hydrate")]
pub mod hydrate;

// Made-up runs are shared with the tests over sockets, which see the library from outside.
#[cfg(all(test, feature = "ssr"))]
extern crate self as pushpull;
#[cfg(all(test, feature = "ssr"))]
#[path = "../tests/api/made_up.rs"]
#[allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "nothing outside the tests sees it"
)]
mod made_up;
