//! What `pushpull serve` can be told. Flags and environment variables mirror each other.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use axum::http::{HeaderValue, Uri};
use clap::Args;

use super::tls;
use crate::{hub::HubLimits, runs::store};

/// The shortest token that is taken, in characters.
const SHORTEST_TOKEN: usize = 16;

/// The options of `pushpull serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeOptions {
    /// The address to listen on. Beyond loopback it wants --public-host and --token
    #[arg(long, env = "PUSHPULL_ADDR", default_value = "127.0.0.1:3000")]
    pub addr: SocketAddr,

    /// Speak https with a certificate made on the spot, which browsers warn of; its fingerprints are
    /// printed at the start
    #[arg(long, env = "PUSHPULL_TLS", conflicts_with_all = ["tls_cert", "tls_key"])]
    pub tls: bool,

    /// Speak https with the certificate in this file, PEM, the server's own first
    #[arg(
        long,
        env = "PUSHPULL_TLS_CERT",
        value_name = "FILE",
        requires = "tls_key"
    )]
    pub tls_cert: Option<PathBuf>,

    /// The private key of the certificate in --tls-cert, PEM
    #[arg(
        long,
        env = "PUSHPULL_TLS_KEY",
        value_name = "FILE",
        requires = "tls_cert"
    )]
    pub tls_key: Option<PathBuf>,

    /// The ports behind which the server is 20 ms and 150 ms away (on a loopback address only); 0 lets
    /// the system choose
    #[arg(long, env = "PUSHPULL_RELAY_PORTS", value_name = "PORT,PORT", default_value = "0,0", value_parser = parse_ports)]
    pub relay_ports: [u16; 2],

    /// The folder with the built site; default is what Leptos.toml says
    #[arg(long, env = "PUSHPULL_SITE")]
    pub site: Option<PathBuf>,

    /// Worker threads; default is one for each core
    #[arg(long, env = "PUSHPULL_WORKERS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub workers: Option<u16>,

    /// A name under which browsers reach the server, as in lab.example.org; may be repeated
    #[arg(long, env = "PUSHPULL_PUBLIC_HOST", value_delimiter = ',')]
    pub public_host: Vec<String>,

    /// An origin whose pages may read, publish and connect: scheme and host, as browsers write it; may be repeated
    #[arg(long, env = "PUSHPULL_ALLOW_ORIGIN", value_delimiter = ',', value_parser = parse_origin)]
    pub allow_origin: Vec<HeaderValue>,

    /// What every request has to show (Authorization: Bearer, or by signing in); at least 16 characters
    #[arg(long, env = "PUSHPULL_TOKEN", hide_env_values = true, value_parser = parse_token)]
    pub token: Option<String>,

    /// Connections at a time; one more is told to come back later
    #[arg(long, env = "PUSHPULL_MAX_CONNECTIONS", default_value_t = 20_000)]
    pub max_connections: usize,

    /// Topics at a time; when one more is wanted, the longest idle goes
    #[arg(long, env = "PUSHPULL_MAX_TOPICS", default_value_t = 1_024)]
    pub max_topics: usize,

    /// Events that a topic holds
    #[arg(long, env = "PUSHPULL_TOPIC_EVENTS", default_value_t = 16_384)]
    pub topic_events: usize,

    /// Bytes that a topic holds, all encodings counted
    #[arg(long, env = "PUSHPULL_TOPIC_BYTES", default_value_t = 8 * 1024 * 1024)]
    pub topic_bytes: usize,

    /// Bytes that all topics together hold
    #[arg(long, env = "PUSHPULL_TOTAL_BYTES", default_value_t = 256 * 1024 * 1024)]
    pub total_bytes: usize,

    /// Carry event streams, WebSockets and held polls of HTTP/1.1 without the HTTP library once they
    /// stand, which takes less CPU time and memory
    #[arg(long, env = "PUSHPULL_TAKEOVER", value_enum, default_value_t = Takeover::On)]
    pub takeover: Takeover,

    /// Seconds of silence until an event stream or WebSocket gives a sign of life
    #[arg(long, env = "PUSHPULL_HEARTBEAT", default_value = "15", value_parser = parse_seconds)]
    pub heartbeat: Duration,

    /// Seconds in which a request's head must arrive
    #[arg(long, env = "PUSHPULL_HEAD_TIMEOUT", default_value = "10", value_parser = parse_seconds)]
    pub head_timeout: Duration,

    /// Seconds that output may wait without any progress until the connection is ended
    #[arg(long, env = "PUSHPULL_WRITE_TIMEOUT", default_value = "30", value_parser = parse_seconds)]
    pub write_timeout: Duration,

    /// The database of saved runs; default is pushpull/pushpull.db in your data folder, which is ~/.local/share unless set otherwise; :memory: keeps them no longer than the server runs
    #[arg(long, env = "PUSHPULL_DB")]
    pub db: Option<PathBuf>,

    /// Saved runs; one more is refused
    #[arg(long, env = "PUSHPULL_MAX_RUNS", default_value_t = 10_000)]
    pub max_runs: u64,

    /// Bytes that all saved runs take, packed
    #[arg(long, env = "PUSHPULL_RUNS_BYTES", default_value_t = 4 * 1024 * 1024 * 1024)]
    pub runs_bytes: u64,

    /// Lets tests cut connections and distort lanes under /api/test/ (loopback only)
    #[arg(long, env = "PUSHPULL_TEST_KNOBS")]
    pub test_knobs: bool,

    /// For tests: the server's clock gains so many millionths on the machine's own
    #[arg(
        long,
        value_name = "PPM",
        default_value_t = 0,
        requires = "test_knobs",
        hide = true,
        allow_negative_numbers = true
    )]
    pub test_clock_drift: i32,
}

