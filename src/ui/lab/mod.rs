//! The lab: the island on the first page. It shows what the [board](crate::lab::board) says and
//! asks it for what the visitor wants; what moves by itself is painted by `motion`.
//!
//! The first render is the same on the server and in the browser: an empty board, with all
//! controls disabled until the island lives.
#![allow(
    missing_docs,
    reason = "the island's macro makes a type without documentation"
)]

mod actions;
mod controls;
mod diagram;
mod field;
mod lane;
mod number;
mod own;
mod row;
pub mod sequence;
mod stage;
mod strip;
mod table;
mod verdict;

#[cfg(feature = "hydrate")]
mod motion;
#[cfg(not(feature = "hydrate"))]
#[path = "motionless.rs"]
mod motion;
#[cfg(feature = "hydrate")]
mod painter;

use leptos::prelude::*;

use self::stage::Stage;
use super::labels::Labels;

/// The lab. Its texts are all labels whose key begins with `lab-`.
#[island]
pub fn Lab(
    /// The texts in the visitor's language.
    labels: Labels,
) -> impl IntoView {
    let stage = Stage::new(labels);
    let run = stage.board.run;
    Effect::new(move |_| motion::begin(stage));
    view! {
        <div
            class="lab"
            data-run=move || run.with(|run| run.phase.slug())
            data-kind=move || run.with(|run| run.kind.slug())
            data-topic=move || run.with(|run| run.topic.as_ref().map(ToString::to_string))
        >
            {verdict::verdict(stage)}
            {controls::controls(stage)}
            {strip::strip(stage)}
            {lane::lanes(stage)}
            {diagram::legend(stage)}
            {own::own(stage)}
            {table::table(stage)}
        </div>
    }
}
