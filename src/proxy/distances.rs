//! Which port is how far away, and how a page learns it.

use std::sync::Arc;

use http::{HeaderValue, header, request::Parts, uri::Authority};

use crate::lab::distance::{Choice, Distance};

/// The distances that there are beside none, as round trips in ms.
pub const DISTANCES_MS: [u32; 2] = [20, 150];

/// The server's ports and how far away it is behind each; a clone is a reference.
#[derive(Debug, Clone, Default)]
pub struct Distances(Arc<Ports>);

#[derive(Debug, Default)]
struct Ports {
    /// The server's own.
    own: u16,
    /// Round trip in ms, and port.
    relays: Vec<(u32, u16)>,
}

impl Distances {
    /// The server's own port, and each relay's distance and port.
    pub fn new(own: u16, relays: Vec<(u32, u16)>) -> Self {
        Self(Arc::new(Ports { own, relays }))
    }

    /// Each relay's distance, as a round trip in ms, and its port.
    pub fn relays(&self) -> &[(u32, u16)] {
        &self.0.relays
    }

    /// The port behind which the server is that far away.
    pub fn port(&self, ms: u32) -> Option<u16> {
        let relay = self.0.relays.iter().find(|(its, _)| *its == ms);
        relay.map(|(_, port)| *port)
    }

    /// Whether that is the origin of a page that is seen through a relay, while `asked` is the
    /// server itself under the same name: such a page may exchange clocks without the distance.
    pub fn are_siblings(&self, origin: &HeaderValue, asked: &Authority) -> bool {
        let Some(page) = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.split_once("://"))
            .and_then(|(_, authority)| authority.parse::<Authority>().ok())
        else {
            return false;
        };
        asked.port_u16() == Some(self.0.own)
            && asked.host().eq_ignore_ascii_case(page.host())
            && self
                .0
                .relays
                .iter()
                .any(|(_, port)| page.port_u16() == Some(*port))
    }

    /// From where a page is seen that was asked for so. A port that is none of ours, as behind a
    /// proxy, is no distance that we know of, and leads to none.
    pub fn seen(&self, request: &Parts) -> Distance {
        let authority = request.uri.authority().cloned().or_else(|| {
            let host = request.headers.get(header::HOST)?;
            Authority::try_from(host.as_bytes()).ok()
        });
        let Some((authority, port)) = authority.and_then(|authority| {
            let port = authority.port_u16()?;
            Some((authority, port))
        }) else {
            return Distance::default();
        };
        let all = || std::iter::once((0, self.0.own)).chain(self.0.relays.iter().copied());
        let Some((ms, _)) = all().find(|(_, its)| *its == port) else {
            return Distance::default();
        };
        if self.0.relays.is_empty() {
            return Distance::default();
        }
        let scheme = request
            .extensions
            .get()
            .map_or("http", http::uri::Scheme::as_str);
        let origin = |port: u16| format!("{scheme}://{}:{port}", authority.host());
        Distance {
            ms,
            clock_origin: (ms > 0).then(|| origin(self.0.own)),
            choices: all()
                .map(|(ms, port)| Choice {
                    ms,
                    origin: origin(port),
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{Request, uri::Scheme};

    use super::*;

    fn distances() -> Distances {
        Distances::new(3000, vec![(20, 4020), (150, 4150)])
    }

    fn seen(host: &str, scheme: Scheme) -> Distance {
        let request = Request::get("/").header("host", host).extension(scheme);
        distances().seen(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_page_knows_how_far_it_is_and_where_the_others_are() {
        let near = seen("localhost:3000", Scheme::HTTP);
        assert_eq!((near.ms, near.clock_origin), (0, None));
        let far = seen("[::1]:4150", Scheme::HTTPS);
        assert_eq!(far.ms, 150);
        assert_eq!(far.clock_origin.as_deref(), Some("https://[::1]:3000"));
        let origins: Vec<_> = far
            .choices
            .iter()
            .map(|choice| (choice.ms, choice.origin.as_str()))
            .collect();
        assert_eq!(
            origins,
            [
                (0, "https://[::1]:3000"),
                (20, "https://[::1]:4020"),
                (150, "https://[::1]:4150")
            ]
        );
    }

    #[test]
    fn behind_another_port_no_distance_is_known() {
        for host in ["localhost:8080", "localhost", ""] {
            assert_eq!(seen(host, Scheme::HTTP), Distance::default(), "{host:?}");
        }
        let alone = Request::get("/")
            .header("host", "localhost:3000")
            .body(())
            .unwrap();
        let alone = Distances::new(3000, Vec::new()).seen(&alone.into_parts().0);
        assert_eq!(alone, Distance::default());
    }

    #[test]
    fn only_a_relays_page_is_a_sibling_and_only_of_the_server_itself() {
        let siblings = |origin: &'static str, asked: &str| {
            distances().are_siblings(&HeaderValue::from_static(origin), &asked.parse().unwrap())
        };
        assert!(siblings("http://localhost:4020", "localhost:3000"));
        assert!(siblings("https://[::1]:4150", "[::1]:3000"));
        for (origin, asked) in [
            ("http://localhost:3000", "localhost:4020"),
            ("http://localhost:4021", "localhost:3000"),
            ("http://evil.example:4020", "localhost:3000"),
            ("http://localhost", "localhost:3000"),
            ("null", "localhost:3000"),
        ] {
            assert!(!siblings(origin, asked), "{origin} {asked}");
        }
    }
}
