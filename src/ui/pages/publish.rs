//! How to put one's own events into a topic from a terminal.

use leptos::prelude::*;

use crate::ui::{text::Text, visitor::Visitor};

/// The topic of the examples.
const TOPIC: &str = "demo";

/// The commands, ready to copy: they name this server as the visitor reached it.
#[component]
pub fn Publish() -> impl IntoView {
    let text = Text::here();
    let origin = Visitor::here().origin();
    let topic = format!("{origin}/api/topics/{TOPIC}");
    let (before, after) = text.around("publish-text", "topic");
    let command = |key: &str, command: String| {
        view! {
            <div>
                <dt>{text.get(key)}</dt>
                <dd>
                    <pre tabindex="0">
                        <code class="command">{command}</code>
                    </pre>
                </dd>
            </div>
        }
    };
    view! {
        <section class="guide" id="publish" aria-labelledby="publish-title">
            <h2 id="publish-title">{text.get("publish-title")}</h2>
            <p class="intro">{before} <code>{TOPIC}</code> {after}</p>
            <dl class="commands">
                {command("publish-once", format!("curl -d hi {topic}/events"))}
                {command(
                    "publish-lines",
                    format!("tail -f app.log | pushpull publish --url {origin} --topic {TOPIC}"),
                )}
                {command("publish-watch", format!("curl -N {topic}/sse"))}
            </dl>
            <p class="aside">{text.get("publish-token")}</p>
        </section>
    }
}
