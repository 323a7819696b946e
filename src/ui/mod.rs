//! What the visitor sees: pages rendered on the server, and the islands that move.
//!
//! Text never travels in the WebAssembly: a page says it in the visitor's language through
//! `text::Text` \[ssr\], and an island is handed the few [`labels::Labels`] that it shows.
//! [`mark::Mark`] and [`term::Term`] look the same in both.

pub mod chart;
pub mod copying;
pub mod lab;
pub mod labels;
pub mod mark;
pub(crate) mod number;
pub(crate) mod protocol;
pub(crate) mod strokes;
pub mod term;

#[cfg(feature = "ssr")]
pub mod language;
#[cfg(feature = "ssr")]
mod messages;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod preferences;
#[cfg(feature = "ssr")]
pub mod runs;
#[cfg(feature = "ssr")]
pub mod swarm;
#[cfg(feature = "ssr")]
pub mod text;
#[cfg(feature = "ssr")]
pub mod theme;
#[cfg(feature = "ssr")]
pub mod visitor;

#[cfg(test)]
mod contrast;
