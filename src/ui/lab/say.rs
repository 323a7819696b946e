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

    /// Why something did not go, in the visitor's language. `reason` is a code, perhaps with a
    /// status before it and a message behind it; one that nobody has words for stays as it is.
    pub(super) fn reason(&self, reason: &str) -> String {
        let code = reason.split(':').next().unwrap_or_default();
        let code = code.rsplit(' ').next().unwrap_or_default();
        let key = format!("lab-reason-{code}");
        let text = self.text(&key);
        if text == key { reason.to_owned() } else { text }
    }

    /// A transport's name.
    pub(super) fn name(&self, transport: Transport) -> String {
        self.0.get(&format!("lab-name-{}", transport.slug()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::{language::Language, text::Text};

    #[test]
    fn a_reason_is_told_in_the_visitors_language() {
        for language in Language::ALL {
            let text = Text::new(language);
            let say = Say::new(text.labels_with_prefix("lab-reason-"));
            for (reason, code) in [
                (
                    "token_required: this server wants its token",
                    "token_required",
                ),
                ("503 too_many_at_once", "too_many_at_once"),
                ("network", "network"),
                ("bad-answer: ", "bad-answer"),
            ] {
                let told = text.get(&format!("lab-reason-{code}"));
                assert_eq!(say.reason(reason), told);
            }
            for unknown in ["1011", "", "bad_topic: a topic is", "503"] {
                assert_eq!(say.reason(unknown), unknown);
            }
        }
    }
}
