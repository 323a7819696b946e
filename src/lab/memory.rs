//! What this browser remembers for the lab, beyond the page: a few short texts.

use js_sys::{Date, Reflect};
use wasm_bindgen::JsValue;
use web_sys::window;

use super::request::member;

/// Where it is remembered; undefined where the browser keeps nothing.
fn storage() -> JsValue {
    window().map_or(JsValue::UNDEFINED, |window| member(&window, "localStorage"))
}

/// What is remembered under a key.
pub(super) fn recall(key: &str) -> Option<String> {
    member(&storage(), key).as_string()
}

/// Remembers a text. Where the browser does not want to, it is forgotten with the page.
pub(super) fn remember(key: &str, text: &str) {
    let _ = Reflect::set(&storage(), &key.into(), &text.into());
}

/// Today's date at Greenwich: `2026-11-25`.
pub(super) fn today() -> String {
    let date = Date::new_0().to_iso_string().as_string();
    date.unwrap_or_default().chars().take(10).collect()
}
