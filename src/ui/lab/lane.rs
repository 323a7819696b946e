//! A lane: its name, its big median, its diagram, its counters.

use leptos::{either::Either, prelude::*};

use super::{diagram::diagram, place::Places, say::Say};
use crate::{
    lab::settings::Lanes,
    transport::Transport,
    ui::{mark::Mark, term::Term},
};

/// The lanes that the visitor has chosen; those that may be chosen besides wait out of sight, and
/// become `[data-lane]` when they are.
pub(super) fn lanes(places: &Places) -> impl IntoView + use<> {
    let some = |chosen: bool| {
        Lanes::ALL
            .into_iter()
            .filter(|transport| places.state.settings.lanes.has(*transport) == chosen)
            .map(|transport| lane(places, transport, chosen))
            .collect_view()
    };
    view! {
        <div class="lanes">{some(true)}</div>
        <div class="spare-lanes" hidden>
            {some(false)}
        </div>
    }
}

fn lane(places: &Places, of: Transport, chosen: bool) -> impl IntoView + use<> {
    let (say, slug, plain) = (&places.say, of.slug(), of.plain().slug());
    let figure = |key| places.figure(key, of);
    let state = places.state.lane(of).state.slug();
    let name = say.name(of);
    view! {
        <article class="lane" data-lane=chosen.then_some(slug) data-of=slug data-state=state>
            <h2>
                <Mark transport=of />
                {title(say, of)}
                <small>{places.text("hint", of)}</small>
            </h2>
            <p class="big">
                {figure("p50")} " "
                <small>
                    <span class="unit">"ms "</span>
                    <Term
                        id=format!("lab-tip-p50-{slug}")
                        word="p50"
                        meaning=say.text("lab-p50-tip")
                        more=("#term-p50", say.text("lab-more"))
                    /> " " {places.text("interval", of)}
                </small>
            </p>
            <div class="picture">
                {diagram(say, of)} <p class="trouble">{places.text("trouble", of)}</p>
            </div>
            <dl class="f">
                <div>
                    <dt>{say.text("lab-delivered")}</dt>
                    <dd>{figure("delivered")}</dd>
                </div>
                <div>
                    <dt>{say.text("lab-ledger")}</dt>
                    <dd>{figure("lost")} " · " {figure("duplicated")} " · " {figure("reordered")}</dd>
                </div>
                <div>
                    <dt>{say.text("lab-requests")}</dt>
                    <dd>{figure("requests")} " · " {figure("wasted")}</dd>
                </div>
                <div>
                    <dt>{say.text("lab-p95-max")}</dt>
                    <dd>{figure("p95")} " · " {figure("max")} " ms"</dd>
                </div>
            </dl>
            <p class="text">
                <span class="visually-hidden">{say.text("lab-text")} ": "</span>
                {figure("text")}
            </p>
            <p class="how">
                {say.text(&format!("lab-how-{slug}"))} " "
                <a href=format!("#how-{plain}")>
                    {say.text("lab-how-more")}
                    <span class="visually-hidden">": " {name.clone()}</span>
                </a>
            </p>
            <details>
                <summary>
                    {say.text("lab-more-figures")}
                    <span class="visually-hidden">": " {name}</span>
                </summary>
                <dl class="f">
                    <div>
                        <dt>{say.text("lab-reconnects")}</dt>
                        <dd>{figure("reconnects")}</dd>
                    </div>
                    <div>
                        <dt>{say.text("lab-skipped")}</dt>
                        <dd>{figure("skipped")}</dd>
                    </div>
                    <div>
                        <dt>{say.text("lab-gaps")}</dt>
                        <dd>{figure("gaps")}</dd>
                    </div>
                    <div>
                        <dt>{say.text("lab-n")}</dt>
                        <dd>{figure("n")}</dd>
                    </div>
                    <div>
                        <dt>{say.text("lab-p90-p99")}</dt>
                        <dd>{figure("p90")} " · " {figure("p99")} " ms"</dd>
                    </div>
                    <div>
                        <dt>{say.text("lab-bytes")}</dt>
                        <dd>{figure("bytes")} " B"</dd>
                    </div>
                    <div class="long">
                        <dt>{say.text("lab-split")}</dt>
                        <dd>{places.text("split", of)} " B"</dd>
                    </div>
                    <div>
                        <dt>{say.text("lab-hourly")}</dt>
                        <dd>{figure("hourly")} " kB"</dd>
                    </div>
                    <div>
                        <dt>{say.text("lab-connections")}</dt>
                        <dd>{figure("opened")} " · " {figure("reused")}</dd>
                    </div>
                    <div>
                        <dt>{say.text("lab-heartbeats")}</dt>
                        <dd>{figure("heartbeats")}</dd>
                    </div>
                    <div>
                        <dt>{say.text("lab-cpu")}</dt>
                        <dd>{figure("cpu")} " µs"</dd>
                    </div>
                    <div>
                        <dt>{say.text("lab-cpu-hourly")}</dt>
                        <dd>{figure("cpu-hourly")} " ms"</dd>
                    </div>
                    <div>
                        <dt>{say.text("lab-http")}</dt>
                        <dd>{places.text("http", of)}</dd>
                    </div>
                    <div>
                        <dt>{say.text("lab-latest")}</dt>
                        <dd>{figure("latest")} " ms"</dd>
                    </div>
                </dl>
                <p class="numbers">{places.text("numbers", of)}</p>
            </details>
        </article>
    }
}

/// A lane's name; the one that is an abbreviation explains itself.
fn title(say: &Say, of: Transport) -> impl IntoView + use<> {
    let name = say.name(of);
    if of == Transport::Sse {
        Either::Left(view! {
            <Term
                id="lab-tip-sse"
                word=name
                meaning=say.text("lab-sse-tip")
                more=("#how-sse", say.text("lab-more"))
            />
        })
    } else {
        Either::Right(name)
    }
}
