//! The lab: the first page's instrument.
//!
//! Its markup is rendered on the server and does not travel in the WebAssembly: markup, and what
//! would make it anew, is two thirds of an island otherwise. What changes has a **place** in it,
//! an element that names what it shows. The island [`Pulse`] finds these places, fills them from
//! the [board](crate::lab::board), and takes what the visitor does:
//!
//! | in the markup | means |
//! |---|---|
//! | `class="place"` | there is something here that changes |
//! | `data-figure`, `data-fact`, `data-text` | its text is that of `shown`; the plain number goes to `data-value` |
//! | `data-off`, `data-away` | it is disabled, or hidden, by that `rules` |
//! | `data-of`, `data-lane` | the transport that all within is about |
//! | `data-action`, `data-preset`, `name` | what is asked for by using it |
//! | `data-distance`, `data-clock-origin` | how far away the server is, ms, and where clocks are exchanged if not here |
//!
//! | file | what it answers |
//! |---|---|
//! | `controls`, `lane`, `diagram`, `table`, `outcome`, `own`, `place` | What is the markup? |
//! | `shown`, `costs`, `plan`, `verdict` | What do the places say? The same on the server and in the browser |
//! | `still` \[ssr\] | What does it say of a run that is over? |
//! | `rules` | What may be used, what is to be seen? |
//! | [`sequence`] | What does a diagram look like? |
//! | `page`, `touch`, `painter`, `canvas`, `address`, `drawn` \[hydrate\] | How do places change, and what does the visitor do? |
#![allow(
    missing_docs,
    reason = "the island's macro makes a type without documentation"
)]

mod controls;
mod costs;
mod diagram;
mod lane;
mod outcome;
mod own;
mod place;
mod plan;
pub mod rules;
mod say;
pub mod sequence;
mod shown;
mod table;
mod verdict;

#[cfg(feature = "ssr")]
pub mod still;

#[cfg(feature = "hydrate")]
mod address;
#[cfg(feature = "hydrate")]
mod canvas;
#[cfg(feature = "hydrate")]
mod drawn;
#[cfg(feature = "hydrate")]
mod motion;
#[cfg(not(feature = "hydrate"))]
#[path = "motionless.rs"]
mod motion;
#[cfg(feature = "hydrate")]
mod page;
#[cfg(feature = "hydrate")]
mod painter;
#[cfg(feature = "hydrate")]
mod touch;

use leptos::prelude::*;

use self::{place::Places, say::Say};
use super::{
    chart::{
        Chart,
        data::Data,
        frame::{Downloads, charts},
    },
    labels::Labels,
};
use crate::lab::{board::State, distance::Distance};

/// The lab, asleep: all its controls are disabled until the island lives. Its texts are the
/// labels whose key begins with `lab-`.
#[component]
pub fn Lab(
    /// The texts in the visitor's language.
    labels: Labels,
    /// How far away the server is.
    distance: Distance,
) -> impl IntoView {
    let places = Places {
        say: Say::new(labels.clone()),
        state: State::default(),
        distance,
    };
    let (run, distance) = (&places.state.run, &places.distance);
    view! {
        <div
            class="lab"
            data-run=run.phase.slug()
            data-kind=run.kind.slug()
            data-distance=distance.ms
            data-clock-origin=distance.clock_origin.clone()
        >
            {verdict::verdict(&places)}
            {controls::controls(&places)}
            {outcome::kept(&places)}
            {table::strip(&places)}
            {lane::lanes(&places)}
            {diagram::legend(&places)}
            {outcome::flags(&places)}
            {outcome::twins(&places)}
            {table::table(&places)}
            {charts(&Chart::draw_all(&Data::default(), &labels), &labels, &Downloads::Browser)}
            {own::own(&places)}
            <Pulse labels />
        </div>
    }
}

/// What brings the lab to life. It shows nothing by itself.
#[island]
pub fn Pulse(
    /// The texts in the visitor's language.
    labels: Labels,
) -> impl IntoView {
    let mut labels = Some(labels);
    Effect::new(move |_| {
        if let Some(labels) = labels.take() {
            motion::begin(labels);
        }
    });
}
