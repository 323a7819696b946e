//! A sequence diagram's frame; what is in it is painted by `painter`.

use leptos::prelude::*;

use super::{
    place::Places,
    say::Say,
    sequence::{BROWSER, HEIGHT, SERVER, WIDTH},
};
use crate::transport::Transport;

/// Where the part that shows time begins, below the names of the rails.
const TOP: i32 = 220;

/// The classes of strokes, from the back to the front: one `<path>` each.
pub(super) const STROKES: [&str; 8] = [
    "tick", "hold", "wait", "request", "empty", "event", "dot", "cut",
];

/// An empty diagram of a lane.
pub(super) fn diagram(say: &Say, transport: Transport) -> impl IntoView + use<> {
    let alternative = say.fill("lab-diagram", &[("name", &say.name(transport))]);
    let rails = format!("M{BROWSER} 0V{HEIGHT}M{SERVER} 0V{HEIGHT}");
    view! {
        <svg class="seq" viewBox=format!("0 0 {WIDTH} {}", TOP + HEIGHT) role="img" aria-label=alternative>
            <text x=BROWSER.to_string() y="130" text-anchor="middle">
                {say.text("lab-rail-browser")}
            </text>
            <text x=SERVER.to_string() y="130" text-anchor="middle">
                {say.text("lab-rail-server")}
            </text>
            <svg class="time" x="0" y=TOP.to_string() width=WIDTH.to_string() height=HEIGHT.to_string()>
                <path class="rail" d=rails></path>
                {STROKES.map(|stroke| view! { <path class=stroke></path> }).collect_view()}
            </svg>
        </svg>
    }
}

/// What the strokes mean. Times in ms and places in a sample of 40 by 12.
pub(super) fn legend(places: &Places) -> impl IntoView + use<> {
    let say = &places.say;
    const SAMPLES: [(&str, &str, &str); 7] = [
        (
            "request",
            "M2 6H37M32 2.5L37 6L32 9.5",
            "lab-legend-request",
        ),
        ("event", "M38 6H3M8 2.5L3 6L8 9.5", "lab-legend-event"),
        ("empty", "M38 6H3", "lab-legend-empty"),
        ("hold", "M2 1H38V11H2z", "lab-legend-hold"),
        ("dot", "M20 6H20", "lab-legend-dot"),
        ("wait", "M2 6H38", "lab-legend-wait"),
        ("cut", "M16 2L24 10M16 10L24 2", "lab-legend-cut"),
    ];
    let sample = |(stroke, path, key): (&'static str, &'static str, &str)| {
        view! {
            <li>
                <svg class="sample" viewBox="0 0 40 12" aria-hidden="true">
                    <path class=stroke d=path></path>
                </svg>
                {say.text(key)}
            </li>
        }
    };
    view! {
        <div class="legend">
            <ul>{SAMPLES.map(sample).collect_view()}</ul>
            <p>{say.text("lab-legend-half-trip")}</p>
        </div>
    }
}
