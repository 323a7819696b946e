//! The floor: one `write(2)` for each delivery and nothing else. No server that writes to a socket
//! for each subscriber can cost less, unless it hands many writes to the kernel at a time.
//!
//! `cargo run --release --features ssr --example floor -- 127.0.0.1:3192`; publish with
//! `POST /publish`, subscribe at `/sse` and `/ws`. One thread writes; it knows neither lost
//! clients nor slow ones, and a subscriber is never forgotten.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a tool for developers: what goes wrong may end it"
)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::Mutex,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

const SSE: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const KEY_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

#[derive(Default)]
struct Subscribers {
    sse: Vec<TcpStream>,
    ws: Vec<TcpStream>,
}

impl Subscribers {
    fn write(&mut self, event: &[u8]) {
        let block = [b"data: ", event, b"\n\n"].concat();
        let chunk = [format!("{:x}\r\n", block.len()).as_bytes(), &block, b"\r\n"].concat();
        let length = u8::try_from(event.len())
            .ok()
            .filter(|length| *length < 126);
        let head = match length {
            Some(length) => vec![0x81, length],
            None => [
                &[0x81, 126][..],
                &u16::try_from(event.len()).unwrap().to_be_bytes(),
            ]
            .concat(),
        };
        let frame = [&head[..], event].concat();
        for (them, bytes) in [(&mut self.sse, chunk), (&mut self.ws, frame)] {
            for one in them {
                assert_eq!(one.write(&bytes).unwrap(), bytes.len(), "the client reads");
            }
        }
    }
}

/// Answers requests on one connection until it subscribes or ends.
fn serve(stream: TcpStream, subscribers: &Mutex<Subscribers>) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut path, mut key, mut length) = (String::new(), String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() == 0 {
            // The kernel forgets what a thread has used when it ends, and that is to be measured.
            std::thread::park();
        }
        let (name, value) = line.trim().split_once(' ').unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "get" | "post" => path = value.split(' ').next().unwrap().to_owned(),
            "sec-websocket-key:" => key = value.trim().to_owned(),
            "content-length:" => length = value.trim().parse().unwrap(),
            "" => match path.as_str() {
                "/sse" => {
                    (&stream).write_all(SSE.as_bytes()).unwrap();
                    subscribers.lock().unwrap().sse.push(stream);
                    return;
                }
                "/ws" => {
                    let seen = digest(&SHA1_FOR_LEGACY_USE_ONLY, (key + KEY_SUFFIX).as_bytes());
                    let accept = BASE64_STANDARD.encode(seen);
                    let head = format!(
                        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
                         Upgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
                    );
                    (&stream).write_all(head.as_bytes()).unwrap();
                    subscribers.lock().unwrap().ws.push(stream);
                    return;
                }
                _ => {
                    let mut event = vec![0; length];
                    reader.read_exact(&mut event).unwrap();
                    subscribers.lock().unwrap().write(&event);
                    let done = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                    (&stream).write_all(done).unwrap();
                }
            },
            _ => {}
        }
    }
}

fn main() {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let addr = std::env::args().nth(1).expect("an address");
    let listener = TcpListener::bind(addr).unwrap();
    let subscribers = Mutex::new(Subscribers::default());
    std::thread::scope(|threads| {
        for stream in listener.incoming() {
            let (stream, subscribers) = (stream.unwrap(), &subscribers);
            threads.spawn(move || serve(stream, subscribers));
        }
    });
}
