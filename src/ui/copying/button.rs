//! The button's markup.

use leptos::prelude::*;

use crate::ui::text::Text;

/// A button, named by the message `key`, that copies the text of the element with the id `of`. It
/// is hidden until it can be used, and what it has to say afterwards until it has been.
pub fn copy_button(of: &'static str, key: &str, text: Text) -> impl IntoView + use<> {
    view! {
        <span class="copy">
            <button type="button" class="quiet" data-copy=of hidden>
                {text.get(key)}
            </button>
            <span role="status">
                <span data-outcome="copied" hidden>
                    {text.get("copy-done")}
                </span>
                <span data-outcome="failed" hidden>
                    {text.get("copy-failed")}
                </span>
            </span>
        </span>
    }
}
