//! How to put one's own events into a topic from a terminal.

use leptos::prelude::*;

use crate::ui::{text::Text, visitor::Visitor};

/// The topic of the examples.
const TOPIC: &str = "demo";

/// The commands, ready to copy: they name this server as the visitor reached it.
#[component]
pub fn Publish() -> impl IntoView {
    let text = Text::here();
    let host = Visitor::here()
        .host
        .unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let topic = format!("http://{host}/api/topics/{TOPIC}");
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
                    format!("tail -f app.log | pushpull publish --url http://{host} --topic {TOPIC}"),
                )}
                {command("publish-watch", format!("curl -N {topic}/sse"))}
            </dl>
            <p class="aside">{text.get("publish-token")}</p>
        </section>
    }
}
