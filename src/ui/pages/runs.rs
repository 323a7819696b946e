//! The list of saved runs. Plain forms and links: it works without JavaScript.

use http::StatusCode;
use leptos::prelude::*;
use leptos_meta::{Html, Title};
use leptos_router::hooks::use_query_map;

use crate::{
    app::set_status,
    runs::{
        saved::{RunId, Summary},
        store::{Asked, Listed, Order, PAGE, Sort, Store},
        types::Mode,
    },
    transport::Transport,
    ui::{
        mark::Mark,
        number::{count, ms, plain},
        runs::{
            list::{YES, address, asked, sorted_by},
            time::moment,
        },
        text::Text,
    },
};

/// The refusals that the list explains in the visitor's language; others are told as such.
const REFUSALS: [&str; 8] = [
    "unknown_saved_run",
    "bad_name",
    "store_full",
    "bad_run",
    "other_schema",
    "no_file",
    "too_large",
    "too_many_at_once",
];

/// `/runs`
#[component]
pub fn RunsPage() -> impl IntoView {
    let text = Text::here();
    let query = use_query_map().get_untracked();
    let asked = asked(|name| query.get(name));
    let (deleted, refused) = (query.get("deleted"), query.get("refused"));
    let store = use_context::<Store>();
    let its_store = store.clone();
    // An address can say anything; only what is deleted can be brought back.
    let undo = Suspend::new(async move {
        let id: RunId = deleted?.parse().ok()?;
        let is_deleted = its_store?.is_deleted(id).await.ok()?;
        is_deleted.then(|| undo(&id.to_string(), text))
    });
    let list = Suspend::new(async move {
        let listed = match &store {
            Some(store) => store.list(&asked).await.ok(),
            None => None,
        };
        match listed {
            Some(listed) if listed.saved == 0 => empty(text).into_any(),
            Some(listed) => full(&asked, &listed, text).into_any(),
            None => {
                set_status(StatusCode::INTERNAL_SERVER_ERROR);
                view! { <p class="error">{text.get("runs-unreadable")}</p> }.into_any()
            }
        }
    });
    view! {
        <Title text=text.get("runs-title") />
        <Html {..} data-hydrated="" />
        <div class="runs">
            <h1>{text.get("runs-title")}</h1>
            <p class="intro">{text.get("runs-intro")}</p>
            {undo}
            {refused.map(|code| refusal(&code, text))}
            {list}
            {import(text)}
        </div>
    }
}

/// Says that a run is deleted, and brings it back.
fn undo(id: &str, text: Text) -> impl IntoView + use<> {
    view! {
        <form class="note undo" method="post" action="/api/fn/restore-run" role="status">
            <input type="hidden" name="id" value=id.to_owned() />
            <input type="hidden" name="back" value="/runs" />
            <span>{text.get("runs-deleted")}</span>
            <button class="quiet">{text.get("runs-undo")}</button>
        </form>
    }
}

fn refusal(code: &str, text: Text) -> impl IntoView + use<> {
    let code = REFUSALS.into_iter().find(|known| *known == code);
    let key = format!("runs-refused-{}", code.unwrap_or("other").replace('_', "-"));
    view! {
        <p class="note error" role="alert">
            {text.get(&key)}
        </p>
    }
}

/// How one gets a first run.
fn empty(text: Text) -> impl IntoView + use<> {
    view! {
        <div class="note">
            <p>{text.get("runs-empty")}</p>
            <p>
                <a href="/">{text.get("runs-empty-lab")}</a>
            </p>
        </div>
    }
}

fn import(text: Text) -> impl IntoView + use<> {
    view! {
        <form class="import" method="post" action="/runs/import" enctype="multipart/form-data">
            <label for="run-file">{text.get("runs-import")}</label>
            <input id="run-file" type="file" name="run" accept="application/json,.json" required />
            <button class="quiet">{text.get("runs-import-button")}</button>
        </form>
    }
}

