//! How much is measured: from the environment, so that a short pass takes minutes.

use std::path::PathBuf;

use crate::{Failure, results::Part};

/// How often each lane is measured.
const REPEATS: u32 = 5;
/// How long events are published in a lane, s; other times are multiples of it.
const SECONDS: u32 = 10;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How often each lane of the side by side is measured; the curves' half as often.
    pub repeats: u32,
    /// How long events are published in a lane, s.
    pub seconds: u32,
    /// What is measured.
    pub parts: Vec<Part>,
    /// Where the page goes; its files into `benchmarks` beneath.
    pub folder: PathBuf,
}

impl Options {
    /// `BENCH_REPEATS`, `BENCH_SECONDS`, `BENCH_ONLY` (parts with commas between, or `page` for
    /// none) and `BENCH_OUT`. Only a pass of the full length replaces the page of the documents.
    pub fn from_environment(get: impl Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let number = |name: &str, usual: u32, most: u32| {
            let Some(text) = get(name) else {
                return Ok(usual);
            };
            let value = text.parse().ok().filter(|n| (1..=most).contains(n));
            value.ok_or_else(|| Failure::Option(format!("{name} is a number from 1 to {most}")))
        };
        let repeats = number("BENCH_REPEATS", REPEATS, 100)?;
        let seconds = number("BENCH_SECONDS", SECONDS, 600)?;
        let parts = match get("BENCH_ONLY").as_deref() {
            None | Some("") => Part::ALL.to_vec(),
            Some("page") => Vec::new(),
            Some(names) => names.split(',').map(part).collect::<Result<_, _>>()?,
        };
        let whole = repeats >= REPEATS && seconds >= SECONDS || parts.is_empty();
        let usual = if whole { "docs" } else { "target/bench" };
        Ok(Self {
            repeats,
            seconds,
            parts,
            folder: get("BENCH_OUT").map_or_else(|| usual.into(), PathBuf::from),
        })
    }

    /// How often each lane of the curves is measured.
    pub fn curve_repeats(&self) -> u32 {
        self.repeats.div_ceil(2)
    }
}

fn part(name: &str) -> Result<Part, Failure> {
    let found = Part::ALL.into_iter().find(|part| part.slug() == name);
    found.ok_or_else(|| {
        let names = Part::ALL.map(Part::slug).join(", ");
        Failure::Option(format!("BENCH_ONLY names parts out of {names}, or page"))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn options(set: &[(&str, &str)]) -> Result<Options, Failure> {
        Options::from_environment(|name| {
            let found = set.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_short_pass_leaves_the_documents_alone() {
        let usual = options(&[]).unwrap();
        assert_eq!(usual.folder, PathBuf::from("docs"));
        assert_eq!((usual.repeats, usual.curve_repeats()), (5, 3));
        let short = options(&[("BENCH_SECONDS", "2")]).unwrap();
        assert_eq!(short.folder, PathBuf::from("target/bench"));
        let told = options(&[("BENCH_SECONDS", "2"), ("BENCH_OUT", "x")]).unwrap();
        assert_eq!(told.folder, PathBuf::from("x"));
    }

    #[test]
    fn parts_are_named_and_what_is_none_is_refused() {
        let parts = |names| options(&[("BENCH_ONLY", names)]).map(|it| it.parts);
        assert_eq!(parts("crowd,curves").unwrap(), [Part::Crowd, Part::Curves]);
        assert_eq!(parts("page").unwrap(), []);
        let told = parts("everything").unwrap_err().to_string();
        assert!(told.contains("side-by-side"), "{told}");
        assert!(options(&[("BENCH_REPEATS", "0")]).is_err());
    }
}
