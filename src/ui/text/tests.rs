//! Both languages say everything, and nothing that nobody asks for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::*;

/// Keys that are put together in a way that the search below cannot see: the beginning of the
/// key, and where it is put together.
const PUT_TOGETHER: [&str; 1] = [
    // ui::chart::Say
    "chart-",
];

/// All files below a folder with this ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|it| it == ending) {
            found.push(path);
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every message of a language with its variables.
fn said_in(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut said = BTreeMap::new();
    for file in files(&root().join("locales").join(language.tag()), "ftl") {
        for message in messages(&fs::read_to_string(&file).unwrap()) {
            let variables = message
                .variables
                .iter()
                .map(|it| (*it).to_owned())
                .collect();
            let twice = said.insert(message.key.to_owned(), variables);
            assert!(
                twice.is_none(),
                "{}: {} is there twice",
                file.display(),
                message.key
            );
        }
    }
    said
}

/// The source without comments and tests.
fn source() -> String {
    let mut source = String::new();
    for file in files(&root().join("src"), "rs") {
        if file.ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for line in code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
        {
            source.push_str(line);
            source.push('\n');
        }
    }
    source
}

/// The string literals of the source; those with escapes are no keys and may come out wrong.
fn literals(source: &str) -> BTreeSet<&str> {
    source
        .lines()
        .flat_map(|line| line.split('"').skip(1).step_by(2))
        .collect()
}

/// Whether a literal such as `how-{}-wire` can become this key.
fn can_become(literal: &str, key: &str) -> bool {
    let Some((before, rest)) = literal.split_once('{') else {
        return literal == key;
    };
    let (Some((_, after)), true) = (rest.split_once('}'), before.len() >= 3) else {
        return false;
    };
    key.strip_prefix(before).is_some_and(|rest| {
        if after.contains('{') {
            true
        } else {
            rest.len() > after.len() && rest.ends_with(after)
        }
    })
}

/// The keys that the source asks for by name: `text.get("key")` and its kin.
fn asked_for(source: &str) -> BTreeSet<&str> {
    const CALLS: [&str; 7] = [
        "text.get(",
        "text.fill(",
        "text.around(",
        "labels.get(",
        "labels.fill(",
        "say.get(",
        "say.fill(",
    ];
    CALLS
        .iter()
        .flat_map(|call| source.split(call).skip(1))
        .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
        .collect()
}

#[test]
fn both_languages_say_the_same_things() {
    let english = said_in(Language::English);
    assert!(!english.is_empty());
    for language in Language::ALL {
        assert_eq!(said_in(language), english, "{language:?} against English");
    }
}

#[test]
fn what_the_code_asks_for_is_said() {
    let (said, source) = (said_in(Language::English), source());
    let missing: Vec<_> = asked_for(&source)
        .into_iter()
        .filter(|key| !said.contains_key(*key))
        .collect();
    assert!(missing.is_empty(), "not in locales/: {missing:?}");
}

#[test]
fn nothing_is_said_that_nobody_asks_for() {
    let source = source();
    let literals = literals(&source);
    let unused: Vec<_> = said_in(Language::English)
        .into_keys()
        .filter(|key| !PUT_TOGETHER.iter().any(|start| key.starts_with(start)))
        .filter(|key| !literals.iter().any(|literal| can_become(literal, key)))
        .collect();
    assert!(
        unused.is_empty(),
        "in locales/, but nobody asks for: {unused:?}"
    );
}

#[test]
fn every_text_can_be_shown() {
    for language in Language::ALL {
        let text = Text::new(language);
        for (key, variables) in said_in(language) {
            let slots: Vec<_> = variables.iter().map(|name| (name.as_str(), "#")).collect();
            let shown = text.fill(&key, &slots);
            assert_ne!(shown, key, "{language:?}");
            assert!(
                !shown.contains(['{', '\u{2068}']),
                "{language:?} {key}: {shown}"
            );
        }
    }
}

#[test]
fn an_island_fills_its_slots_itself() {
    let labels = Text::new(Language::Korean).labels_with_prefix("");
    for message in ISLANDS.into_iter().flat_map(messages) {
        for name in message.variables {
            let label = labels.get(message.key);
            assert!(
                label.contains(&format!("{{{name}}}")),
                "{}: {label}",
                message.key
            );
        }
    }
}

#[test]
fn a_missing_text_shows_its_key() {
    assert_eq!(Text::new(Language::Korean).get("nowhere"), "nowhere");
}
