//! The colours can be told from the paper, in light and in dark (WCAG 2.2, 1.4.3 and 1.4.11).

const TOKENS: &str = include_str!("../../style/tokens.css");

/// What stands behind everything.
const GROUNDS: [&str; 2] = ["paper", "raise"];

/// The two colours of a token, light and dark.
fn colours(token: &str) -> [[u8; 3]; 2] {
    let start = format!("--{token}: light-dark(");
    let (_, rest) = TOKENS
        .split_once(&start)
        .unwrap_or_else(|| panic!("no {start}…) in tokens.css"));
    let (both, _) = rest.split_once(')').unwrap();
    let mut both = both.split(',').map(|colour| {
        let hex = u32::from_str_radix(colour.trim().strip_prefix('#').unwrap(), 16).unwrap();
        let [_, rgb @ ..] = hex.to_be_bytes();
        rgb
    });
    [both.next().unwrap(), both.next().unwrap()]
}

/// Relative luminance of an sRGB colour, 0 to 1.
fn luminance(rgb: [u8; 3]) -> f64 {
    let [r, g, b] = rgb.map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// Contrast ratio of two colours, 1 to 21.
fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn every_theme_gives(token: &str, least: f64) {
    for ground in GROUNDS {
        for (theme, (front, back)) in ["light", "dark"]
            .into_iter()
            .zip(colours(token).into_iter().zip(colours(ground)))
        {
            let ratio = contrast(front, back);
            assert!(
                ratio >= least,
                "--{token} on --{ground} in {theme}: {ratio:.2} < {least}"
            );
        }
    }
}

#[test]
fn text_can_be_read() {
    // The transports' colours are used for their names, too.
    for token in [
        "ink",
        "soft",
        "bad",
        "polling",
        "long-polling",
        "sse",
        "websocket",
    ] {
        every_theme_gives(token, 4.5);
    }
}

#[test]
fn the_edges_of_controls_can_be_seen() {
    every_theme_gives("edge", 3.0);
}

#[test]
fn text_on_ink_can_be_read() {
    for (ink, paper) in colours("ink").into_iter().zip(colours("paper")) {
        assert!(contrast(ink, paper) >= 7.0);
    }
}
