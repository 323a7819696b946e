//! The page for an address that has none.

use http::StatusCode;
use leptos::prelude::*;
use leptos_meta::{Html, Title};

use crate::{app::set_status, ui::text::Text};

/// 404, in the visitor's language.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <Html {..} data-hydrated="" />
        {not_found(Text::here(), "not-found-text")}
    }
}

/// The same with another text.
pub(super) fn not_found(text: Text, said: &str) -> impl IntoView + use<> {
    set_status(StatusCode::NOT_FOUND);
    view! {
        <Title text=text.get("not-found-title") />
        <section class="small-page">
            <h1>{text.get("not-found-title")}</h1>
            <p>{text.get(said)}</p>
            <p>
                <a href="/">{text.get("not-found-home")}</a>
            </p>
        </section>
    }
}
