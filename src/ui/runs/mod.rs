//! Saved runs as people see them: what is said of one, and the files by which it leaves the house
//! and comes back.
//!
//! | file | what it answers |
//! |---|---|
//! | [`report`] | What is said of a run, in the visitor's language? `conditions` says under what, `load` what thousands of subscribers cost, `costs` what one cost |
//! | [`content`], [`side_by_side`] | What does that look like on a page? |
//! | [`markdown`], [`document`] | What is it as text to paste, and as a page that needs no server? |
//! | [`evaluating`] | On which thread, and how many at a time? |
//! | [`files`] | Where do the files come from, and where do they go? |
//! | [`list`] | What does the address of a list ask for? |
//! | [`time`] | When was that? |

mod conditions;
pub mod content;
mod costs;
pub mod document;
pub mod evaluating;
#[cfg(test)]
mod every_form;
pub mod files;
pub mod list;
mod load;
pub mod markdown;
pub mod report;
pub mod side_by_side;
pub mod time;