fn full(asked: &Asked, listed: &Listed, text: Text) -> impl IntoView + use<> {
    let columns = [
        (Sort::Date, "runs-column-date"),
        (Sort::Name, "runs-column-name"),
        (Sort::Rate, "runs-column-workload"),
        (Sort::Mode, "runs-column-mode"),
        (Sort::Client, "runs-column-client"),
        (Sort::Events, "runs-column-events"),
    ];
    let head = |(sort, key): (Sort, &str)| {
        let now = (asked.sort == sort).then_some(match asked.order {
            Order::Up => "ascending",
            Order::Down => "descending",
        });
        view! {
            <th scope="col" role="columnheader" aria-sort=now>
                <a href=sorted_by(asked, sort)>{text.get(key)}</a>
            </th>
        }
    };
    if listed.runs.is_empty() {
        return nothing_found(asked, listed, text).into_any();
    }
    let back = address(asked);
    let rows = listed.runs.iter().map(|run| row(run, &back, text));
    view! {
        {filter(asked, text)}
        {found(listed, text)}
        <form id="compare" method="get" action="/runs/compare"></form>
        <div class="scroll" role="region" aria-label=text.get("runs-title") tabindex="0">
            // Told even where the rows are shown as lists.
            <table class="list stacks" role="table">
                <thead role="rowgroup">
                    <tr role="row">
                        <th scope="col" role="columnheader">
                            <abbr title=text.get("runs-first")>"A"</abbr>
                        </th>
                        <th scope="col" role="columnheader">
                            <abbr title=text.get("runs-second")>"B"</abbr>
                        </th>
                        {columns.map(head).collect_view()}
                        <th scope="col" role="columnheader">
                            {text.get("runs-column-medians")}
                        </th>
                        <th scope="col" role="columnheader">
                            <span class="visually-hidden">{text.get("runs-column-actions")}</span>
                        </th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows.collect_view()}</tbody>
            </table>
        </div>
        <p class="line">
            <button class="quiet" form="compare">
                {text.get("runs-compare")}
            </button>
            {pages(asked, listed.found, text)}
        </p>
    }
    .into_any()
}

/// How many runs are on all pages, and how many are saved.
fn found(listed: &Listed, text: Text) -> impl IntoView + use<> {
    let slots = [("n", &*count(listed.found)), ("all", &count(listed.saved))];
    view! { <p class="found">{text.fill("runs-found", &slots)}</p> }
}

/// Nothing has what was asked for, or there are not so many pages.
fn nothing_found(asked: &Asked, listed: &Listed, text: Text) -> impl IntoView + use<> {
    view! {
        {filter(asked, text)}
        {found(listed, text)}
        <div class="note">
            <p>{text.get("runs-none-found")}</p>
            <p>
                <a href="/runs">{text.get("runs-none-found-all")}</a>
            </p>
        </div>
    }
}

fn filter(asked: &Asked, text: Text) -> impl IntoView + use<> {
    let mode = |mode: Mode| {
        view! {
            <option value=mode.slug() selected=asked.mode == Some(mode)>
                {text.get(&format!("runs-mode-{}", mode.slug()))}
            </option>
        }
    };
    view! {
        <form class="filter" method="get" action="/runs" role="search">
            <label>
                {text.get("runs-filter-text")}
                " "
                <input type="search" name="q" maxlength="100" value=asked.text.clone() />
            </label>
            <label>
                {text.get("runs-filter-mode")}
                " "
                <select name="mode">
                    <option value="">{text.get("runs-filter-any")}</option>
                    {Mode::ALL.map(mode).collect_view()}
                </select>
            </label>
            <label>
                <input type="checkbox" name="load" value=YES checked=asked.load />
                " "
                {text.get("runs-filter-load")}
            </label>
            <input type="hidden" name="sort" value=asked.sort.slug() />
            <input type="hidden" name="order" value=asked.order.slug() />
            <button class="quiet">{text.get("runs-filter-button")}</button>
        </form>
    }
}

