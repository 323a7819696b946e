//! What every part of the lab's view is given: the board, and the texts in the visitor's language.

use leptos::prelude::*;

use crate::{
    lab::board::{Board, Kind},
    transport::Transport,
    ui::labels::Labels,
};

/// The lab's view and what it shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage {
    pub(super) board: Board,
    labels: StoredValue<Labels>,
}

impl Stage {
    pub(super) fn new(labels: Labels) -> Self {
        Self {
            board: Board::new(),
            labels: StoredValue::new(labels),
        }
    }

    /// The text of `key`.
    pub(super) fn text(self, key: &str) -> String {
        self.labels.with_value(|labels| labels.get(key))
    }

    /// The text of `key` with its slots filled.
    pub(super) fn fill(self, key: &str, slots: &[(&str, &str)]) -> String {
        self.labels.with_value(|labels| labels.fill(key, slots))
    }

    /// A transport's name.
    pub(super) fn name(self, transport: Transport) -> String {
        self.text(&format!("lab-name-{}", transport.slug()))
    }

    /// Whether a transport has a lane on the page.
    pub(super) fn has(self, transport: Transport) -> bool {
        self.board
            .settings
            .with(|settings| settings.lanes.has(transport))
    }

    /// Whether controls must not be touched: before the island lives.
    pub(super) fn asleep(self) -> bool {
        !self.board.ready.get()
    }

    /// Whether the settings must not be touched: nor while they are being measured with.
    pub(super) fn locked(self) -> bool {
        let measuring =
            |run: &crate::lab::board::RunView| run.kind == Kind::Measurement && run.phase.is_live();
        self.asleep() || self.board.run.with(measuring)
    }
}
