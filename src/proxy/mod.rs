//! What stands between browser and server in a real network: here, distance. On loopback one
//! measures the browser; through a relay one measures what each transport makes of a round trip.
//!
//! - [`relay`]: listeners that forward whole TCP streams to the server, late;
//! - `pipe`: one direction of such a stream, in order, bounded;
//! - `timer`: wakes tasks within a fraction of a millisecond;
//! - [`distances`]: which port is how far away, and how a page learns it.

pub mod distances;
mod pipe;
pub mod relay;
mod timer;

pub use self::{
    distances::Distances,
    relay::{RelayError, Relays},
};
