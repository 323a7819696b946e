//! The page's address carries the settings: they can be handed on as a link, and survive a switch
//! of language or look.

use std::cell::RefCell;

use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{HtmlInputElement, window};

use crate::lab::{board::State, query::Asked};

/// What the address asks for, if it does.
pub(super) fn asked() -> Option<Asked> {
    let query = window()?.location().search().ok()?;
    Asked::from_query(&query)
}

/// Whether the address asks for a distance, be it this one: without the word it is content with
/// any.
pub(super) fn names_distance() -> bool {
    let query = window().and_then(|window| window.location().search().ok());
    query.is_some_and(|query| query.contains("distance="))
}

/// Lets the address follow the settings, from the first change on.
#[derive(Debug, Default)]
pub(super) struct Address(RefCell<Option<String>>);

impl Address {
    /// Writes the settings into the address where they have changed.
    pub(super) fn follow(&self, state: &State) {
        let query = Asked {
            settings: state.settings.clone(),
            mode: state.mode,
            distance_ms: state.instrument.distance_ms,
        }
        .to_query();
        let before = self.0.replace(Some(query.clone()));
        if before.is_some_and(|before| before != query) {
            write(&format!("/?{query}"));
        }
    }
}

fn write(address: &str) {
    let Some(window) = window() else { return };
    if let Ok(history) = window.history() {
        // It fails where a page does so a hundred times in half a minute.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(address));
    }
    // The forms that switch language and look come back to here.
    let backs = window
        .document()
        .map(|document| document.get_elements_by_tag_name("input"));
    let Some(backs) = backs else { return };
    for index in 0..backs.length() {
        let input = backs.item(index);
        let input = input.and_then(|input| input.dyn_into::<HtmlInputElement>().ok());
        if let Some(back) = input.filter(|input| input.name() == "back") {
            back.set_value(address);
        }
    }
}
