//! What is said of a run, as markup: the same on its page and in the file that needs no server.

use leptos::prelude::*;

use super::{
    report::{LaneReport, Report},
    side_by_side::side_by_side,
};
use crate::{
    transport::Transport,
    ui::{
        chart::frame::{Downloads, charts},
        lab::still::StillRow,
        mark::Mark,
        swarm::curve::frames,
        text::Text,
    },
};

/// So many lanes are told apart in one picture: a self-check's, or all that the lab has.
const FEW: usize = 8;

/// All that is said of a run; `downloads` is how its pictures get out of the page.
pub fn content(report: &Report, text: Text, downloads: &Downloads) -> impl IntoView + use<> {
    view! {
        <div class="run-content">
            {verdict(report)} {flags(report, text)} {curves(report, text, downloads)} {single_lanes(report, text, downloads)}
            {table(report, text)} {remarks(report, text)} {conditions(report, text)}
        </div>
    }
}

fn verdict(report: &Report) -> impl IntoView + use<> {
    let piece = |piece: &Result<String, Transport>, names: &dyn Fn(Transport) -> String| {
        let slug = piece.as_ref().err().map(|it| it.plain().slug());
        let text = piece.clone().unwrap_or_else(names);
        view! { <span data-transport=slug>{text}</span> }
    };
    let lanes = report.lanes.clone();
    let name = move |of: Transport| {
        let lane = lanes.iter().find(|lane| lane.transport == of);
        lane.map(|lane| lane.name.clone()).unwrap_or_default()
    };
    let pieces = report.verdict.iter().map(|it| piece(it, &name));
    let facts = report.facts.iter().filter(|fact| !fact.is_empty());
    view! {
        <div class="verdict">
            <p class="sentence">{pieces.collect_view()}</p>
            <p class="facts">
                {facts.map(|fact| view! { <span>{fact.clone()}</span> }).collect_view()}
            </p>
        </div>
    }
}

fn flags(report: &Report, text: Text) -> impl IntoView + use<> {
    let flags = report.flags.clone();
    (!flags.is_empty()).then(|| {
        view! {
            <section class="flags" aria-labelledby="run-flags">
                <h2 id="run-flags">{text.get("runs-flags")}</h2>
                <ul>{flags.into_iter().map(|flag| view! { <li>{flag}</li> }).collect_view()}</ul>
            </section>
        }
    })
}

/// What a server costs against the number of subscribers.
fn curves(report: &Report, text: Text, downloads: &Downloads) -> impl IntoView + use<> {
    let frames =
        (!report.curves.is_empty()).then(|| frames(&report.curves, "curve", text, downloads));
    frames.map(|frames| {
        view! {
            <section class="charts" aria-labelledby="curves-title">
                <h2 id="curves-title">{text.get("curve-curves")}</h2>
                {frames}
            </section>
        }
    })
}

/// The charts of single lanes: of many they are folded, since the curves say more.
fn single_lanes(report: &Report, text: Text, downloads: &Downloads) -> impl IntoView + use<> {
    let charts = charts(&report.charts, &report.chart_labels, downloads);
    if report.lanes.len() <= FEW {
        return charts.into_any();
    }
    view! {
        <details class="single-lanes">
            <summary>{text.get("runs-single-lanes")}</summary>
            {charts}
        </details>
    }
    .into_any()
}

/// The comparison table.
fn table(report: &Report, text: Text) -> impl IntoView + use<> {
    let head = |lane: &LaneReport| {
        view! {
            <th scope="col" data-transport=lane.transport.plain().slug()>
                <Mark transport=lane.transport />
                {lane.name.clone()}
            </th>
        }
    };
    let row = |row: &StillRow| {
        let cells = row
            .cells
            .iter()
            .map(|cell| view! { <td>{cell.clone()}</td> });
        view! {
            <tr>
                <th scope="row">{row.name.clone()} " " <small>{row.unit.clone()}</small></th>
                {cells.collect_view()}
            </tr>
        }
    };
    let heads = view! {
        <th scope="col">{text.get("lab-table-figure")}</th>
        {report.lanes.iter().map(head).collect_view()}
    };
    let rows = report.rows.iter().map(row).collect_view();
    side_by_side("run-table", text.get("lab-table"), None, heads, rows)
}

/// What is to be said of single lanes: why they failed, which events they lost.
fn remarks(report: &Report, text: Text) -> impl IntoView + use<> {
    let lanes: Vec<LaneReport> = report
        .lanes
        .iter()
        .filter(|lane| !lane.remarks.is_empty())
        .cloned()
        .collect();
    let lane = |lane: LaneReport| {
        view! {
            <div>
                <dt>
                    <Mark transport=lane.transport />
                    {lane.name}
                </dt>
                <dd>{lane.remarks.join(" ")}</dd>
            </div>
        }
    };
    (!lanes.is_empty()).then(|| {
        view! {
            <section class="guide" aria-labelledby="run-ledger">
                <h2 id="run-ledger">{text.get("runs-ledger")}</h2>
                <dl class="definitions">{lanes.into_iter().map(lane).collect_view()}</dl>
            </section>
        }
    })
}

fn conditions(report: &Report, text: Text) -> impl IntoView + use<> {
    let condition = |(name, value): &(String, String)| {
        view! {
            <div>
                <dt>{name.clone()}</dt>
                <dd>{value.clone()}</dd>
            </div>
        }
    };
    view! {
        <section class="guide" aria-labelledby="run-conditions">
            <h2 id="run-conditions">{text.get("runs-conditions")}</h2>
            <dl class="definitions">{report.conditions.iter().map(condition).collect_view()}</dl>
        </section>
    }
}
