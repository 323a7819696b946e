//! Swarms: choose one, paste its command, watch its curves grow. The page starts no process.

use http::StatusCode;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    app::set_status,
    runs::{
        saved::Summary,
        store::{Asked, Store},
    },
    swarm::{
        Swarms,
        command::{Choice, Field, Place},
    },
    ui::{
        chart::LivelyCharts,
        copying::LivelyCopying,
        number::{count, plain},
        runs::{list::address, time::moment},
        swarm::{
            choosing::choosing,
            events,
            reporting::{ALL, SAID, articles},
        },
        text::Text,
        visitor::Visitor,
    },
};

/// How many of its runs are named here.
const NAMED: usize = 10;

/// `/swarm`
#[component]
pub fn SwarmPage() -> impl IntoView {
    let text = Text::here();
    let place = place(&Visitor::here());
    let query = use_query_map().get_untracked();
    let transports = query.get_all("transport").unwrap_or_default();
    let fields = Field::ALL.map(|field| (field.slug(), query.get(field.slug())));
    let fields = fields
        .iter()
        .filter_map(|(name, value)| Some((*name, value.as_deref()?)));
    let pairs = transports.iter().map(|value| ("transport", value.as_str()));
    let choice = Choice::read(pairs.chain(fields), &place);
    let swarms = use_context::<Swarms>().unwrap_or_default();
    // In this order: what comes between is sent once more, and not missed.
    let seen = *swarms.changes().borrow();
    let reporting = swarms.all();
    let following = format!("{}?seen={seen}", events::ADDRESS);
    let store = use_context::<Store>();
    let kept = Suspend::new(async move {
        let asked = Asked {
            load: true,
            ..Asked::default()
        };
        match &store {
            Some(store) => match store.list(&asked).await {
                Ok(listed) => kept(&listed.runs, listed.found, &asked, text).into_any(),
                Err(error) => {
                    tracing::warn!(%error);
                    set_status(StatusCode::INTERNAL_SERVER_ERROR);
                    view! { <p class="error">{text.get("runs-unreadable")}</p> }.into_any()
                }
            },
            None => ().into_any(),
        }
    });
    view! {
        <Title text=text.get("swarm-title") />
        <div class="swarm-page run">
            <h1>{text.get("swarm-title")}</h1>
            <p class="intro">{text.get("swarm-intro")}</p>
            {choosing(&choice, &place, text)}
            <section class="guide" aria-labelledby="swarm-now">
                <h2 id="swarm-now">{text.get("swarm-now")}</h2>
                <p class="visually-hidden" id=SAID role="status"></p>
                // Takes the focus of a control whose swarm goes.
                <div
                    id=ALL
                    data-events=following
                    role="group"
                    aria-labelledby="swarm-now"
                    tabindex="-1"
                >
                    {articles(&reporting, text)}
                </div>
                <noscript>
                    <p class="note">{text.get("swarm-noscript")}</p>
                </noscript>
            </section>
            <section class="guide" aria-labelledby="swarm-kept">
                <h2 id="swarm-kept">{text.get("swarm-kept-title")}</h2>
                {kept}
            </section>
        </div>
        <LivelyCharts />
        <LivelyCopying />
    }
}

/// Where the page is seen.
fn place(visitor: &Visitor) -> Place {
    let is_here = visitor.host.as_deref().is_some_and(|host| {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let address = name.trim_matches(['[', ']']);
        let address: Option<std::net::IpAddr> = address.parse().ok();
        name == "localhost" || address.is_some_and(|it| it.is_loopback())
    });
    Place {
        origin: visitor.origin(),
        pid: is_here.then(std::process::id),
    }
}

/// The swarms that were kept, the latest first.
fn kept(runs: &[Summary], found: u64, asked: &Asked, text: Text) -> impl IntoView + use<> {
    if runs.is_empty() {
        return view! { <p class="aside">{text.get("swarm-kept-none")}</p> }.into_any();
    }
    let run = |run: &Summary| {
        let saved = moment(run.saved_us);
        let workload = text.fill(
            "runs-workload-short",
            &[
                ("rate", &*plain(run.rate)),
                ("payload", &count(run.payload.into())),
                ("duration", &count(run.duration_s.into())),
            ],
        );
        let lanes = text.fill(
            "swarm-kept-lanes",
            &[("n", &count(run.medians.len() as u64))],
        );
        let name = Some(run.name.clone()).filter(|name| !name.is_empty());
        view! {
            <li>
                <a href=format!("/runs/{}", run.id)>
                    <time datetime=saved.iso>{saved.shown}</time>
                </a>
                {name.map(|name| view! { <span>{name}</span> })}
                <span>{workload}</span>
                <span>{lanes}</span>
            </li>
        }
    };
    let all = (found > NAMED as u64).then(|| {
        let slots = [("n", &*count(found))];
        view! {
            <p>
                <a href=address(asked)>{text.fill("swarm-kept-all", &slots)}</a>
            </p>
        }
    });
    view! {
        <ul class="kept-swarms">{runs.iter().take(NAMED).map(run).collect_view()}</ul>
        {all}
    }
    .into_any()
}
