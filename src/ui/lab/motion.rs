//! What moves: the runs, and the painting of what they do.

use leptos::prelude::*;
use web_sys::window;

use super::{painter, stage::Stage};
use crate::lab::runner::Runner;

/// Brings the lab to life: from here on controls may be used, and the page says so.
pub(super) fn begin(stage: Stage) {
    let root = window().and_then(|window| window.document()?.document_element());
    if let Some(root) = root {
        // It fails for names that are not names.
        let _ = root.set_attribute("data-hydrated", "");
    }
    stage.board.ready.set(true);
    untrack(|| painter::begin(stage, Runner::new(stage.board)));
}
