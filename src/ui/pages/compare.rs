//! Two saved runs side by side: by how much they differ, lane by lane, and what else differs.

use leptos::prelude::*;
use leptos_meta::{Html, Title};
use leptos_router::hooks::use_query_map;

use super::{
    not_found::not_found,
    run::{failed, load},
};
use crate::{
    runs::{
        difference::{LaneDifference, clock_error_us, differences},
        saved::{SavedRun, StoreError},
        store::Store,
    },
    stats::Difference,
    ui::{
        chart::data::lane_name,
        mark::Mark,
        number::{count, ms},
        runs::{
            evaluating::evaluate,
            report::{Report, title},
            side_by_side::side_by_side,
        },
        text::Text,
    },
};

/// `/runs/compare?a=…&b=…`
#[component]
pub fn ComparePage() -> impl IntoView {
    let text = Text::here();
    let query = use_query_map().get_untracked();
    let ids = [query.get("a"), query.get("b")];
    let store = use_context::<Store>();
    let compared = Suspend::new(async move {
        let [a, b] = &ids;
        let first = load(store.clone(), a.as_deref()).await;
        let second = load(store, b.as_deref()).await;
        let (first, second) = match (first, second) {
            (Ok(first), Ok(second)) => (first, second),
            (Err(StoreError::Unknown), _) | (_, Err(StoreError::Unknown)) => {
                return not_found(text, "runs-compare-unknown").into_any();
            }
            _ => return failed(text).into_any(),
        };
        match evaluate(move || Compared::of(first, second, text)).await {
            Some(compared) => page(&compared, text).into_any(),
            None => failed(text).into_any(),
        }
    });
    // What is waited for may come too late for the document's own element.
    view! {
        <Html {..} data-hydrated="" />
        {compared}
    }
}

/// Two runs, ready to be shown.
struct Compared {
    runs: [SavedRun; 2],
    reports: [Report; 2],
    lanes: Vec<LaneDifference>,
    clock_error_us: u64,
}

impl Compared {
    fn of(first: SavedRun, second: SavedRun, text: Text) -> Self {
        let reports = [&first, &second].map(|run| Report::of(&run.record, text));
        Self {
            lanes: differences(&first.record, &second.record),
            clock_error_us: clock_error_us(&first.record, &second.record),
            runs: [first, second],
            reports,
        }
    }
}

fn page(compared: &Compared, text: Text) -> impl IntoView + use<> {
    let [first, second] = &compared.runs;
    let run = |letter: &'static str, saved: &SavedRun, report: &Report| {
        view! {
            <li>
                <b>{letter}</b>
                " "
                <a href=format!("/runs/{}", saved.id)>{title(&saved.record, text)}</a>
                <p>{report.verdict_text(text)}</p>
            </li>
        }
    };
    let [of_first, of_second] = &compared.reports;
    let clock = ms(compared.clock_error_us as f64 / 1e3);
    let turned = format!("/runs/compare?a={}&b={}", second.id, first.id);
    view! {
        <Title text=text.get("runs-compare-title") />
        <article class="run compare">
            <h1>{text.get("runs-compare-title")}</h1>
            <ul class="two">{run("A", first, of_first)} {run("B", second, of_second)}</ul>
            <p class="line">
                <a href=turned>{text.get("runs-compare-turn")}</a>
                <a href="/runs">{text.get("runs-compare-others")}</a>
            </p>
            {lanes(compared, text)}
            <p class="aside">{text.fill("runs-compare-how", &[("clock", &clock)])}</p>
            {conditions(compared, text)}
        </article>
    }
}

fn lanes(compared: &Compared, text: Text) -> impl IntoView + use<> {
    let label = |column: &str| text.get(&format!("runs-compare-{column}"));
    let row = |lane: &LaneDifference| {
        let name = text.get(&format!("lab-name-{}", lane.transport.slug()));
        let name = lane_name(name, lane.twin, lane.subscribers);
        let (value, range) = lane.difference.map_or_else(
            |_| ("–".to_owned(), "–".to_owned()),
            |it| {
                let range = [it.low_us, it.high_us].map(|us| signed(us / 1e3));
                (signed(it.estimate_us / 1e3), range.join(" … "))
            },
        );
        view! {
            <tr role="row">
                <th scope="row" role="rowheader" data-transport=lane.transport.plain().slug()>
                    <Mark transport=lane.transport />
                    {name}
                </th>
                <td role="cell" data-label=label("difference")>
                    {value}
                </td>
                <td role="cell" data-label=label("interval")>
                    {range}
                </td>
                <td role="cell">{said(lane, text)}</td>
            </tr>
        }
    };
    let heads = view! {
        {["lane", "difference", "interval", "said"]
            .map(|column| {
                view! {
                    <th scope="col" role="columnheader">
                        {label(column)}
                    </th>
                }
            })
            .collect_view()}
    };
    let rows = compared.lanes.iter().map(row).collect_view();
    let title = text.get("runs-compare-lanes");
    side_by_side("compare-lanes", title, Some("stacks"), heads, rows)
}

/// A lane's difference in words.
fn said(lane: &LaneDifference, text: Text) -> String {
    let Difference {
        estimate_us,
        low_us,
        high_us,
        ..
    } = match lane.difference {
        Ok(difference) => difference,
        Err(few) => {
            let blocks = count(few.blocks as u64);
            return text.fill("runs-compare-few", &[("blocks", &blocks)]);
        }
    };
    if lane.is_certain() {
        let by = ms(estimate_us.abs() / 1e3);
        let key = if estimate_us < 0.0 {
            "runs-compare-faster"
        } else {
            "runs-compare-slower"
        };
        text.fill(key, &[("by", &by)])
    } else {
        let within = ms(low_us.abs().max(high_us.abs()) / 1e3);
        text.fill("runs-compare-alike", &[("within", &within)])
    }
}

/// A difference with its sign: `+1.20`.
fn signed(value: f64) -> String {
    if value > 0.0 {
        format!("+{}", ms(value))
    } else if value.is_infinite() {
        "−∞".to_owned()
    } else {
        ms(value)
    }
}

/// Under what both were measured; what differs stands out.
fn conditions(compared: &Compared, text: Text) -> impl IntoView + use<> {
    let [first, second] = &compared.reports;
    let pairs = first.conditions.iter().zip(&second.conditions);
    let row = |((name, one), (_, two)): (&(String, String), &(String, String))| {
        let differs = (one != two).then_some("differs");
        view! {
            <tr class=differs role="row">
                <th scope="row" role="rowheader">
                    {name.clone()}
                </th>
                <td role="cell" data-label="A">
                    {one.clone()}
                </td>
                <td role="cell" data-label="B">
                    {two.clone()}
                </td>
            </tr>
        }
    };
    let heads = view! {
        <th scope="col" role="columnheader">
            {text.get("runs-compare-condition")}
        </th>
        <th scope="col" role="columnheader">
            "A"
        </th>
        <th scope="col" role="columnheader">
            "B"
        </th>
    };
    let rows = pairs.map(row).collect_view();
    let title = text.get("runs-conditions");
    side_by_side(
        "compare-conditions",
        title,
        Some("texts stacks"),
        heads,
        rows,
    )
}