fn row(run: &Summary, back: &str, text: Text) -> impl IntoView + use<> {
    let (id, saved) = (run.id.to_string(), moment(run.saved_us));
    let called = if run.name.is_empty() {
        saved.shown.clone()
    } else {
        run.name.clone()
    };
    let choice = |name: &'static str, key: &str| {
        let label = text.fill(key, &[("run", &called)]);
        view! { <input type="radio" form="compare" name=name value=id.clone() aria-label=label required /> }
    };
    let median = |(of, shown): &(Transport, String)| {
        let name = text.get(&format!("lab-name-{}", of.slug()));
        let spoken = name.clone();
        view! {
            <span data-transport=of.plain().slug() title=name>
                <Mark transport=*of />
                <span class="visually-hidden">{spoken} " "</span>
                {shown.clone()}
            </span>
        }
    };
    let workload = text.fill(
        "runs-workload-short",
        &[
            ("rate", &*plain(run.rate)),
            ("payload", &count(run.payload.into())),
            ("duration", &count(run.duration_s.into())),
        ],
    );
    let preset = run
        .preset
        .map(|preset| text.get(&format!("lab-preset-{}", preset.slug())));
    let distance = (run.distance_ms > 0)
        .then(|| text.fill("runs-distance", &[("ms", &count(run.distance_ms.into()))]));
    let flags =
        (run.flags > 0).then(|| text.fill("runs-flagged", &[("n", &count(run.flags.into()))]));
    let hidden =
        |name: &'static str, value: String| view! { <input type="hidden" name=name value=value /> };
    view! {
        <tr role="row">
            <td role="cell" data-label="A">{choice("a", "runs-choose-first")}</td>
            <td role="cell" data-label="B">{choice("b", "runs-choose-second")}</td>
            <td role="cell" data-label=text.get("runs-column-date")>
                <a href=format!("/runs/{id}")>
                    <time datetime=saved.iso>{saved.shown.clone()}</time>
                </a>
                {run.imported.then(|| view! { <small>{text.get("runs-imported")}</small> })}
            </td>
            <td role="cell" data-label=text.get("runs-column-name")>
                <form class="rename" method="post" action="/api/fn/rename-run">
                    {hidden("id", id.clone())} {hidden("back", back.to_owned())}
                    <input
                        type="text"
                        name="name"
                        maxlength="120"
                        autocomplete="off"
                        value=run.name.clone()
                        aria-label=text.fill("runs-name-of", &[("run", &called)])
                    />
                    <button class="quiet">{text.get("runs-rename")}</button>
                </form>
            </td>
            <td role="cell" data-label=text.get("runs-column-workload")>{workload} {preset.map(|preset| view! { <small>{preset}</small> })}</td>
            <td role="cell" data-label=text.get("runs-column-mode")>
                {run.mode.map(|mode| text.get(&format!("runs-mode-{}", mode.slug())))}
                {distance.map(|distance| view! { <small>{distance}</small> })}
            </td>
            <td role="cell" data-label=text.get("runs-column-client")>{run.client.clone()}</td>
            <td role="cell" data-label=text.get("runs-column-events")>
                {count(run.events)} {flags.map(|flags| view! { <small>{flags}</small> })}
            </td>
            <td role="cell" class="medians" data-label=text.get("runs-column-medians")>
                {medians(run).iter().map(median).collect_view()}
            </td>
            <td role="cell">
                <form method="post" action="/api/fn/delete-run">
                    {hidden("id", id.clone())} {hidden("back", back.to_owned())}
                    <button class="quiet" aria-label=text.fill("runs-delete-of", &[("run", &called)])>
                        {text.get("runs-delete")}
                    </button>
                </form>
            </td>
        </tr>
    }
}

/// The lanes' medians, ms. Where the load generator had many numbers of subscribers, those of a
/// transport from the smallest to the largest.
fn medians(run: &Summary) -> Vec<(Transport, String)> {
    let shown = |us: Option<f64>| us.map_or_else(|| "–".to_owned(), |us| ms(us / 1e3));
    let lanes = &run.medians;
    let mut medians: Vec<(Transport, String)> = Vec::new();
    for &(of, us) in lanes {
        let all: Vec<Option<f64>> = lanes
            .iter()
            .filter(|it| it.0 == of)
            .map(|it| it.1)
            .collect();
        if all.len() <= 2 {
            medians.push((of, shown(us)));
        } else if !medians.iter().any(|(named, _)| *named == of) {
            let mut known: Vec<f64> = all.into_iter().flatten().collect();
            known.sort_by(f64::total_cmp);
            let ends = known.first().zip(known.last());
            let ends =
                ends.map(|(least, most)| format!("{}–{}", shown(Some(*least)), shown(Some(*most))));
            medians.push((of, ends.unwrap_or_else(|| shown(None))));
        }
    }
    medians
}

/// The neighbouring pages of a long list.
fn pages(asked: &Asked, found: u64, text: Text) -> impl IntoView + use<> {
    let last = u32::try_from(found.div_ceil(PAGE.into())).unwrap_or(u32::MAX);
    let link = |page: u32, key: &str| {
        let there = address(&Asked {
            page,
            ..asked.clone()
        });
        view! {
            <a href=there rel=if page < asked.page { "prev" } else { "next" }>
                {text.get(key)}
            </a>
        }
    };
    (last > 1).then(|| {
        let slots = [
            ("page", &*count(asked.page.into())),
            ("pages", &count(last.into())),
        ];
        view! {
            <span>{text.fill("runs-page", &slots)}</span>
            {(asked.page > 1).then(|| link(asked.page - 1, "runs-page-before"))}
            {(asked.page < last).then(|| link(asked.page + 1, "runs-page-after"))}
        }
    })
}
