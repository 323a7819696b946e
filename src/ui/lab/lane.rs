//! A lane: its name, its big median, its diagram, its counters.

use leptos::prelude::*;

use super::{
    diagram::diagram,
    number::{count, plain},
    row::{self, figure, interval},
    stage::Stage,
};
use crate::{
    lab::{
        figures::{Figures, Numbers},
        lane::State,
        settings::Lanes,
    },
    transport::Transport,
    ui::{mark::Mark, term::Term},
};

/// All lanes that the visitor has chosen.
pub(super) fn lanes(stage: Stage) -> impl IntoView {
    let lane = move |transport: Transport| {
        let is_there = Memo::new(move |_| stage.has(transport));
        move || is_there.get().then(|| lane(stage, transport))
    };
    view! { <div class="lanes">{Lanes::ALL.map(lane).collect_view()}</div> }
}

fn lane(stage: Stage, transport: Transport) -> impl IntoView {
    let figures = stage.board.lane(transport);
    let (slug, plain_slug) = (transport.slug(), transport.plain().slug());
    let one = move |which| figure(figures, which);
    view! {
        <article class="lane" data-lane=slug data-state=move || figures.with(|f| f.state.slug())>
            <h2>
                <Mark transport />
                {stage.name(transport)}
                <small>{move || hint(stage, transport)}</small>
            </h2>
            <p class="big">
                {one(row::P50)} " "
                <small>
                    <span class="unit">"ms "</span>
                    <Term
                        id=format!("lab-tip-p50-{slug}")
                        word="p50"
                        meaning=stage.text("lab-p50-tip")
                        more=("#term-p50", stage.text("lab-more"))
                    /> " " {move || figures.with(|f| interval(stage, f))}
                </small>
            </p>
            <div class="picture">
                {diagram(stage, transport)}
                <p class="trouble">{move || figures.with(|f| trouble(stage, f))}</p>
            </div>
            <dl class="f">
                <dt>{stage.text("lab-delivered")}</dt>
                <dd>{one(row::DELIVERED)}</dd>
                <dt>{stage.text("lab-ledger")}</dt>
                <dd>{one(row::LOST)} " · " {one(row::DUPLICATED)} " · " {one(row::REORDERED)}</dd>
                <dt>{stage.text("lab-requests")}</dt>
                <dd>{one(row::REQUESTS)} " · " {one(row::WASTED)}</dd>
                <dt>{stage.text("lab-p95-max")}</dt>
                <dd>{one(row::P95)} " · " {one(row::MAX)} " ms"</dd>
            </dl>
            <p class="text">
                <span class="visually-hidden">{stage.text("lab-text")} ": "</span>
                <q data-figure="text">{move || figures.with(|f| f.text.clone())}</q>
            </p>
            <p class="how">
                {stage.text(&format!("lab-how-{slug}"))} " "
                <a href=format!("#how-{plain_slug}")>
                    {stage.text("lab-how-more")}
                    <span class="visually-hidden">": " {stage.name(transport)}</span>
                </a>
            </p>
            <details>
                <summary>
                    {stage.text("lab-more-figures")}
                    <span class="visually-hidden">": " {stage.name(transport)}</span>
                </summary>
                <dl class="f">
                    <dt>{stage.text("lab-reconnects")}</dt>
                    <dd>{one(row::RECONNECTS)}</dd>
                    <dt>{stage.text("lab-skipped")}</dt>
                    <dd>{one(row::SKIPPED)}</dd>
                    <dt>{stage.text("lab-gaps")}</dt>
                    <dd>{one(row::GAPS)}</dd>
                    <dt>{stage.text("lab-n")}</dt>
                    <dd>{one(row::N)}</dd>
                    <dt>{stage.text("lab-latest")}</dt>
                    <dd>{one(row::LATEST)} " ms"</dd>
                </dl>
                <p class="numbers">{move || figures.with(|f| numbers(stage, f))}</p>
            </details>
        </article>
    }
}

/// What stands beside the name: what the connection is doing when it is not open, else the
/// transport in three words.
fn hint(stage: Stage, transport: Transport) -> String {
    let state = stage.board.lane(transport).with(|figures| figures.state);
    match state {
        State::Idle | State::Open | State::Ended => {}
        other => return stage.text(&format!("lab-state-{}", other.slug())),
    }
    let seconds = stage
        .board
        .settings
        .with(|settings| f64::from(settings.poll_interval_ms) / 1e3);
    let slots = [("seconds", plain(seconds))];
    let slots = slots
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    stage.fill(&format!("lab-hint-{}", transport.slug()), &slots)
}

/// Why a lane takes no part, or what has cut it.
fn trouble(stage: Stage, figures: &Figures) -> String {
    let key = match figures.state {
        State::LeftOut => "lab-trouble-left-out",
        State::Late => "lab-trouble-late",
        State::Failed => "lab-trouble-failed",
        _ => return String::new(),
    };
    stage.fill(key, &[("reason", &figures.reason)])
}

/// Which events were lost, duplicated, out of order.
fn numbers(stage: Stage, figures: &Figures) -> String {
    let said = [
        ("lab-numbers-lost", &figures.lost_numbers),
        ("lab-numbers-duplicated", &figures.duplicated_numbers),
        ("lab-numbers-reordered", &figures.reordered_numbers),
    ]
    .into_iter()
    .filter(|(_, numbers)| !numbers.named.is_empty())
    .map(|(key, Numbers { named, more })| {
        let mut named = named.clone();
        if *more > 0 {
            named.push_str(&stage.fill("lab-numbers-more", &[("n", &count(*more as u64))]));
        }
        stage.fill(key, &[("numbers", &named)])
    });
    said.collect::<Vec<_>>().join(" ")
}
