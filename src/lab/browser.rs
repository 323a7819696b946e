//! Which browser measures: a run's figures belong to it.

/// The browser's name and major version out of its `navigator.userAgent`; empty when it is not
/// one of the three engines'.
pub fn from_user_agent(text: &str) -> String {
    // In this order: Chromium's text names Safari too, and Edge's names Chrome.
    const KNOWN: [(&str, &str); 4] = [
        ("Firefox/", "Firefox"),
        ("Edg/", "Edge"),
        ("Chrome/", "Chrome"),
        ("Version/", "Safari"),
    ];
    KNOWN
        .iter()
        .find_map(|(sign, name)| {
            let (_, version) = text.split_once(sign)?;
            let major = version.split(['.', ' ']).next()?;
            Some(format!("{name} {major}"))
        })
        .unwrap_or_default()
}

/// The browser's name and version out of the brands of `navigator.userAgentData`, which besides
/// the browser's own name a made-up one and the engine's.
pub fn from_brands(brands: &[(String, String)]) -> Option<String> {
    let engine = |name: &str| name == "Chromium";
    let made_up = |name: &str| name.contains("Not") && name.contains("Brand");
    let real = || brands.iter().filter(|(name, _)| !made_up(name));
    let own = real()
        .find(|(name, _)| !engine(name))
        .or_else(|| real().next());
    own.map(|(name, version)| format!("{name} {version}"))
}

/// Whether a host's name is this machine's own.
pub fn is_loopback(host: &str) -> bool {
    let name = host.trim_matches(['[', ']']);
    name == "localhost" || name.ends_with(".localhost") || name == "::1" || name.starts_with("127.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_engines_are_known_by_their_text() {
        for (text, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
                "Firefox 153",
            ),
            (
                "Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
                "Chrome 156",
            ),
            (
                "Mozilla/5.0 AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36 Edg/156.0.1",
                "Edge 156",
            ),
            (
                "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15",
                "Safari 26",
            ),
            ("curl/8.5", ""),
        ] {
            assert_eq!(from_user_agent(text), name);
        }
    }

    #[test]
    fn the_made_up_brand_is_passed_over() {
        let brands = |names: &[&str]| -> Vec<_> {
            names
                .iter()
                .map(|name| ((*name).to_owned(), "156".to_owned()))
                .collect()
        };
        let chrome = brands(&["Not/A)Brand", "Chromium", "Google Chrome"]);
        assert_eq!(from_brands(&chrome).as_deref(), Some("Google Chrome 156"));
        let bare = brands(&["Chromium", "Not;A=Brand"]);
        assert_eq!(from_brands(&bare).as_deref(), Some("Chromium 156"));
        assert_eq!(from_brands(&[]), None);
    }

    #[test]
    fn this_machine_is_told_from_others() {
        for own in ["localhost", "127.0.0.1", "[::1]", "a.localhost"] {
            assert!(is_loopback(own), "{own}");
        }
        for other in ["example.org", "10.0.0.1", "localhost.example.org"] {
            assert!(!is_loopback(other), "{other}");
        }
    }
}
