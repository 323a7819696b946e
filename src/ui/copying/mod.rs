//! A button that copies what the page shows as text. Without JavaScript, and where the browser has
//! no clipboard to offer (it wants https, or the machine itself), there is none: the text stands on
//! the page and is selected with one click.
#![allow(
    missing_docs,
    reason = "the island's macro makes a type without documentation"
)]

#[cfg(feature = "hydrate")]
mod clipboard;
#[cfg(not(feature = "hydrate"))]
#[path = "asleep.rs"]
mod clipboard;

#[cfg(feature = "ssr")]
pub mod button;

use leptos::prelude::*;

/// Brings a page's copy buttons to life. It shows nothing by itself and stands last on its page:
/// when it says that the page is awake, the islands before it are.
#[island]
pub fn LivelyCopying() -> impl IntoView {
    Effect::new(|_| clipboard::begin());
}
