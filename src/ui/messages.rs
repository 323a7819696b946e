//! Which messages a Fluent file has: read from its text, for handing islands their labels and
//! for holding the two languages against each other.
//!
//! Fluent's grammar makes this simple: a message begins in the first column with its name and
//! `=`, everything that belongs to it is indented, and a variable is `$name` within braces.

use std::collections::BTreeSet;

/// The English files whose messages travel to islands; the Korean ones have the same messages.
pub(crate) const ISLANDS: [&str; 2] = [
    include_str!("../../locales/en/lab.ftl"),
    include_str!("../../locales/en/chart.ftl"),
];

/// One message of a Fluent file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message<'a> {
    /// Its name.
    pub(crate) key: &'a str,
    /// The variables that it takes.
    pub(crate) variables: BTreeSet<&'a str>,
}

/// The messages of a Fluent file, in its order.
pub(crate) fn messages(source: &str) -> Vec<Message<'_>> {
    let mut found: Vec<Message<'_>> = Vec::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if let Some(key) = key_of(line) {
            let variables = BTreeSet::new();
            found.push(Message { key, variables });
        }
        if let Some(message) = found.last_mut() {
            message.variables.extend(variables(line));
        }
    }
    found
}

/// The name of the message that begins on this line.
fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    let key = key.trim_end();
    let starts = key
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic());
    (starts && name_length(key) == key.len()).then_some(key)
}

/// The variables within the braces of a line.
fn variables(line: &str) -> impl Iterator<Item = &str> {
    line.split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .flat_map(|placeable| placeable.split('$').skip(1))
        .filter_map(|rest| rest.get(..name_length(rest)))
}

/// How many bytes at the start of the text make up a name.
fn name_length(text: &str) -> usize {
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.bytes().take_while(of_name).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_fluent_reads_it() {
        let source = "# about = nothing\nhello = Hello { $name }, = $5\n\nlong =\n    one = {$a}\n    \
                      two { $b } and {$a-1}\n";
        let message = |key, variables: &[&'static str]| Message {
            key,
            variables: variables.iter().copied().collect(),
        };
        assert_eq!(
            messages(source),
            [
                message("hello", &["name"]),
                message("long", &["a", "b", "a-1"])
            ]
        );
    }
}
