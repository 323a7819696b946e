//! A word that explains itself.

use leptos::prelude::*;

/// A word of the field that explains itself on touch, click or key: a button that opens a
/// popover. Pure HTML, so it works before hydration and without JavaScript.
///
/// The same in plain markup, for a picture or table that builds its own:
/// ```html
/// <button type="button" class="term" popovertarget="tip-p50">p50</button>
/// <span class="tip" id="tip-p50" popover="auto">… <a href="#term-p50">More</a></span>
/// ```
#[component]
pub fn Term(
    /// The popover's id: one of its own for every place on the page.
    #[prop(into)]
    id: String,
    /// The word as it stands in the text.
    #[prop(into)]
    word: String,
    /// What it means, in one or two sentences.
    #[prop(into)]
    meaning: String,
    /// Where more is said, as in `#term-p50`, and the text of the link to it.
    #[prop(optional)]
    more: Option<(&'static str, String)>,
) -> impl IntoView {
    view! {
        <button type="button" class="term" popovertarget=id.clone()>
            {word}
        </button>
        <span class="tip" id=id popover="auto">
            {meaning}
            {more.map(|(href, text)| view! { " " <a href=href>{text}</a> })}
        </span>
    }
}
