//! Saved runs: what is kept of a run, where, and how it leaves the house again.
//!
//! | file | what it answers |
//! |---|---|
//! | [`types`] | What does the browser hand in? |
//! | [`api`] | What can be done with saved runs? `keeping` \[ssr\] does it |
//! | [`pieces`] | How is that written without keeping the page from painting? |
//! | `record` \[ssr\] | What is kept? Its JSON is `schema/run-v1.json` |
//! | `store` \[ssr\] | Where? SQLite; `packed` makes few bytes of a record, `summary` the list |
//! | `evaluated` \[ssr\] | What does a record say? The lab's state for a run that is over |
//! | `difference` \[ssr\] | By how much do two runs differ, lane by lane? |
//! | `csv` \[ssr\] | What are its receipts as a table? |
//! | `saved` \[ssr\] | What is a saved run called, and why is it not to be had? |

pub mod api;
pub mod pieces;
pub mod types;

#[cfg(feature = "ssr")]
pub mod csv;
#[cfg(feature = "ssr")]
pub mod difference;
#[cfg(feature = "ssr")]
pub mod evaluated;
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
