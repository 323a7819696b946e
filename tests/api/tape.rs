//! A connection that keeps what passed, byte for byte, and how to read it.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    app::{Dialect, TestApp, soon},
    dialect::{Pipe, encrypted},
};

/// A connection, in clear or encrypted with HTTP/1.1.
pub struct Tape {
    stream: Box<dyn Pipe>,
    /// This end's address.
    pub local: SocketAddr,
    pub sent: Vec<u8>,
    pub heard: Vec<u8>,
}

impl Tape {
    pub async fn open(app: &TestApp) -> Self {
        let (stream, local): (Box<dyn Pipe>, _) = match app.dialect {
            Dialect::Clear => {
                let stream = soon("a connection", TcpStream::connect(app.addr))
                    .await
                    .unwrap();
                let local = stream.local_addr().unwrap();
                (Box::new(stream), local)
            }
            Dialect::Tls(known) => {
                let stream = encrypted(app.addr, known, "http/1.1").await;
                let local = stream.get_ref().0.local_addr().unwrap();
                (Box::new(stream), local)
            }
            Dialect::Http2(_) => panic!("nobody writes HTTP/2 by hand"),
        };
        Self {
            stream,
            local,
            sent: Vec::new(),
            heard: Vec::new(),
        }
    }

    pub async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.sent.extend(bytes);
        let said = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        soon("the server to read", said).await.unwrap();
    }

    /// Hears on until all that was heard makes `enough`.
    pub async fn hear(&mut self, enough: impl Fn(&[u8]) -> bool) {
        while !enough(&self.heard) {
            let read = soon("more", self.stream.read_buf(&mut self.heard))
                .await
                .unwrap();
            assert_ne!(read, 0, "the connection goes on");
        }
    }

    /// Hears the server's end first, and then ends without a word: encrypted words to a server that
    /// has gone would only meet a reset.
    pub async fn hear_out(mut self) -> (Vec<u8>, Vec<u8>) {
        while soon("the end", self.stream.read_buf(&mut self.heard))
            .await
            .unwrap()
            > 0
        {}
        (self.sent, self.heard)
    }

    /// Ends properly, and hears the server's end; what was sent and heard in all.
    pub async fn end(mut self) -> (Vec<u8>, Vec<u8>) {
        self.stream.shutdown().await.unwrap();
        while soon("the end", self.stream.read_buf(&mut self.heard))
            .await
            .unwrap_or(0)
            > 0
        {}
        (self.sent, self.heard)
    }
}

pub fn has_head(bytes: &[u8]) -> bool {
    bytes.windows(4).any(|part| part == b"\r\n\r\n")
}

pub fn head_length(bytes: &[u8]) -> usize {
    let end = bytes.windows(4).position(|part| part == b"\r\n\r\n");
    end.expect("a whole head") + 4
}

/// A masked frame of a client.
pub fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [9, 8, 7, 6];
    let length = u8::try_from(payload.len()).unwrap();
    assert!(length < 126);
    let mut frame = vec![0x80 | opcode, 0x80 | length];
    frame.extend(mask);
    frame.extend(
        payload
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    frame
}

/// How many answers are whole in what was heard, where all tell their length.
pub fn whole_answers(mut heard: &[u8]) -> usize {
    let mut whole = 0;
    while let Some(end) = heard.windows(4).position(|part| part == b"\r\n\r\n") {
        let head = String::from_utf8_lossy(&heard[..end]).to_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())
            .unwrap_or(0);
        let Some(rest) = heard.get(end + 4 + length..) else {
            break;
        };
        whole += 1;
        heard = rest;
    }
    whole
}
