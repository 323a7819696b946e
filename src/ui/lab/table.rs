//! The comparison table: the same figures, all lanes side by side. It is what the diagrams and
//! the lanes say, for whoever would rather read it, or hear it.

use leptos::prelude::*;

use super::{
    number::ms,
    row::{self, Figure, median},
    stage::Stage,
};
use crate::{lab::figures::Figures, transport::Transport, ui::mark::Mark};

/// A row: the keys of its name and of its unit, and the figures that stand in it.
#[derive(Clone, Copy)]
struct Row(&'static str, &'static str, &'static [Figure]);

/// The first row is the median's, whose interval stands beside it.
const ROWS: [Row; 9] = [
    Row("lab-row-p50", "lab-row-p50-unit", &[]),
    Row("lab-row-p95", "lab-row-ms", &[row::P95]),
    Row("lab-row-max", "lab-row-ms", &[row::MAX]),
    Row("lab-row-delivered", "lab-row-events", &[row::DELIVERED]),
    Row(
        "lab-ledger",
        "lab-row-events",
        &[row::LOST, row::DUPLICATED, row::REORDERED],
    ),
    Row(
        "lab-requests",
        "lab-row-http",
        &[row::REQUESTS, row::WASTED],
    ),
    Row("lab-reconnects", "lab-row-times", &[row::RECONNECTS]),
    Row("lab-skipped", "lab-row-times", &[row::SKIPPED]),
    Row("lab-gaps", "lab-row-times", &[row::GAPS]),
];

/// The table, in a region that scrolls by itself.
pub(super) fn table(stage: Stage) -> impl IntoView {
    let lanes = Memo::new(move |_| stage.board.settings.with(|settings| settings.lanes));
    let head = move |transport: Transport| {
        view! {
            <th scope="col" data-transport=transport.plain().slug()>
                <Mark transport />
                {stage.name(transport)}
            </th>
        }
    };
    let row = move |Row(name, unit, figures): Row| {
        let cell = move |transport: Transport| {
            let signal = stage.board.lane(transport);
            view! {
                <td>
                    {move || signal.with(|lane| large(lane, figures))} " "
                    <small>{move || signal.with(|lane| small(lane, figures))}</small>
                </td>
            }
        };
        view! {
            <tr>
                <th scope="row">{stage.text(name)} " " <small>{stage.text(unit)}</small></th>
                {move || lanes.get().iter().map(cell).collect_view()}
            </tr>
        }
    };
    view! {
        <section class="side-by-side">
            <h2 id="lab-table-title">{stage.text("lab-table")}</h2>
            <div class="scroll" role="region" aria-labelledby="lab-table-title" tabindex="0">
                <table>
                    <caption>{stage.text("lab-table-caption")}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{stage.text("lab-table-figure")}</th>
                            {move || lanes.get().iter().map(head).collect_view()}
                        </tr>
                    </thead>
                    <tbody>{ROWS.map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}

fn large(lane: &Figures, figures: &[Figure]) -> String {
    if figures.is_empty() {
        return median(lane);
    }
    let texts: Vec<_> = figures.iter().map(|figure| figure.text(lane)).collect();
    texts.join(" · ")
}

fn small(lane: &Figures, figures: &[Figure]) -> String {
    match lane.p50 {
        Some(p50) if figures.is_empty() => format!("{}–{}", ms(p50.low), ms(p50.high)),
        None if figures.is_empty() => format!("n = {}", lane.n),
        _ => String::new(),
    }
}
