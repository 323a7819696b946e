//! The first page: the lab, and below it what a reader wants to know about it.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{numbers::Numbers, publish::Publish, transports::Transports};
use crate::ui::{lab::Lab, text::Text, visitor::Visitor};

/// `/`
#[component]
pub fn LabPage() -> impl IntoView {
    let text = Text::here();
    view! {
        <Title text=text.get("guide-title") />
        <noscript>
            <p class="note">{text.get("guide-noscript")}</p>
        </noscript>
        <Lab
            labels=text.labels_with_prefix("lab-").and(&text.labels_with_prefix("chart-"))
            distance=Visitor::here().distance
        />
        <Transports />
        <Numbers />
        <Publish />
    }
}
