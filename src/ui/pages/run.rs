//! The page of one saved run: a link to give away.

use http::StatusCode;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::not_found::not_found;
use crate::{
    app::set_status,
    runs::{
        evaluated::again,
        saved::{RunId, SavedRun, StoreError},
        store::Store,
    },
    ui::{
        chart::frame::Downloads,
        copying::{LivelyCopying, button::copy_button},
        runs::{
            content::content,
            evaluating::evaluate,
            markdown::markdown,
            report::{Report, title},
            time::moment,
        },
        text::Text,
    },
};

/// The files by which a run leaves the house: their endings and what they are called.
const FILES: [(&str, &str); 4] = [
    ("json", "runs-file-json"),
    ("csv", "runs-file-csv"),
    ("html", "runs-file-html"),
    ("md", "runs-file-md"),
];

/// Where the run stands as Markdown, to be copied.
const MARKDOWN: &str = "run-markdown";

/// `/runs/{id}`
#[component]
pub fn RunPage() -> impl IntoView {
    let text = Text::here();
    let id = use_params_map().get_untracked().get("id");
    let store = use_context::<Store>();
    Suspend::new(async move {
        match load(store, id.as_deref()).await {
            Ok(saved) => match evaluated(saved, text).await {
                Some((saved, report, markdown)) => {
                    page(&saved, &report, &markdown, text).into_any()
                }
                None => failed(text).into_any(),
            },
            Err(StoreError::Unknown) => not_found(text, "runs-unknown").into_any(),
            Err(error) => {
                tracing::warn!(%error);
                failed(text).into_any()
            }
        }
    })
}

/// Finds a saved run.
pub(super) async fn load(store: Option<Store>, id: Option<&str>) -> Result<SavedRun, StoreError> {
    let id: RunId = id.unwrap_or_default().parse()?;
    store.ok_or(StoreError::Unknown)?.load(id).await
}

/// Puts a run into words.
async fn evaluated(saved: SavedRun, text: Text) -> Option<(SavedRun, Report, String)> {
    evaluate(move || {
        let report = Report::of(&saved.record, text);
        let markdown = markdown(&saved.record, &report, text);
        (saved, report, markdown)
    })
    .await
}

pub(super) fn failed(text: Text) -> impl IntoView + use<> {
    set_status(StatusCode::INTERNAL_SERVER_ERROR);
    view! { <p class="error">{text.get("runs-unreadable")}</p> }
}

fn page(saved: &SavedRun, report: &Report, markdown: &str, text: Text) -> impl IntoView + use<> {
    let (record, id) = (&saved.record, saved.id.to_string());
    let called = title(record, text);
    let when = moment(record.saved_us);
    let file = |(ending, key): (&str, &str)| {
        view! {
            <a href=format!("/runs/{id}/export.{ending}") download="">
                {text.get(key)}
            </a>
        }
    };
    let imported = saved.imported_us.map(|us| {
        let slots = [("date", &*moment(us).shown)];
        view! { <span>{text.fill("runs-imported-on", &slots)}</span> }
    });
    let repeat = again(record).map(|asked| {
        view! {
            <a class="primary" href=format!("/?{}", asked.to_query())>
                {text.get("runs-again")}
            </a>
        }
    });
    view! {
        <Title text=in_title(&called) />
        <article class="run">
            <h1>{called}</h1>
            <p class="facts">
                <span>
                    {text.get("runs-saved-on")} " " <time datetime=when.iso>{when.shown}</time>
                </span>
                {imported}
            </p>
            {saved.deleted.then(|| deleted(&id, text))}
            <div class="line files">
                {repeat} {FILES.map(file).collect_view()}
                {copy_button(MARKDOWN, "runs-copy-markdown", text)}
            </div>
            {content(report, text, &Downloads::Server(format!("/runs/{id}")))}
            <div class="run-around">
                <details>
                    <summary>{text.get("runs-markdown")}</summary>
                    <p>{text.get("runs-markdown-how")}</p>
                    <pre tabindex="0">
                        <code class="command" id=MARKDOWN>{markdown.to_owned()}</code>
                    </pre>
                </details>
                {change(saved, &id, text)}
            </div>
        </article>
        <LivelyCopying />
    }
}

/// A stranger's text as the document's title: the framework puts it into the head as it is.
fn in_title(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn deleted(id: &str, text: Text) -> impl IntoView + use<> {
    let back = format!("/runs/{id}");
    view! {
        <form class="note undo" method="post" action="/api/fn/restore-run">
            <input type="hidden" name="id" value=id.to_owned() />
            <input type="hidden" name="back" value=back />
            <span>{text.get("runs-is-deleted")}</span>
            <button class="quiet">{text.get("runs-undo")}</button>
        </form>
    }
}

/// Renames and deletes.
fn change(saved: &SavedRun, id: &str, text: Text) -> impl IntoView + use<> {
    let delete = (!saved.deleted).then(|| {
        view! {
            <form method="post" action="/api/fn/delete-run">
                <input type="hidden" name="id" value=id.to_owned() />
                <input type="hidden" name="back" value="/runs" />
                <button class="quiet">{text.get("runs-delete")}</button>
            </form>
        }
    });
    view! {
        <div class="line">
            <form class="rename" method="post" action="/api/fn/rename-run">
                <input type="hidden" name="id" value=id.to_owned() />
                <input type="hidden" name="back" value=format!("/runs/{id}") />
                <label for="run-name">{text.get("runs-column-name")}</label>
                <input
                    id="run-name"
                    type="text"
                    name="name"
                    maxlength="120"
                    autocomplete="off"
                    value=saved.record.name.clone()
                />
                <button class="quiet">{text.get("runs-rename")}</button>
            </form>
            {delete}
        </div>
    }
}
