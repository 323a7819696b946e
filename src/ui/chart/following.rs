//! Pictures that the server draws while something goes on elsewhere: a page that names an event
//! stream gets the pieces that have changed, each with its place.

use wasm_bindgen::JsCast as _;
use web_sys::{Document, Event, EventSource, HtmlElement, MessageEvent};

use super::reading::awaken;
use crate::transport::client::listening::Listening;

/// Begins to follow, for as long as the page lives, where it names a stream.
pub(super) fn begin(document: Document) -> Option<()> {
    let named = document.query_selector("[data-events]").ok()??;
    let source = EventSource::new(&named.get_attribute("data-events")?).ok()?;
    let hear = move |_, event: Event| {
        put(&document, &event);
    };
    let listening = Listening::new(source.into(), &["message", "come", "gone"], Box::new(hear));
    // It is meant: the page ends it.
    std::mem::forget(listening);
    Some(())
}

/// Puts a piece into its place: a selector, and in the next line the HTML. One that has come stands
/// before all that is there, and a place that is gone goes: nothing beside it is touched.
fn put(document: &Document, event: &Event) -> Option<()> {
    let told = event.dyn_ref::<MessageEvent>()?.data().as_string()?;
    let (place, html) = told.split_once('\n')?;
    let place = document.query_selector(place).ok()??;
    let held = document.active_element();
    match event.type_().as_str() {
        "come" => place.insert_adjacent_html("afterbegin", html).ok()?,
        "gone" => place.remove(),
        _ => place.set_inner_html(html),
    }
    awaken(document);
    if held.is_some_and(|held| !held.is_connected()) {
        // Whoever works by keyboard would begin anew at the page's head.
        let all = document.query_selector("[data-events]").ok()??;
        all.dyn_ref::<HtmlElement>()?.focus().ok()?;
    }
    Some(())
}
