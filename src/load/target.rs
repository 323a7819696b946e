//! Whom one asks: addresses, looked up once, and what every request to them carries.

use std::{
    io::Write,
    net::{SocketAddr, ToSocketAddrs},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::Uri;

use super::{
    LoadError,
    adapter::{Adapter, Place},
    arguments::{LanePlan, Plan},
};
use crate::{event::Cursor, transport::Transport};

/// Why an address cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TargetError {
    #[error("{0} is no address; give one as in http://127.0.0.1:3000")]
    Address(String),
    #[error(
        "{0}: the generator speaks http and ws only, in clear; put it beside the server, behind what ends TLS"
    )]
    Scheme(String),
    #[error("the host of {url} cannot be found: {reason}")]
    Host { url: String, reason: String },
    #[error("--token is no text that a header can carry")]
    Token,
}

/// An address that can be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) addr: SocketAddr,
    /// What `Host` says.
    host: String,
    path: String,
}

impl Endpoint {
    fn find(url: &str) -> Result<Self, TargetError> {
        let uri: Uri = url
            .parse()
            .map_err(|_| TargetError::Address(url.to_owned()))?;
        let Some(authority) = uri.authority() else {
            return Err(TargetError::Address(url.to_owned()));
        };
        match uri.scheme_str() {
            Some("http" | "ws") => {}
            Some(_) => return Err(TargetError::Scheme(url.to_owned())),
            None => return Err(TargetError::Address(url.to_owned())),
        }
        let host = authority.host().trim_matches(['[', ']']);
        let port = authority.port_u16().unwrap_or(80);
        let unknown = |reason: String| TargetError::Host {
            url: url.to_owned(),
            reason,
        };
        let found = (host, port)
            .to_socket_addrs()
            .map_err(|error| unknown(error.to_string()))?;
        // `localhost` is found as ::1 first, where many servers do not listen.
        let mut found: Vec<SocketAddr> = found.collect();
        found.sort_by_key(SocketAddr::is_ipv6);
        let addr = *found
            .first()
            .ok_or_else(|| unknown("it has no address".to_owned()))?;
        Ok(Self {
            addr,
            host: authority.to_string(),
            path: uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
        })
    }
}

/// The server, as far as it is the same for all lanes.
#[derive(Debug, Clone)]
pub(super) struct Target {
    adapter: Adapter,
    subscribe: String,
    publish: String,
    /// A whole header line, or nothing.
    authorization: String,
    wait_s: u32,
    lane: Option<String>,
}

impl Target {
    /// Checks the addresses once, before anything is opened.
    pub(super) fn find(plan: &Plan) -> Result<Self, LoadError> {
        let options = &plan.options;
        let base = options.url.trim_end_matches('/');
        let own = |rest: &str| format!("{base}/api/topics/{{topic}}/{rest}");
        let subscribe = match options.adapter {
            // Everything that a server function is told travels in the query.
            Adapter::ServerFn => format!("{base}/api/fn/{{transport}}?topic={{topic}}"),
            _ => own("{transport}"),
        };
        let token = options.token.as_deref().unwrap_or_default();
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TargetError::Token.into());
        }
        let target = Self {
            adapter: options.adapter,
            subscribe: options.subscribe_url.clone().unwrap_or(subscribe),
            publish: options.publish_url.clone().unwrap_or_else(|| own("events")),
            authorization: if token.is_empty() {
                String::new()
            } else {
                format!("Authorization: Bearer {token}\r\n")
            },
            wait_s: options.wait,
            lane: options.lane.clone(),
        };
        for lane in plan.lanes() {
            target.lane(lane, "load")?;
        }
        Ok(target)
    }

    /// The addresses of one lane, whose topic has that name.
    pub(super) fn lane(&self, lane: LanePlan, topic: &str) -> Result<LaneTarget, TargetError> {
        let own = self.adapter.is_pushpull();
        let way = match lane.transport.plain() {
            Transport::Polling if own => "poll",
            Transport::LongPolling if own => "long-poll",
            Transport::WebSocket if own => "ws",
            other => other.slug(),
        };
        let filled = |url: &str| url.replace("{topic}", topic).replace("{transport}", way);
        let counted = self.lane.as_ref().map(|prefix| {
            format!(
                "{prefix}-{}-{}",
                lane.transport.plain().slug(),
                lane.subscribers
            )
        });
        let mut query = String::new();
        if own {
            if lane.transport.plain() == Transport::LongPolling {
                query += &format!("&wait={}", self.wait_s);
            }
            if let Some(name) = &counted {
                query += &format!("&lane={name}");
            }
        }
        Ok(LaneTarget {
            adapter: self.adapter,
            transport: lane.transport,
            subscribe: Endpoint::find(&filled(&self.subscribe))?,
            publish: Endpoint::find(&filled(&self.publish))?,
            authorization: self.authorization.clone(),
            query,
            counted,
            start: Place::Unknown,
        })
    }
}

