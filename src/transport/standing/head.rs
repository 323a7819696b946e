//! The head of an answer that we write ourselves (RFC 9112, 6).

use std::{fmt, io::Write, time::SystemTime};

use axum::http::{HeaderValue, response::Parts};

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

/// What the layers have made of an answer's head.
#[derive(Debug)]
pub struct Head(Parts);

impl Head {
    /// As it came out of them.
    pub fn new(parts: Parts) -> Self {
        Self(parts)
    }

    /// As it goes over the wire.
    pub fn encode(&self, framing: &Framing) -> Vec<u8> {
        let mut to = Vec::with_capacity(512);
        // Writing to a `Vec` cannot fail.
        let _ = self.write(&mut to, framing);
        to
    }

    fn write(&self, to: &mut Vec<u8>, framing: &Framing) -> std::io::Result<()> {
        let status = self.0.status;
        let reason = status.canonical_reason().unwrap_or_default();
        write!(to, "HTTP/1.1 {} {reason}\r\n", status.as_u16())?;
        for (name, value) in &self.0.headers {
            line(to, name, value.as_bytes());
        }
        match framing {
            Framing::Chunked => line(to, "transfer-encoding", b"chunked"),
            Framing::Length(length, last) => {
                write!(to, "content-length: {length}\r\n")?;
                if *last {
                    line(to, "connection", b"close");
                }
            }
            Framing::Upgraded(accept) => {
                line(to, "connection", b"upgrade");
                line(to, "upgrade", b"websocket");
                line(to, "sec-websocket-accept", accept.as_bytes());
            }
        }
        let date = httpdate::HttpDate::from(SystemTime::now());
        write!(to, "date: {date}\r\n\r\n")
    }
}

fn line(to: &mut Vec<u8>, name: impl fmt::Display, value: &[u8]) {
    let _ = write!(to, "{name}: ");
    to.extend_from_slice(value);
    to.extend_from_slice(b"\r\n");
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
        String::from_utf8(Head::new(parts).encode(framing)).unwrap()
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
