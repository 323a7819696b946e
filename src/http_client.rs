//! How the command line's programs ask a pushpull, in clear text or by https.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, redirect};
use rustls::{ClientConfig, crypto};

use crate::server::tls::{Fingerprint, Pinned};

/// Why nobody can be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    #[error("TLS cannot be spoken: {0}")]
    Tls(#[from] rustls::Error),
    #[error("{0}")]
    Client(#[from] reqwest::Error),
}

/// What asks, and how long an answer may take: for https it trusts the one certificate that was
/// named, else those that the system trusts.
pub(crate) fn client(
    fingerprint: Option<Fingerprint>,
    patience: Duration,
) -> Result<Client, ClientError> {
    let builder = Client::builder()
        .timeout(patience)
        // After a redirect reqwest asks by GET, whose success changes nothing.
        .redirect(redirect::Policy::none());
    let Some(fingerprint) = fingerprint else {
        // It fails where one is installed already, which is as good.
        let _ = crypto::ring::default_provider().install_default();
        return Ok(builder.build()?);
    };
    let provider = Arc::new(crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned::new(fingerprint, provider)))
        .with_no_client_auth();
    Ok(builder.tls_backend_preconfigured(tls).build()?)
}

/// A server's address without a closing slash. Refuses at once what no retry can help.
pub(crate) fn parse_url(text: &str) -> Result<String, String> {
    match reqwest::Url::parse(text) {
        Ok(url)
            if matches!(url.scheme(), "http" | "https")
                && url.query().is_none()
                && url.fragment().is_none() =>
        {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err(
            "give the server's address, as in http://127.0.0.1:3000 or https://lab.example.org"
                .to_owned(),
        ),
    }
}

/// Whether two addresses lead to the same server.
pub(crate) fn is_same_server(one: &str, other: &str) -> bool {
    let server = |text: &str| {
        let url = reqwest::Url::parse(text).ok()?;
        Some((url.host_str()?.to_owned(), url.port_or_known_default()?))
    };
    server(one).is_some_and(|one| server(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_apart_by_host_and_port() {
        let one = "http://127.0.0.1:3000";
        assert!(is_same_server(one, "http://127.0.0.1:3000/"));
        assert!(is_same_server("http://a.example", "http://a.example:80/x"));
        for other in [
            "http://127.0.0.1:3001",
            "http://localhost:3000",
            "nonsense",
            "",
        ] {
            assert!(!is_same_server(one, other), "{other}");
        }
        assert!(!is_same_server("", ""));
    }
}