/// The server as one lane's subscribers and publisher see it.
#[derive(Debug, Clone)]
pub(super) struct LaneTarget {
    pub(super) adapter: Adapter,
    pub(super) transport: Transport,
    pub(super) subscribe: Endpoint,
    pub(super) publish: Endpoint,
    authorization: String,
    /// What a pushpull's address has behind `after`.
    query: String,
    /// The name of the lane's counters, where they were asked for.
    pub(super) counted: Option<String>,
    /// Where all subscribers begin.
    pub(super) start: Place,
}

impl LaneTarget {
    /// The way to a subscriber's place: pushpull's stands in the address.
    fn path(&self, place: &Place) -> String {
        let path = &self.subscribe.path;
        let sign = if path.contains('?') { '&' } else { '?' };
        match place {
            Place::After(cursor) => format!("{path}{sign}after={cursor}{}", self.query),
            _ if self.adapter.is_pushpull() => {
                format!("{path}{sign}{}", self.query.trim_start_matches('&'))
            }
            _ => path.clone(),
        }
    }

    fn get(&self, place: &Place, out: &mut Vec<u8>, more: &str) {
        let Endpoint { host, .. } = &self.subscribe;
        let (path, authorization) = (self.path(place), &self.authorization);
        // Writing to a `Vec` cannot fail, here and below.
        let _ = write!(
            out,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\n{authorization}{more}"
        );
        if let Place::Validators { modified, tag } = place {
            let _ = write!(
                out,
                "If-Modified-Since: {modified}\r\nIf-None-Match: {tag}\r\n"
            );
        }
        out.extend_from_slice(b"\r\n");
    }

    /// A poll.
    pub(super) fn poll(&self, place: &Place, out: &mut Vec<u8>) {
        self.get(place, out, "");
    }

    /// A request for an event stream; `last` is the last id that was received.
    pub(super) fn stream(&self, place: &Place, last: &str, out: &mut Vec<u8>) {
        let mut more = "Accept: text/event-stream\r\nCache-Control: no-store\r\n".to_owned();
        // What a header cannot carry is left out, as it never came from a header either.
        if !last.is_empty() && !last.bytes().any(|byte| byte.is_ascii_control()) {
            more += &format!("Last-Event-ID: {last}\r\n");
        }
        self.get(place, out, &more);
    }

    /// A WebSocket's handshake with that key.
    pub(super) fn handshake(&self, place: &Place, key: [u8; 16], out: &mut Vec<u8>) {
        let key = BASE64_STANDARD.encode(key);
        let more = format!(
            "Connection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        );
        self.get(place, out, &more);
    }

    /// A publication.
    pub(super) fn post(&self, data: &str, out: &mut Vec<u8>) {
        let Endpoint { host, path, .. } = &self.publish;
        let (authorization, length) = (&self.authorization, data.len());
        let _ = write!(
            out,
            "POST {path} HTTP/1.1\r\nHost: {host}\r\n{authorization}\
             Content-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{data}"
        );
    }

    /// A poll of the fresh topic from now on, by which a pushpull makes it.
    pub(super) fn first_poll(&self, out: &mut Vec<u8>) {
        let path = self.publish.path.replace("/events", "/poll");
        self.side_request(&path, out);
    }

    /// A request for the lane's counters.
    pub(super) fn counters(&self, out: &mut Vec<u8>) {
        let name = self.counted.as_deref().unwrap_or_default();
        let base = self.publish.path.split("/api/topics/").next();
        let path = format!("{}/api/lanes/{name}", base.unwrap_or_default());
        self.side_request(&path, out);
    }

    fn side_request(&self, path: &str, out: &mut Vec<u8>) {
        let Endpoint { host, .. } = &self.publish;
        let authorization = &self.authorization;
        let _ = write!(
            out,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\n{authorization}Connection: close\r\n\r\n"
        );
    }

    /// Every subscriber begins behind that cursor.
    pub(super) fn begin_at(&mut self, cursor: Cursor) {
        self.start = Place::After(cursor);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A server at that address, of which nothing is known.
    pub(in crate::load) fn plain(url: &str) -> LaneTarget {
        LaneTarget {
            adapter: Adapter::Plain,
            transport: Transport::Sse,
            subscribe: Endpoint::find(url).unwrap(),
            publish: Endpoint::find(url).unwrap(),
            authorization: String::new(),
            query: String::new(),
            counted: None,
            start: Place::Unknown,
        }
    }

    #[test]
    fn an_address_is_found_or_refused_with_a_reason() {
        let found = Endpoint::find("http://127.0.0.1:8080/sub/x?y=1").unwrap();
        assert_eq!(found.addr.to_string(), "127.0.0.1:8080");
        assert_eq!(
            (&*found.host, &*found.path),
            ("127.0.0.1:8080", "/sub/x?y=1")
        );
        assert_eq!(Endpoint::find("ws://127.0.0.1/").unwrap().addr.port(), 80);
        assert!(Endpoint::find("http://[::1]:1/").unwrap().addr.is_ipv6());
        for (bad, word) in [
            ("127.0.0.1:3000", "http://"),
            ("https://127.0.0.1/", "TLS"),
            ("/path", "http://"),
        ] {
            let told = Endpoint::find(bad).unwrap_err().to_string();
            assert!(told.contains(word), "{bad}: {told}");
        }
    }
}