/// Who carries answers that stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Takeover {
    /// We ourselves.
    On,
    /// hyper.
    Off,
}

/// Why the server does not start with these options.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Bound beyond loopback without a name of its own.
    #[error(
        "{0} can be reached from other machines: name the host under which browsers ask for it with --public-host"
    )]
    NoPublicHost(SocketAddr),
    /// Bound beyond loopback without a token.
    #[error(
        "{0} can be reached from other machines: set --token (or PUSHPULL_TOKEN) to a secret of 16 characters or more"
    )]
    NoToken(SocketAddr),
    /// Test knobs beyond loopback.
    #[error(
        "--test-knobs lets anybody cut connections; it works on a loopback address only, not on {0}"
    )]
    Knobs(SocketAddr),
}

impl ServeOptions {
    /// Refuses what would open the server to strangers by accident.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.addr.ip().is_loopback() {
            Ok(())
        } else if self.test_knobs {
            Err(ConfigError::Knobs(self.addr))
        } else if self.public_host.is_empty() {
            Err(ConfigError::NoPublicHost(self.addr))
        } else if self.token.is_none() {
            Err(ConfigError::NoToken(self.addr))
        } else {
            Ok(())
        }
    }

    /// With which certificate https is spoken; `None` where it is not.
    pub fn certificate(&self) -> Option<tls::Source> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => Some(tls::Source::Files {
                certificate: certificate.clone(),
                key: key.clone(),
            }),
            _ => self.tls.then(|| tls::Source::SelfSigned {
                names: self.public_host.clone(),
            }),
        }
    }

    /// What the hub may hold.
    pub fn hub_limits(&self) -> HubLimits {
        HubLimits {
            topics: self.max_topics,
            topic_events: self.topic_events,
            topic_bytes: self.topic_bytes,
            total_bytes: self.total_bytes,
            ..HubLimits::default()
        }
    }

    /// Where the saved runs are.
    pub fn db(&self) -> Result<PathBuf, store::OpenError> {
        self.db.clone().map_or_else(store::default_file, Ok)
    }

    /// How many may be saved.
    pub fn store_limits(&self) -> store::Limits {
        store::Limits {
            runs: self.max_runs,
            bytes: self.runs_bytes,
        }
    }
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.05..=86_400.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("give seconds, 0.05 to 86400".to_owned()),
    }
}

