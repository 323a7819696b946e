//! A table under its heading, in a region that scrolls by itself.

use leptos::prelude::*;

/// The table; `head` is the cells of its first row, `rows` all others. `id` names the heading.
pub fn side_by_side(
    id: &'static str,
    title: String,
    class: Option<&'static str>,
    head: impl IntoView,
    rows: impl IntoView,
) -> impl IntoView {
    view! {
        <section class="side-by-side">
            <h2 id=id>{title}</h2>
            <div class="scroll" role="region" aria-labelledby=id tabindex="0">
                <table class=class>
                    <thead>
                        <tr>{head}</tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}
