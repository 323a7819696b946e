//! The house's colours, out of its style sheet, for both grounds.

/// The house's tokens, each a `light-dark()` of two colours.
const TOKENS: &str = include_str!("../../../style/tokens.css");

/// The tokens that pictures are drawn with.
const USED: [&str; 9] = [
    "paper",
    "ink",
    "soft",
    "line",
    "edge",
    "polling",
    "long-polling",
    "sse",
    "websocket",
];

/// Rules for a picture that stands alone: light, and dark where the reader's system is.
pub fn style() -> String {
    let rules = |dark: bool| {
        let vars = USED.map(|name| format!("--{name}:{}", value(name, dark)));
        format!("svg{{{}}}", vars.join(";"))
    };
    format!(
        "{}@media(prefers-color-scheme:dark){{{}}}{}",
        rules(false),
        rules(true),
        include_str!("picture.css").replace('\n', "")
    )
}

/// A token's colour; black and white would show that it is gone, and a test does.
fn value(name: &str, dark: bool) -> &'static str {
    let head = format!("--{name}: light-dark(");
    let pair = TOKENS
        .split(&head)
        .nth(1)
        .and_then(|rest| rest.split(')').next())
        .and_then(|pair| pair.split_once(", "));
    match pair {
        Some((_, dark_one)) if dark => dark_one,
        Some((light, _)) => light,
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_is_the_houses() {
        for name in USED {
            for dark in [false, true] {
                let value = value(name, dark);
                assert!(
                    value.starts_with('#') && value.len() == 7,
                    "{name}: {value}"
                );
            }
            assert_ne!(value(name, false), value(name, true), "{name}");
        }
    }

    #[test]
    fn only_colours_that_exist_are_used() {
        let style = style();
        for part in style.split("var(--").skip(1) {
            let name = part.split(')').next().unwrap_or_default();
            assert!(USED.contains(&name), "{name}");
        }
        assert!(style.contains("prefers-color-scheme:dark"));
    }
}
