//! What the pages say, in the visitor's language.
//!
//! The texts are in `locales/{en,ko}/*.ftl` and built into the server. The tests beside this
//! file see to it that both languages say everything, and nothing that nobody asks for.

use std::{borrow::Cow, collections::HashMap};

use fluent_templates::{Loader, fluent_bundle::FluentValue, static_loader};
use unic_langid::LanguageIdentifier;

use super::{
    labels::Labels,
    language::Language,
    messages::{ISLANDS, messages},
    visitor::Visitor,
};

#[cfg(test)]
mod tests;

static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        // The marks that Fluent puts around values are invisible characters in attributes, in
        // commands to copy and in tests; no language here runs from right to left.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// A variable's name and its value.
type Values<'a> = HashMap<Cow<'static, str>, FluentValue<'a>>;

/// The pages' texts in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    language: Language,
}

impl Text {
    /// The texts in this language.
    pub fn new(language: Language) -> Self {
        Self { language }
    }

    /// The texts in the language of the visitor whose request is being answered.
    pub fn here() -> Self {
        Self::new(Visitor::here().language)
    }

    /// Their language.
    pub fn language(self) -> Language {
        self.language
    }

    /// The text of `key`. A missing one shows as its own key: visible, and harmless.
    pub fn get(self, key: &str) -> String {
        self.look_up(key, &Values::new())
    }

    /// The text of `key` with its variables' values put in as they are.
    pub fn fill(self, key: &str, slots: &[(&str, &str)]) -> String {
        let value = |(name, value): &(&str, &str)| {
            (
                Cow::Owned((*name).to_owned()),
                FluentValue::from((*value).to_owned()),
            )
        };
        self.look_up(key, &slots.iter().map(value).collect())
    }

    /// The text of `key` before and after its one variable, for a place where the value is not
    /// plain text: a term, a link.
    pub fn around(self, key: &str, slot: &str) -> (String, String) {
        // A character that no text has.
        const CUT: &str = "\u{1f}";
        let text = self.fill(key, &[(slot, CUT)]);
        let (before, after) = text.split_once(CUT).unwrap_or((text.as_str(), ""));
        (before.to_owned(), after.to_owned())
    }

    /// The texts that an island is given: those of the named keys, each variable standing as a
    /// slot `{name}` that the browser fills.
    pub fn labels(self, keys: &[&str]) -> Labels {
        self.labels_where(|key| keys.contains(&key))
    }

    /// The texts that an island is given: those whose key begins with `prefix`, each variable
    /// standing as a slot `{name}` that the browser fills.
    pub fn labels_with_prefix(self, prefix: &str) -> Labels {
        self.labels_where(|key| key.starts_with(prefix))
    }

    fn labels_where(self, wanted: impl Fn(&str) -> bool) -> Labels {
        let slot = |name: &&str| {
            (
                Cow::Owned((*name).to_owned()),
                FluentValue::from(format!("{{{name}}}")),
            )
        };
        ISLANDS
            .into_iter()
            .flat_map(messages)
            .filter(|message| wanted(message.key))
            .map(|message| {
                let slots = message.variables.iter().map(slot).collect();
                (message.key.to_owned(), self.look_up(message.key, &slots))
            })
            .collect()
    }

    fn look_up(self, key: &str, values: &Values<'_>) -> String {
        identifier(self.language)
            .and_then(|language| LOCALES.try_lookup_with_args(&language, key, values))
            .unwrap_or_else(|| key.to_owned())
    }
}

fn identifier(language: Language) -> Option<LanguageIdentifier> {
    language.tag().parse().ok()
}
