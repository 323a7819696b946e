//! Who may come in, how far, and how it ends.
//!
//! - [`application`]: the server as a thing that is built, knows its address, and then runs;
//! - [`accept`], [`wire`] and [`stream`]: the accept loop, the connection under it with its
//!   deadlines, and the bytes under that, in clear or encrypted;
//! - [`desk`]: where a connection's requests are answered, between hyper and the door;
//! - [`takeover`]: answers that stand, carried without hyper;
//! - [`tls`] and [`http2`]: what encrypts that, and what bounds many streams on one connection;
//! - [`head`], [`body`] and [`large`]: what is watched while a request comes in;
//! - [`door`]: what every request passes: [`guard`], which looks at `Host`, `Origin` and token, and
//!   [`headers`], what every answer says;
//! - [`metrics`]: the server's own numbers, for Prometheus;
//! - [`router`]: which address leads where; [`polls`]: the two that are asked over and over, without
//!   it; [`assets`]: the built site's files; [`fn_errors`] and
//!   [`fn_socket`]: what the framework's server functions need beside;
//! - [`config`]: what `pushpull serve` can be told; [`site`]: where the built site lies.

pub mod accept;
pub mod application;
pub mod assets;
pub mod body;
pub mod config;
pub mod desk;
pub mod door;
pub mod fn_errors;
pub mod fn_socket;
pub mod guard;
pub mod head;
pub mod headers;
pub mod http2;
pub mod large;
mod listener;
pub mod metrics;
pub mod polls;
pub mod router;
pub mod sign_in;
pub mod site;
pub mod stream;
pub mod takeover;
pub mod tls;
pub mod wire;

pub use application::{Application, StartError};
pub use config::ServeOptions;
