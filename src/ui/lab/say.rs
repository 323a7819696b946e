//! What the lab says, in the visitor's language.

use crate::{transport::Transport, ui::labels::Labels};

/// The lab's texts.
#[derive(Debug, Clone)]
pub(super) struct Say(pub(super) Labels);

impl Say {
    pub(super) fn new(labels: Labels) -> Self {
        Self(labels)
    }

    /// The text of `key`.
    pub(super) fn text(&self, key: &str) -> String {
        self.0.get(key)
    }

    /// The text of `key` with its slots filled.
    pub(super) fn fill(&self, key: &str, slots: &[(&str, &str)]) -> String {
        self.0.fill(key, slots)
    }

    /// A transport's name.
    pub(super) fn name(&self, transport: Transport) -> String {
        self.0.get(&format!("lab-name-{}", transport.slug()))
    }
}
