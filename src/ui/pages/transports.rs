//! How each transport works: a card with one sentence, and more behind it.

use leptos::prelude::*;

use crate::{
    transport::Transport,
    ui::{mark::Mark, term::Term, text::Text},
};

/// What a card tells beyond its sentence: the key of the heading, and the last part of the key
/// of the text.
const PARTS: [(&str, &str); 4] = [
    ("how-on-the-wire", "wire"),
    ("how-headers", "headers"),
    ("how-after-a-cut", "cut"),
    ("how-proxies", "proxies"),
];

/// The four cards.
#[component]
pub fn Transports() -> impl IntoView {
    let text = Text::here();
    let (before, after) = text.around("how-intro", "cursor");
    view! {
        <section class="guide" id="how" aria-labelledby="how-title">
            <h2 id="how-title">{text.get("how-title")}</h2>
            <p class="intro">
                {before}
                <Term
                    id="tip-cursor"
                    word=text.get("cursor-word")
                    meaning=text.get("cursor-meaning")
                />
                {after}
            </p>
            <div class="cards">
                {Transport::PLAIN.map(|transport| view! { <Card transport /> }).collect_view()}
            </div>
        </section>
    }
}

/// One transport.
#[component]
fn Card(transport: Transport) -> impl IntoView {
    let (text, slug) = (Text::here(), transport.slug());
    let part = |(heading, part): (&str, &str)| {
        view! {
            <dt>{text.get(heading)}</dt>
            <dd>{text.get(&format!("how-{slug}-{part}"))}</dd>
        }
    };
    let name = text.get(&format!("transport-{slug}"));
    view! {
        <article class="card" id=format!("how-{slug}") data-transport=slug>
            <h3>
                <Mark transport />
                {name.clone()}
            </h3>
            <p>{text.get(&format!("how-{slug}-sentence"))}</p>
            <details>
                <summary>
                    {text.get("how-more")} <span class="visually-hidden">": " {name}</span>
                </summary>
                <pre tabindex="0">
                    <code>{excerpt(transport)}</code>
                </pre>
                <dl>{PARTS.into_iter().map(part).collect_view()}</dl>
            </details>
        </article>
    }
}

/// What crosses the wire for one event, in the protocol's own words: `>` from the browser,
/// `<` from the server. Long names are cut short by `…`.
fn excerpt(transport: Transport) -> &'static str {
    match transport.plain() {
        Transport::LongPolling => {
            "> GET …/long-poll?after=…-41&wait=25\n  (the server waits)\n< 200 {\"events\":[{\"seq\":42,…}],\n       \"next\":\"…-42\",…}\n> GET …/long-poll?after=…-42&wait=25"
        }
        Transport::Sse => {
            "> GET …/sse\n< 200 text/event-stream\n< id: …-42\n< data: {\"seq\":42,…}\n<\n< id: …-43\n< data: {\"seq\":43,…}"
        }
        Transport::WebSocket => {
            "> GET …/ws  Upgrade: websocket\n< 101 Switching Protocols\n< {\"cursor\":\"…-41\"}\n< {\"seq\":42,…}\n< {\"seq\":43,…}\n> hello"
        }
        _ => {
            "> GET …/poll?after=…-41\n< 200 {\"events\":[],\"next\":\"…-41\",…}\n  (1 s)\n> GET …/poll?after=…-41\n< 200 {\"events\":[{\"seq\":42,…}],\n       \"next\":\"…-42\",…}"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::language::Language;

    #[test]
    fn every_card_is_complete() {
        for text in Language::ALL.map(Text::new) {
            for slug in Transport::PLAIN.map(Transport::slug) {
                let parts = PARTS.iter().map(|(_, part)| format!("how-{slug}-{part}"));
                let rest = [format!("transport-{slug}"), format!("how-{slug}-sentence")];
                for key in parts.chain(rest) {
                    assert_ne!(text.get(&key), key);
                }
            }
        }
    }
}
