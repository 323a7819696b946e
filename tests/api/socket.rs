//! A WebSocket from the client's side: whole messages, and raw frames for what no client sends.

use futures::{SinkExt, StreamExt};
use pushpull::transport::server_fn::ToServer;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::Message;

use crate::app::{Socket, TestApp, soon};

/// The first byte of a final frame of each kind (RFC 6455, 5.2).
pub const TEXT: u8 = 0x81;
pub const BINARY: u8 = 0x82;
pub const CLOSE: u8 = 0x88;
pub const PING: u8 = 0x89;
pub const PONG: u8 = 0x8A;

/// The next text, or the next message of a server function without its leading byte, which says
/// that it is no error. `None` when the socket ended.
pub async fn hear(socket: &mut Socket) -> Option<Vec<u8>> {
    loop {
        match soon("a message", socket.next()).await?.ok()? {
            Message::Text(text) => return Some(text.as_bytes().to_vec()),
            Message::Binary(bytes) => {
                let (mark, message) = bytes.split_first().expect("a marked message");
                assert_eq!(*mark, 0, "{:?}", String::from_utf8_lossy(message));
                return Some(message.to_vec());
            }
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

/// Says something to a server function.
pub async fn say(socket: &mut Socket, message: &ToServer) {
    let mut bytes = vec![0];
    serde_json::to_writer(&mut bytes, message).unwrap();
    socket.send(Message::Binary(bytes.into())).await.unwrap();
}

/// A socket whose frames are written by hand.
pub struct RawSocket {
    stream: TcpStream,
}

impl RawSocket {
    /// Shakes hands.
    pub async fn open(app: &TestApp, path: &str) -> Self {
        let mut stream = app.connect().await;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            app.addr
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(soon("the handshake", stream.read_u8()).await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        // RFC 6455, 1.3, gives the answer to this key.
        assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
        Self { stream }
    }

    /// Sends a masked frame; `first` holds the final bit and the kind.
    pub async fn send(&mut self, first: u8, payload: &[u8]) {
        let mut frame = vec![first];
        match payload.len() {
            short @ 0..126 => frame.push(0x80 | u8::try_from(short).unwrap()),
            middle @ 126..65_536 => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(middle).unwrap().to_be_bytes());
            }
            long => {
                frame.push(0x80 | 127);
                frame.extend(u64::try_from(long).unwrap().to_be_bytes());
            }
        }
        let mask = [7, 77, 177, 217];
        frame.extend(mask);
        frame.extend(
            payload
                .iter()
                .zip(mask.iter().cycle())
                .map(|(byte, mask)| byte ^ mask),
        );
        self.send_bytes(&frame).await;
    }

    /// Sends what need not be a frame. A server that has heard enough may have closed already.
    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = soon("the server to read", self.stream.write_all(bytes)).await;
    }

    /// The next frame, its first byte and its payload; `None` when the connection has ended.
    pub async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        soon("a frame", async {
            let first = self.stream.read_u8().await.ok()?;
            let length = match self.stream.read_u8().await.ok()? {
                masked @ 128.. => panic!("a server does not mask: {masked}"),
                126 => u64::from(self.stream.read_u16().await.ok()?),
                127 => self.stream.read_u64().await.ok()?,
                short => u64::from(short),
            };
            let mut payload = vec![0; usize::try_from(length).unwrap()];
            self.stream.read_exact(&mut payload).await.ok()?;
            Some((first, payload))
        })
        .await
    }

    /// The next frame of that kind; others are passed over.
    pub async fn frame_of(&mut self, kind: u8) -> Vec<u8> {
        loop {
            let (first, payload) = self.frame().await.expect("the socket goes on");
            if first == kind {
                return payload;
            }
        }
    }

    /// The code with which the server closes; whatever it says before is passed over.
    pub async fn close_code(&mut self) -> u16 {
        let payload = self.frame_of(CLOSE).await;
        u16::from_be_bytes([payload[0], payload[1]])
    }
}
