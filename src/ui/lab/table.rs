//! The lanes side by side: as a strip on a narrow screen, and as the comparison table, which says
//! what the diagrams and the lanes say for whoever would rather read it, or hear it.

use leptos::prelude::*;

use super::place::Places;
use crate::{lab::settings::Lanes, transport::Transport, ui::mark::Mark};

/// A row: the keys of its name and of its unit, and the figures that stand in it.
pub(super) struct Row(
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) &'static [&'static str],
);

pub(super) const ROWS: [Row; 19] = [
    Row("lab-row-p50", "lab-row-p50-unit", &["p50", "range"]),
    Row("lab-row-p90", "lab-row-ms", &["p90"]),
    Row("lab-row-p95", "lab-row-ms", &["p95"]),
    Row("lab-row-p99", "lab-row-ms", &["p99"]),
    Row("lab-row-max", "lab-row-ms", &["max"]),
    Row("lab-row-delivered", "lab-row-events", &["delivered"]),
    Row(
        "lab-ledger",
        "lab-row-events",
        &["lost", "duplicated", "reordered"],
    ),
    Row("lab-requests", "lab-row-http", &["requests", "wasted"]),
    Row("lab-reconnects", "lab-row-times", &["reconnects"]),
    Row("lab-skipped", "lab-row-times", &["skipped"]),
    Row("lab-gaps", "lab-row-times", &["gaps"]),
    Row("lab-bytes", "lab-row-bytes", &["bytes"]),
    Row("lab-split", "lab-row-bytes", &["split"]),
    Row("lab-hourly", "lab-row-kb", &["hourly"]),
    Row("lab-connections", "lab-row-tcp", &["opened", "reused"]),
    Row("lab-heartbeats", "lab-row-times", &["heartbeats"]),
    Row("lab-cpu", "lab-row-us", &["cpu"]),
    Row("lab-cpu-hourly", "lab-row-ms", &["cpu-hourly"]),
    Row("lab-http", "lab-row-version", &["http"]),
];

/// The table, in a region that scrolls by itself.
pub(super) fn table(places: &Places) -> impl IntoView + use<> {
    let say = &places.say;
    let head = |of: Transport| {
        view! {
            <th
                scope="col"
                class="place"
                data-of=of.slug()
                data-transport=of.plain().slug()
                data-away="lane"
                hidden=!places.state.settings.lanes.has(of)
            >
                <Mark transport=of />
                {say.name(of)}
            </th>
        }
    };
    let row = |Row(name, unit, figures): Row| {
        let cell = |of: Transport| {
            view! {
                <td
                    class="place"
                    data-of=of.slug()
                    data-away="lane"
                    hidden=!places.state.settings.lanes.has(of)
                >
                    {figures.iter().map(|key| places.text(key, of)).collect_view()}
                </td>
            }
        };
        view! {
            <tr>
                <th scope="row">{say.text(name)} " " <small>{say.text(unit)}</small></th>
                {Lanes::ALL.map(cell).collect_view()}
            </tr>
        }
    };
    view! {
        <section class="side-by-side">
            <h2 id="lab-table-title">{say.text("lab-table")}</h2>
            <div class="scroll" role="region" aria-labelledby="lab-table-title" tabindex="0">
                <table>
                    <caption>{say.text("lab-table-caption")}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{say.text("lab-table-figure")}</th>
                            {Lanes::ALL.map(head).collect_view()}
                        </tr>
                    </thead>
                    <tbody>{ROWS.map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}

/// On a narrow screen: all lanes at one glance, before the diagrams.
pub(super) fn strip(places: &Places) -> impl IntoView + use<> {
    let row = |of: Transport| {
        view! {
            <li
                class="place"
                data-of=of.slug()
                data-transport=of.plain().slug()
                data-away="lane"
                hidden=!places.state.settings.lanes.has(of)
            >
                <Mark transport=of />
                <span>{places.say.name(of)}</span>
                <b>{places.text("p50", of)}</b>
                <small>"ms p50"</small>
                {places.text("delivered", of)}
                <small>{places.say.text("lab-delivered")}</small>
            </li>
        }
    };
    view! {
        <ul class="strip" aria-label=places.say.text("lab-strip")>
            {Lanes::ALL.map(row).collect_view()}
        </ul>
    }
}
