//! The few texts that an island shows.

use serde::{Deserialize, Serialize};

/// Texts in the visitor's language with `{name}` slots. Rendered on the server and handed to an
/// island as a prop, so that no locale file travels in the WebAssembly.
///
/// One text with a line for each label, its key before a tab: a map would weigh two KiB in the
/// WebAssembly, to find something among a hundred.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels(String);

impl Labels {
    /// The text of `key`. A missing one shows as its own key: visible, and harmless.
    pub fn get(&self, key: &str) -> String {
        let text = |line: &str| {
            let (of, text) = line.split_once('\t')?;
            (of == key).then(|| text.to_owned())
        };
        let found = self.0.lines().find_map(text);
        found.unwrap_or_else(|| key.to_owned())
    }

    /// The text of `key` with each `{name}` replaced by the value of that name. A slot without a
    /// value stays as it is; a value is never searched for slots itself.
    pub fn fill(&self, key: &str, slots: &[(&str, &str)]) -> String {
        let text = self.get(key);
        let mut filled = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let value = after.split_once('}').and_then(|(name, behind)| {
                let slot = slots.iter().find(|(slot, _)| *slot == name)?;
                Some((slot.1, behind))
            });
            rest = if let Some((value, behind)) = value {
                filled.push_str(value);
                behind
            } else {
                filled.push('{');
                after
            };
        }
        filled.push_str(rest);
        filled
    }

    /// These texts, and more.
    #[must_use]
    pub fn and(mut self, more: &Self) -> Self {
        self.0.push_str(&more.0);
        self
    }
}

impl FromIterator<(String, String)> for Labels {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(texts: I) -> Self {
        let line = |(key, text): (String, String)| {
            // A text of several lines is one paragraph all the same.
            format!("{key}\t{}\n", text.replace('\n', " "))
        };
        Self(texts.into_iter().map(line).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> Labels {
        [
            ("p50", "{ms} ms of {n}"),
            ("odd", "a { b } {c"),
            ("plain", "start"),
        ]
        .map(|(key, text)| (key.to_owned(), text.to_owned()))
        .into_iter()
        .collect()
    }

    #[test]
    fn slots_are_filled_once() {
        let slots = [("ms", "{n}"), ("n", "120")];
        assert_eq!(labels().fill("p50", &slots), "{n} ms of 120");
        assert_eq!(labels().fill("p50", &[("n", "3")]), "{ms} ms of 3");
    }

    #[test]
    fn what_is_no_slot_stays() {
        assert_eq!(
            labels().fill("odd", &[("b", "x"), ("c", "y")]),
            "a { b } {c"
        );
        assert_eq!(labels().get("plain"), "start");
    }

    #[test]
    fn a_missing_text_shows_its_key() {
        assert_eq!(labels().get("nowhere"), "nowhere");
        assert_eq!(labels().fill("nowhere", &[]), "nowhere");
    }
}
