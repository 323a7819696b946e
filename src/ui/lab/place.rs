//! Places: the elements of the markup whose content changes.

use leptos::prelude::*;

use super::{say::Say, shown};
use crate::{
    lab::{board::State, distance::Distance},
    transport::Transport,
};

/// What the markup is made with: the texts, and the state that its places show at first.
pub(super) struct Places {
    pub(super) say: Say,
    pub(super) state: State,
    /// How far away the server is, and how far it might be.
    pub(super) distance: Distance,
}

impl Places {
    /// A place for a text.
    pub(super) fn text(&self, key: &'static str, of: Transport) -> impl IntoView + use<> {
        let text = self.shown(key, of).text;
        view! {
            <span class="place" data-text=key>
                {text}
            </span>
        }
    }

    /// A place for a text about the run as a whole.
    pub(super) fn run(&self, key: &'static str) -> impl IntoView + use<> {
        self.text(key, Transport::Polling)
    }

    /// A place for a lane's figure, within the lane.
    pub(super) fn figure(&self, key: &'static str, of: Transport) -> impl IntoView + use<> {
        let shown = self.shown(key, of);
        view! {
            <span class="place" data-figure=key data-value=shown.value>
                {shown.text}
            </span>
        }
    }

    /// What a place shows at first.
    pub(super) fn shown(&self, key: &'static str, of: Transport) -> shown::Shown {
        shown::tell(key).map_or_else(shown::Shown::default, |tell| {
            tell(&self.say, &self.state, of)
        })
    }
}
