//! The languages of the pages, and which one a visitor gets.

use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use unic_langid::LanguageIdentifier;

/// A language that every page exists in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// English, also for whoever asked for a language that there is not.
    #[default]
    English,
    /// Korean.
    Korean,
}

impl Language {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::English, Self::Korean];

    /// Its tag in `lang` attributes, in the cookie and as the folder's name in `locales/`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    /// The language of a tag, as the cookie and the form have it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The best of the languages for an `Accept-Language` header. Its order of preference is
    /// that of the weights; `en;q=0` is no wish for English.
    pub fn accepted(header: &str) -> Self {
        let mut wishes: Vec<(f32, LanguageIdentifier)> =
            header.split(',').filter_map(wish).collect();
        wishes.sort_by(|a, b| b.0.total_cmp(&a.0));
        let wishes: Vec<_> = wishes.into_iter().map(|(_, language)| language).collect();
        let offered: Vec<LanguageIdentifier> = Self::ALL
            .iter()
            .filter_map(|language| language.tag().parse().ok())
            .collect();
        negotiate_languages(&wishes, &offered, None, NegotiationStrategy::Lookup)
            .first()
            .and_then(|found| Self::from_tag(found.language.as_str()))
            .unwrap_or_default()
    }
}

/// One entry of the header, as in `ko-KR;q=0.8`: its weight and its language.
fn wish(entry: &str) -> Option<(f32, LanguageIdentifier)> {
    let (tag, parameter) = entry.split_once(';').unwrap_or((entry, "q=1"));
    let weight: f32 = parameter.trim().strip_prefix("q=")?.parse().ok()?;
    (weight > 0.0).then_some(())?;
    Some((weight, tag.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_decides_by_weight() {
        for (header, language) in [
            ("ko", Language::Korean),
            ("ko-KR,ko;q=0.9,en;q=0.8", Language::Korean),
            ("en-GB,en;q=0.9,ko;q=0.8", Language::English),
            ("en;q=0.5, ko;q=0.7", Language::Korean),
            ("de, ko;q=0.5", Language::Korean),
            ("en;q=0, ko;q=0.1", Language::Korean),
            ("de", Language::English),
            ("*", Language::English),
            ("", Language::English),
            (";;q=,,x-@;q=NaN", Language::English),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }

    #[test]
    fn every_tag_leads_back() {
        for language in Language::ALL {
            assert_eq!(Language::from_tag(language.tag()), Some(language));
        }
        assert_eq!(Language::from_tag("EN"), None);
    }
}
