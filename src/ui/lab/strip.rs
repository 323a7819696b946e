//! On a narrow screen: all lanes at one glance, before the diagrams.

use leptos::prelude::*;

use super::{number::count, row::median, stage::Stage};
use crate::{lab::settings::Lanes, transport::Transport, ui::mark::Mark};

/// One row a lane: mark, name, median, deliveries.
pub(super) fn strip(stage: Stage) -> impl IntoView {
    let row = move |transport: Transport| {
        let figures = stage.board.lane(transport);
        view! {
            <li data-transport=transport.plain().slug() hidden=move || !stage.has(transport)>
                <Mark transport />
                <span>{stage.name(transport)}</span>
                <b>{move || figures.with(median)}</b>
                <small>"ms p50"</small>
                <span>{move || figures.with(|f| count(f.delivered))}</span>
                <small>{stage.text("lab-delivered")}</small>
            </li>
        }
    };
    view! {
        <ul class="strip" aria-label=stage.text("lab-strip")>
            {Lanes::ALL.map(row).collect_view()}
        </ul>
    }
}
