//! Numbers as text. The same in every language that the page speaks, and the same on the server
//! and in the browser: thousands with commas, decimals with a point, a real minus.

/// A count: `1,214`.
pub(crate) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with so many decimals: `-1.50` gives `−1.50`.
pub(crate) fn fixed(value: f64, decimals: u8) -> String {
    let scale = 10_u64.pow(u32::from(decimals));
    // `as` saturates; nothing that is shown comes near.
    let scaled = (value.abs() * scale as f64).round() as u64;
    let mut text = String::new();
    if value < 0.0 && scaled > 0 {
        text.push('−');
    }
    text.push_str(&count(scaled / scale));
    if decimals > 0 {
        let fraction = (scaled % scale).to_string();
        text.push('.');
        for _ in fraction.len()..usize::from(decimals) {
            text.push('0');
        }
        text.push_str(&fraction);
    }
    text
}

/// A time in ms to about three figures, at most two decimals: `0.31`, `1.94`, `12.4`, `498`,
/// `1,204`; ∞ for what never came.
pub(crate) fn ms(value: f64) -> String {
    if value.is_infinite() {
        return "∞".to_owned();
    }
    let decimals = match value.abs() {
        size if size < 9.995 => 2,
        size if size < 99.95 => 1,
        _ => 0,
    };
    fixed(value, decimals)
}

/// A setting as a field shows it: no more decimals than it needs, no commas.
pub(crate) fn plain(value: f64) -> String {
    let text = raw(value);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A figure for `data-value`: a plain number with at most three decimals; `Infinity` for what
/// never came.
pub(crate) fn raw(value: f64) -> String {
    if value.is_infinite() {
        return "Infinity".to_owned();
    }
    fixed(value, 3).replace(',', "").replace('−', "-")
}

/// A figure that may be a lower bound: `≥ 118`.
pub(crate) fn at_least(is_bound: bool, mut text: String) -> String {
    if is_bound {
        text.insert_str(0, "≥ ");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_their_thousands_apart() {
        let shown = [0, 999, 1_000, 120_000, 1_234_567].map(count);
        assert_eq!(shown, ["0", "999", "1,000", "120,000", "1,234,567"]);
    }

    #[test]
    fn times_have_about_three_figures() {
        let shown = [
            0.312,
            1.9,
            9.996,
            12.44,
            99.96,
            498.2,
            1_204.0,
            -0.051,
            -0.001,
            f64::INFINITY,
        ];
        let expected = [
            "0.31", "1.90", "10.0", "12.4", "100", "498", "1,204", "−0.05", "0.00", "∞",
        ];
        assert_eq!(shown.map(ms), expected);
    }

    #[test]
    fn raw_numbers_can_be_parsed() {
        assert_eq!(raw(1_204.5), "1204.500");
        assert_eq!(raw(-0.25).parse(), Ok(-0.25));
        assert_eq!(raw(f64::INFINITY), "Infinity");
        assert_eq!(plain(0.05), "0.05");
        assert_eq!(plain(16_384.0), "16384");
    }
}
