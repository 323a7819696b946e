//! A table under its heading, in a region that scrolls by itself.

use leptos::prelude::*;

/// The table; `head` is the cells of its first row, `rows` all others. `id` names the heading.
/// Roles are told even where the class shows the rows as lists.
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
                <table class=class role="table">
                    <thead role="rowgroup">
                        <tr role="row">{head}</tr>
                    </thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            </div>
        </section>
    }
}
