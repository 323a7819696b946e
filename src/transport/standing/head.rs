//! The head of an answer that we write ourselves (RFC 9112, 6).

use std::{
    io::Write,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::SystemTime,
};

use axum::{
    body::Bytes,
    http::{HeaderValue, response::Parts},
};

use crate::hub::Encoded;

/// How an answer's body is told from what follows it.
#[derive(Debug, Clone)]
pub enum Framing {
    /// In chunks.
    Chunked,
    /// So many bytes, and whether the connection ends behind them.
    Length(usize, bool),
    /// What follows is a WebSocket's frames; the client's key has been answered so.
    Upgraded(HeaderValue),
}

/// What the layers have made of an answer's head, already as bytes: a map of headers takes four
/// times as much memory, and an answer may be held for long. Answers that are held at the same time
/// mostly have the same head, and share it.
#[derive(Debug)]
pub struct Head(Arc<[u8]>);

/// The last one that was made.
static LAST: LazyLock<Mutex<Arc<[u8]>>> = LazyLock::new(Mutex::default);

impl Head {
    /// As it came out of them.
    pub fn new(parts: &Parts) -> Self {
        let mut to = Vec::with_capacity(512);
        let status = parts.status;
        let reason = status.canonical_reason().unwrap_or_default();
        // Writing to a `Vec` cannot fail.
        let _ = write!(to, "HTTP/1.1 {} {reason}\r\n", status.as_u16());
        for (name, value) in &parts.headers {
            line(&mut to, name.as_str(), value.as_bytes());
        }
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if **last != *to {
            *last = to.into();
        }
        Self(Arc::clone(&last))
    }

    /// As it goes over the wire, at once.
    pub fn into_encoded(self, framing: &Framing) -> Vec<u8> {
        self.encode(framing, 0)
    }

    /// The answer with that body, as it goes over the wire; behind the `last` one the connection
    /// ends.
    pub fn answer(&self, encoded: &Encoded, last: bool) -> Bytes {
        let make = |body: &[u8]| {
            let mut answer = self.encode(&Framing::Length(body.len(), last), body.len());
            answer.extend_from_slice(body);
            answer
        };
        if last {
            make(encoded.body()).into()
        } else {
            encoded.behind(&self.0, make)
        }
    }

    /// As it goes over the wire, with room for so many bytes behind it.
    fn encode(&self, framing: &Framing, room: usize) -> Vec<u8> {
        let mut to = Vec::with_capacity(self.0.len() + 160 + room);
        to.extend_from_slice(&self.0);
        match framing {
            Framing::Chunked => line(&mut to, "transfer-encoding", b"chunked"),
            Framing::Length(length, last) => {
                let _ = write!(to, "content-length: {length}\r\n");
                if *last {
                    line(&mut to, "connection", b"close");
                }
            }
            Framing::Upgraded(accept) => {
                line(&mut to, "connection", b"upgrade");
                line(&mut to, "upgrade", b"websocket");
                line(&mut to, "sec-websocket-accept", accept.as_bytes());
            }
        }
        let date = httpdate::HttpDate::from(SystemTime::now());
        let _ = write!(to, "date: {date}\r\n\r\n");
        to
    }
}

fn line(to: &mut Vec<u8>, name: &str, value: &[u8]) {
    for part in [name.as_bytes(), b": ", value, b"\r\n"] {
        to.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        http::{StatusCode, header},
        response::{IntoResponse, Response},
    };

    use super::*;

    fn encoded(status: StatusCode, framing: &Framing) -> String {
        let of_handler = [(header::CONTENT_TYPE, "text/event-stream")];
        let response: Response = (status, of_handler).into_response();
        let (parts, _) = response.into_parts();
        String::from_utf8(Head::new(&parts).encode(framing, 0)).unwrap()
    }

    #[test]
    fn who_shares_a_head_shares_the_answer() {
        let head = |kind: &'static str| {
            let response: Response = [(header::CONTENT_TYPE, kind)].into_response();
            Head::new(&response.into_parts().0)
        };
        let encoded: Encoded = b"body".to_vec().into();
        let (one, same, other) = (head("a/b"), head("a/b"), head("c/d"));
        let answer = one.answer(&encoded, false);
        assert!(
            answer.starts_with(b"HTTP/1.1 200 OK\r\ncontent-type: a/b\r\ncontent-length: 4\r\n")
        );
        assert!(answer.ends_with(b"\r\n\r\nbody"));
        let shared = same.answer(&encoded, false);
        assert_eq!(shared.as_ptr(), answer.as_ptr());
        let others = other.answer(&encoded, false);
        assert!(others.starts_with(b"HTTP/1.1 200 OK\r\ncontent-type: c/d\r\n"));
        let last = String::from_utf8(one.answer(&encoded, true).to_vec()).unwrap();
        assert!(last.contains("\r\nconnection: close\r\n"), "{last}");
    }

    #[test]
    fn every_framing_says_where_the_answer_ends() {
        let ok = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
        for (status, framing, expected) in [
            (200, Framing::Chunked, format!("{ok}transfer-encoding: chunked\r\ndate: ")),
            (200, Framing::Length(12, false), format!("{ok}content-length: 12\r\ndate: ")),
            (200, Framing::Length(0, true), format!("{ok}content-length: 0\r\nconnection: close\r\ndate: ")),
            (
                101,
                Framing::Upgraded(HeaderValue::from_static("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
                "HTTP/1.1 101 Switching Protocols\r\ncontent-type: text/event-stream\r\nconnection: upgrade\r\n\
                 upgrade: websocket\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\ndate: ".to_owned(),
            ),
        ] {
            let head = encoded(StatusCode::from_u16(status).unwrap(), &framing);
            let (before, date) = head.split_at(expected.len());
            assert_eq!(before, expected);
            let date = date.strip_suffix("\r\n\r\n").unwrap();
            assert!(httpdate::parse_http_date(date).is_ok(), "{date}");
        }
    }
}
