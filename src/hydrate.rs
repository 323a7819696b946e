//! The browser's entrance: what the page's script calls once the WebAssembly is there.

use wasm_bindgen::prelude::wasm_bindgen;

/// Brings the page's islands to life; everything else on it stays as the server rendered it.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
