//! Swarms: load generators that report to this server while they measure.
//!
//! `pushpull load --report URL` introduces itself, tells where it is, hands in each lane that is
//! over, and at the end the whole run, which is kept like one that is imported. What is known of a
//! swarm until then lives in memory: few at a time, each only writable with its own key, each
//! forgotten when nothing is heard of it any more.
//!
//! | file | what it answers |
//! |---|---|
//! | [`report`] | What does a generator say? |
//! | [`point`] | What is left of a lane when it becomes a point of a curve? |
//! | [`registry`] | Which swarms are there, and for how long? |
//! | [`api`] | How is a report taken in? `error` says no |
//! | [`command`] | Which command starts what was chosen? `quoting` writes it for a shell |

pub mod api;
pub mod command;
mod error;
pub mod point;
mod quoting;
pub mod registry;
pub mod report;

pub use error::SwarmError;
pub use registry::{Swarm, SwarmId, Swarms};
