//! What people call the versions of HTTP.

/// The usual name of what ALPN and browsers call `http/1.1`, `h2` and `h3`; anything else as it is.
pub(crate) fn http_version(alpn: &str) -> &str {
    match alpn {
        "http/1.1" => "HTTP/1.1",
        "h2" => "HTTP/2",
        "h3" => "HTTP/3",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_one_name() {
        assert_eq!(
            ["h2", "http/1.1", ""].map(http_version),
            ["HTTP/2", "HTTP/1.1", ""]
        );
    }
}
