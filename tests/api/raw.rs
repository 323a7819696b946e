//! A client that sends exactly the bytes it is told to: what proper clients would never send.

use std::{io, net::SocketAddr};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use crate::app::soon;

/// A connection.
pub struct Raw {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// An answer as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value, the first one where there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{} with {:?}", self.status, self.text()))
    }

    /// The status and the code of the contract's error.
    pub fn refusal(&self) -> (u16, String) {
        let body = self.json();
        let error = &body["error"];
        assert!(
            error["message"].is_string(),
            "an error says what to do: {body}"
        );
        (
            self.status,
            error["code"]
                .as_str()
                .expect("an error has a code")
                .to_owned(),
        )
    }
}

/// The bytes of a request; a `Host` is added where none is given, a body's length as well.
pub fn request(addr: SocketAddr, line: &str, headers: &[(&str, &str)], body: &str) -> String {
    let given = |name: &str| {
        headers
            .iter()
            .any(|(key, _)| key.eq_ignore_ascii_case(name))
    };
    let mut bytes = format!("{line} HTTP/1.1\r\n");
    if !given("host") {
        bytes += &format!("Host: {addr}\r\n");
    }
    if !body.is_empty() && !given("content-length") && !given("transfer-encoding") {
        bytes += &format!("Content-Length: {}\r\n", body.len());
    }
    for (name, value) in headers {
        bytes += &format!("{name}: {value}\r\n");
    }
    bytes + "\r\n" + body
}

/// One request on a connection of its own, as in `ask(addr, "GET /healthz", &[], "")`.
pub async fn ask(addr: SocketAddr, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut raw = Raw::open(addr).await;
    raw.say(request(addr, line, headers, body)).await;
    raw.answer().await
}

/// One of the numbers that `/healthz` tells, asked for on a connection of its own.
pub async fn health(addr: SocketAddr, number: &str) -> u64 {
    ask(addr, "GET /healthz", &[], "").await.json()[number]
        .as_u64()
        .unwrap()
}

/// The headers of a WebSocket handshake.
pub const HANDSHAKE: [(&str, &str); 4] = [
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

/// Shakes hands for a WebSocket with some headers more; 101 is its answer when it may.
pub async fn shake(addr: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut raw = Raw::open(addr).await;
    let headers = [&HANDSHAKE, headers].concat();
    raw.say(request(addr, &format!("GET {path}"), &headers, ""))
        .await;
    raw.answer().await
}

impl Raw {
    pub async fn open(addr: SocketAddr) -> Self {
        let stream = soon("a connection", TcpStream::connect(addr))
            .await
            .unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            unread: Vec::new(),
        }
    }

    /// A connection on which little fits between the server's writing and our reading.
    pub async fn narrow(addr: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = soon("a connection", socket.connect(addr)).await.unwrap();
        Self {
            stream,
            unread: Vec::new(),
        }
    }

    pub async fn try_say(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        soon(
            "the server to take bytes",
            self.stream.write_all(bytes.as_ref()),
        )
        .await
    }

    pub async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_say(bytes).await.unwrap();
    }

    /// Says that no more will come, and goes on listening.
    pub async fn fall_silent(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// Goes away so that the server gets a reset.
    pub fn vanish(self) {
        self.stream.set_zero_linger().unwrap();
    }

    /// More bytes, or none at the connection's end, be it orderly or not.
    async fn more(&mut self) -> usize {
        let reading = self.stream.read_buf(&mut self.unread);
        soon("the server to send or to hang up", reading)
            .await
            .unwrap_or(0)
    }

    /// Takes bytes up to and including `end`.
    pub async fn until(&mut self, end: &str) -> String {
        loop {
            let found = self
                .unread
                .windows(end.len())
                .position(|w| w == end.as_bytes());
            if let Some(at) = found {
                let taken: Vec<u8> = self.unread.drain(..at + end.len()).collect();
                return String::from_utf8_lossy(&taken).into_owned();
            }
            let so_far = self.unread.len();
            assert!(
                self.more().await > 0,
                "the connection ended after {so_far} bytes, before {end:?}"
            );
        }
    }

    async fn exactly(&mut self, length: usize) -> Vec<u8> {
        while self.unread.len() < length {
            assert!(
                self.more().await > 0,
                "the connection ended in the middle of a body"
            );
        }
        self.unread.drain(..length).collect()
    }

    /// An answer's head only: what follows is left.
    pub async fn head(&mut self) -> Answer {
        let head = self.until("\r\n\r\n").await;
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status line: {head}"));
        Answer {
            status,
            head,
            body: Vec::new(),
        }
    }

    /// A whole answer.
    pub async fn answer(&mut self) -> Answer {
        let mut answer = self.head().await;
        if answer.status < 200 || matches!(answer.status, 204 | 304) {
            return answer;
        }
        if let Some(length) = answer.header("content-length") {
            answer.body = self.exactly(length.parse().unwrap()).await;
        } else if answer.header("transfer-encoding").is_some() {
            loop {
                let size = self.until("\r\n").await;
                let size = usize::from_str_radix(size.trim(), 16).unwrap();
                answer.body.extend(self.exactly(size).await);
                self.until("\r\n").await;
                if size == 0 {
                    break;
                }
            }
        } else {
            answer.body = self.rest().await;
        }
        answer
    }

    /// Everything up to the connection's end.
    pub async fn rest(&mut self) -> Vec<u8> {
        while self.more().await > 0 {}
        std::mem::take(&mut self.unread)
    }
}
