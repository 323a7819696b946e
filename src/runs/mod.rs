//! Saved runs: what is kept of a run, where, and how it leaves the house again.
//!
//! | file | what it answers |
//! |---|---|
//! | [`types`] | What does the browser hand in? |

pub mod types;