fn parse_ports(text: &str) -> Result<[u16; 2], String> {
    let both = text.split_once(',').map(|(near, far)| {
        let port = |text: &str| text.trim().parse();
        Ok::<_, std::num::ParseIntError>([port(near)?, port(far)?])
    });
    match both {
        Some(Ok(ports)) => Ok(ports),
        _ => Err("give two ports, as in 3020,3150".to_owned()),
    }
}

fn parse_token(text: &str) -> Result<String, String> {
    let printable = text
        .bytes()
        .all(|b| b.is_ascii_graphic() && !b"\",;\\".contains(&b));
    if text.len() >= SHORTEST_TOKEN && printable {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "a token has at least {SHORTEST_TOKEN} printable ASCII characters, without blanks, quotes, commas, semicolons and backslashes"
        ))
    }
}

/// An origin as browsers write it: scheme, host and, where it is not the scheme's own, the port.
fn parse_origin(text: &str) -> Result<HeaderValue, String> {
    let hint = || {
        "an origin is a scheme and a host, as in https://example.org or http://localhost:8080"
            .to_owned()
    };
    let uri: Uri = text.parse().map_err(|_| hint())?;
    let scheme = uri.scheme_str().filter(|s| matches!(*s, "http" | "https"));
    let (Some(scheme), Some(authority)) = (scheme, uri.authority()) else {
        return Err(hint());
    };
    let origin = format!("{scheme}://{authority}").to_ascii_lowercase();
    if text.trim_end_matches('/').eq_ignore_ascii_case(&origin) {
        origin.parse().map_err(|_| hint())
    } else {
        Err(hint())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        serve: ServeOptions,
    }

    fn options(args: &[&str]) -> Result<ServeOptions, String> {
        Line::try_parse_from([&["pushpull"], args].concat())
            .map(|line| line.serve)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn beyond_loopback_it_wants_a_name_and_a_token() {
        let open = ["--addr", "0.0.0.0:3000"];
        let named = [&open[..], &["--public-host", "lab.example.org"]].concat();
        let both = [&named[..], &["--token", "0123456789abcdef"]].concat();
        let check = |args: &[&str]| options(args).unwrap().check();
        assert!(matches!(check(&open), Err(ConfigError::NoPublicHost(_))));
        assert!(matches!(check(&named), Err(ConfigError::NoToken(_))));
        assert!(check(&both).is_ok());
        assert!(matches!(
            check(&[&both[..], &["--test-knobs"]].concat()),
            Err(ConfigError::Knobs(_))
        ));
        assert!(check(&["--addr", "[::1]:0", "--test-knobs"]).is_ok());
    }

    #[test]
    fn an_origin_is_no_address_of_a_page() {
        for good in [
            "https://example.org",
            "http://localhost:8080",
            "https://example.org/",
        ] {
            assert!(options(&["--allow-origin", good]).is_ok(), "{good}");
        }
        for bad in [
            "*",
            "example.org",
            "https://example.org/page",
            "ftp://example.org",
            "null",
            "",
        ] {
            assert!(options(&["--allow-origin", bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_certificate_comes_with_its_key_or_is_made() {
        let files = ["--tls-cert", "a.pem", "--tls-key", "b.pem"];
        let source = |args: &[&str]| options(args).unwrap().certificate();
        assert_eq!(source(&[]), None);
        assert!(matches!(source(&files), Some(tls::Source::Files { .. })));
        let names = vec!["lab.example.org".to_owned()];
        let made = source(&["--tls", "--public-host", "lab.example.org"]);
        assert_eq!(made, Some(tls::Source::SelfSigned { names }));
        assert!(options(&files[..2]).is_err() && options(&files[2..]).is_err());
        assert!(options(&[&files[..], &["--tls"]].concat()).is_err());
    }

    #[test]
    fn there_are_two_relays() {
        assert_eq!(options(&[]).unwrap().relay_ports, [0, 0]);
        let chosen = options(&["--relay-ports", "3020, 3150"]).unwrap();
        assert_eq!(chosen.relay_ports, [3020, 3150]);
        for bad in ["3020", "3020,", "3020,3150,4000", "3020,70000", "a,b"] {
            assert!(options(&["--relay-ports", bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_short_token_is_none() {
        assert!(options(&["--token", "short"]).is_err());
    }
}
