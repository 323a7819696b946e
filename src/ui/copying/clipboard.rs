//! Copying, in the browser.

use leptos::task::spawn_local;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Clipboard, Document, Element, Event, window};

use crate::transport::client::listening::Listening;

/// Begins to listen, for as long as the page lives, and says that the page is awake.
pub(super) fn begin() {
    let Some(document) = window().and_then(|window| window.document()) else {
        return;
    };
    if clipboard().is_some() {
        let places = document.get_elements_by_class_name("copy");
        for place in (0..places.length()).filter_map(|index| places.item(index)) {
            hide(&place, "[data-copy]", false);
        }
    }
    if let Some(root) = document.document_element() {
        // It fails for no name that is one.
        let _ = root.set_attribute("data-hydrated", "");
    }
    let hear = |_, event| {
        copy(&event);
    };
    let listening = Listening::new(document.into(), &["click"], Box::new(hear));
    // It is meant: the page ends it.
    std::mem::forget(listening);
}

/// Copies, if a button was pressed that does.
fn copy(event: &Event) -> Option<()> {
    let pressed: Element = event.target()?.dyn_into().ok()?;
    let of = pressed.get_attribute("data-copy")?;
    let place = pressed.parent_element()?;
    let text = text(&pressed.owner_document()?, &of)?;
    let written = clipboard()?.write_text(&text);
    spawn_local(async move {
        // The visitor may have forbidden it.
        let is_copied = JsFuture::from(written).await.is_ok();
        hide(&place, "[data-outcome=copied]", !is_copied);
        hide(&place, "[data-outcome=failed]", is_copied);
    });
    Some(())
}

fn text(document: &Document, id: &str) -> Option<String> {
    document.get_element_by_id(id)?.text_content()
}

/// The clipboard, where the browser has one for this page, whatever the type says.
fn clipboard() -> Option<Clipboard> {
    let clipboard = window()?.navigator().clipboard();
    let is_there = !AsRef::<JsValue>::as_ref(&clipboard).is_undefined();
    is_there.then_some(clipboard)
}

fn hide(within: &Element, selector: &str, is_hidden: bool) {
    if let Ok(Some(element)) = within.query_selector(selector) {
        let _ = element.toggle_attribute_with_force("hidden", is_hidden);
    }
}
