//! Words for a POSIX shell: what it reads is what was meant.

/// A word as a shell reads it back: as it is where no character of it means anything, else between
/// single quotes, where nothing does.
pub(super) fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    /// What a shell makes of a line's words.
    fn read_by_a_shell(words: &str) -> Vec<String> {
        let script = format!("printf '%s\\0' {words}");
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        assert!(output.status.success(), "{script}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.split_terminator('\0').map(str::to_owned).collect()
    }

    #[test]
    fn what_needs_no_quotes_has_none() {
        assert_eq!(quoted("http://127.0.0.1:3000"), "http://127.0.0.1:3000");
        assert_eq!(quoted("{topic}"), "'{topic}'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_shell_reads_back_what_was_meant(
            words in proptest::collection::vec("[^\\x00]{0,12}|[ '\"$`\\\\!*?~#&|;<>(){}\\[\\]\n]{1,8}", 1..8),
        ) {
            let line: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            prop_assert_eq!(read_by_a_shell(&line.join(" ")), words);
        }
    }
}
