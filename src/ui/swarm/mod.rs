//! Swarms as people see them: what they cost a server against the number of subscribers, while they
//! report and when they are kept.
//!
//! | file | what it answers |
//! |---|---|
//! | [`curve`] | Which curves are there, and what do they show? `drawing`, `plane` and `grid` draw them |
//! | [`words`] | What is said of the points beside the curves? |
//! | [`choosing`] | What does one choose, and which command comes out? |
//! | [`reporting`] | What does a swarm that reports look like? |
//! | [`events`] | How does an open page follow it? |

pub mod choosing;
pub mod curve;
mod drawing;
pub mod events;
mod grid;
mod plane;
pub mod reporting;
pub mod words;
