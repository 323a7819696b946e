//! What the visitor brings along: a text of their own to publish, or a topic of their own to
//! watch.

use leptos::prelude::*;

use super::{number::count, stage::Stage};
use crate::{
    event::TopicName,
    lab::board::{Command, Kind, Posted},
};

/// The topic that the page's examples publish to.
const EXAMPLE: &str = "demo";

/// Both boxes.
pub(super) fn own(stage: Stage) -> impl IntoView {
    view! { <section class="own">{publish(stage)} {watch(stage)}</section> }
}

/// Sends a text through all lanes.
fn publish(stage: Stage) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let no_topic = move || stage.board.run.with(|run| run.topic.is_none());
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let text = text.get_untracked();
        if !text.is_empty() {
            stage.board.ask(Command::Publish(text));
        }
    };
    let answer = move || match stage.board.posted.get() {
        Posted::Nothing => String::new(),
        Posted::Sending => stage.text("lab-publish-sending"),
        Posted::Done(seq) => stage.fill("lab-publish-done", &[("seq", &count(seq))]),
        Posted::Refused(reason) => stage.fill("lab-publish-refused", &[("reason", &reason)]),
    };
    let refused = move || {
        stage
            .board
            .posted
            .with(|posted| matches!(posted, Posted::Refused(_)))
    };
    view! {
        <form on:submit=send>
            <h2>{stage.text("lab-publish")}</h2>
            <p>{stage.text("lab-publish-text")}</p>
            <div class="line">
                <input
                    type="text"
                    name="text"
                    autocomplete="off"
                    maxlength="1000"
                    aria-label=stage.text("lab-publish-label")
                    placeholder=stage.text("lab-publish-example")
                    disabled=move || stage.asleep() || no_topic()
                    prop:value=text
                    on:input=move |event| text.set(event_target_value(&event))
                />
                <button class="quiet" data-action="publish" disabled=move || stage.asleep() || no_topic()>
                    {stage.text("lab-publish-button")}
                </button>
            </div>
            <p class="answer" role="status" class:error=refused data-published=move || published(stage)>
                {answer}
            </p>
        </form>
    }
}

/// The number under which the latest text was published.
fn published(stage: Stage) -> Option<String> {
    stage.board.posted.with(|posted| match posted {
        Posted::Done(seq) => Some(seq.to_string()),
        _ => None,
    })
}

/// Lets the lanes watch any topic.
fn watch(stage: Stage) -> impl IntoView {
    let name = RwSignal::new(EXAMPLE.to_owned());
    let wrong = RwSignal::new(false);
    let external = move || {
        stage
            .board
            .run
            .with(|run| run.kind == Kind::External && run.phase.is_live())
    };
    let start = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if external() {
            stage.board.ask(Command::Demo);
            return;
        }
        match name.get_untracked().trim().parse::<TopicName>() {
            Ok(topic) => {
                wrong.set(false);
                stage.board.ask(Command::Watch(topic));
            }
            Err(_) => wrong.set(true),
        }
    };
    let command = move || {
        let origin = stage
            .board
            .instrument
            .with(|instrument| instrument.origin.clone());
        format!(
            "curl -d hi {origin}/api/topics/{}/events",
            name.get().trim()
        )
    };
    view! {
        <form on:submit=start>
            <h2>{stage.text("lab-external")}</h2>
            <p>{stage.text("lab-external-text")}</p>
            <div class="line">
                <input
                    type="text"
                    name="topic"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    maxlength="64"
                    aria-label=stage.text("lab-external-label")
                    aria-invalid=move || wrong.get().then_some("true")
                    aria-describedby="lab-wrong-topic"
                    disabled=move || stage.locked() || external()
                    prop:value=name
                    value=EXAMPLE
                    on:input=move |event| name.set(event_target_value(&event))
                />
                <button class="quiet" data-action="watch" disabled=move || stage.locked()>
                    {move || stage.text(if external() { "lab-external-stop" } else { "lab-external-button" })}
                </button>
            </div>
            <p class="error" id="lab-wrong-topic" hidden=move || !wrong.get()>
                {stage.text("lab-external-wrong")}
            </p>
            <p class="answer">
                <code class="command">{command}</code>
            </p>
        </form>
    }
}
