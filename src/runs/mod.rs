//! Saved runs: what is kept of a run, where, and how it leaves the house again.
//!
//! | file | what it answers |
//! |---|---|
//! | [`types`] | What does the browser hand in? |
//! | [`api`] | What can be done with saved runs? `keeping` \[ssr\] does it |
//! | `record` \[ssr\] | What is kept? Its JSON is `schema/run-v1.json` |
//! | `store` \[ssr\] | Where? SQLite; `packed` makes few bytes of a record, `summary` the list |
//! | `saved` \[ssr\] | What is a saved run called, and why is it not to be had? |

pub mod api;
pub mod types;

#[cfg(feature = "ssr")]
mod keeping;
#[cfg(feature = "ssr")]
pub mod packed;
#[cfg(feature = "ssr")]
pub mod record;
#[cfg(feature = "ssr")]
pub mod saved;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
mod summary;
