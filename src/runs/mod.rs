//! Saved runs: what is kept of a run, where, and how it leaves the house again.
//!
//! | file | what it answers |
//! |---|---|
//! | [`types`] | What does the browser hand in? |
//! | [`api`] | What can be done with saved runs? |
//! | `keeping` \[ssr\] | Who does it? |

pub mod api;
pub mod types;

#[cfg(feature = "ssr")]
mod keeping;
