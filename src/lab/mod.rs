//! A run: what is published, which lanes read it, and what is counted of it.
//!
//! | file | what it answers |
//! |---|---|
//! | [`workload`] | What is published, and when? |
//! | [`api`] | How does the browser prepare, start, pause and stop a run? |
//! | `publisher`, `control` \[ssr\] | Who publishes a run, on which schedule? |
//! | [`settings`] | What has the visitor set? |
//! | [`query`] | How does an address ask for a run? |
//! | [`distance`] | How far away is the server? |
//! | [`budget`] | Which lanes fit into the browser's six connections? |
//! | [`turns`] | Whose turn is it, where lanes are measured one at a time? |
//! | [`model`] | What is known of the run? [`lane`] counts, [`trace`] remembers for the diagram |
//! | [`figures`], [`judgement`] | What is said of it, lane by lane and in words? |
//! | [`flags`], [`bias`] | What may have disturbed it? What does this browser add by itself? |
//! | [`recording`] | What is handed in when it is over? |
//! | [`board`], [`run`] | What does the page show, and of what run? |
//! | `runner` \[hydrate\] | Who carries a run through in the browser? |
//!
//! All but the runner and what it uses of the browser is pure: fed with signals and times.

pub mod api;
pub mod bias;
pub mod board;
pub mod browser;
pub mod budget;
pub mod distance;
pub mod figures;
pub mod flags;
pub mod judgement;
pub mod lane;
pub mod model;
pub mod query;
pub mod recording;
pub mod run;
pub mod settings;
pub mod trace;
pub mod turns;
pub mod workload;

#[cfg(feature = "ssr")]
pub mod control;
#[cfg(feature = "ssr")]
pub mod publisher;

#[cfg(feature = "hydrate")]
mod calls;
#[cfg(feature = "hydrate")]
mod clock;
#[cfg(feature = "hydrate")]
mod counting;
#[cfg(feature = "hydrate")]
mod instrument;
#[cfg(feature = "hydrate")]
mod memory;
#[cfg(feature = "hydrate")]
mod request;
#[cfg(feature = "hydrate")]
pub mod runner;
#[cfg(feature = "hydrate")]
mod tabs;
#[cfg(feature = "hydrate")]
mod watch;
