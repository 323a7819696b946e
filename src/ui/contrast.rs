//! The colours can be told from the paper, in light and in dark (WCAG 2.2, 1.4.3 and 1.4.11), and
//! the transports' colours from each other, whatever the reader's colour vision.

use crate::transport::Transport;

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

/// An sRGB colour in linear light, 0 to 1.
fn linear(rgb: [u8; 3]) -> [f64; 3] {
    rgb.map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    })
}

/// Relative luminance of an sRGB colour, 0 to 1.
fn luminance(rgb: [u8; 3]) -> f64 {
    let [r, g, b] = linear(rgb);
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

/// A matrix for colours in linear light.
type Matrix = [[f64; 3]; 3];

/// How linear light is seen: by most, and with one kind of cone missing. After Machado, Oliveira
/// and Fernandes (2009), severity 1.
const VISIONS: [(&str, Matrix); 4] = [
    (
        "common",
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    ),
    (
        "protanopic",
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
    ),
    (
        "deuteranopic",
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
    ),
    (
        "tritanopic",
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ],
    ),
];

fn times(matrix: Matrix, vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
}

/// Linear light in Oklab, where distances are about as large as they look.
fn oklab(light: [f64; 3]) -> [f64; 3] {
    let cones = times(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ],
        light.map(|value| value.clamp(0.0, 1.0)),
    );
    times(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ],
        cones.map(f64::cbrt),
    )
}

#[test]
fn the_transports_differ_for_every_eye() {
    // 0.02 is about the least that is seen at all; 0.08 is seen in a thin line.
    const LEAST: f64 = 0.08;
    let transports = Transport::PLAIN.map(Transport::slug);
    for (vision, matrix) in VISIONS {
        for theme in [0, 1] {
            let seen = transports.map(|token| oklab(times(matrix, linear(colours(token)[theme]))));
            for (i, a) in seen.iter().enumerate() {
                for (j, b) in seen.iter().enumerate().skip(i + 1) {
                    let apart = a
                        .iter()
                        .zip(b)
                        .map(|(a, b)| (a - b).powi(2))
                        .sum::<f64>()
                        .sqrt();
                    let (one, other) = (transports[i], transports[j]);
                    assert!(
                        apart >= LEAST,
                        "{one}, {other}, {vision} {theme}: {apart:.3}"
                    );
                }
            }
        }
    }
}
