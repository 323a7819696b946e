//! WebSocket: one connection, upgraded from HTTP. Frames are read by `tungstenite`, which the
//! server uses as well, out of memory: what was read from the socket goes in, what is to be sent
//! comes out.

use std::io::{self, ErrorKind, Read, Write};

use base64::{Engine, prelude::BASE64_STANDARD};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde::Deserialize;
use tungstenite::{
    Error, Message,
    protocol::{Role, WebSocketConfig, WebSocketContext},
};

use super::{
    adapter::Place,
    answer::{AnswerReader, Head, Piece},
    subscriber::{Hearing, Trouble, Turn},
    target::LaneTarget,
};
use crate::event::{Cursor, Gap};

/// What a server's key has appended (RFC 6455, section 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// What is read at a time, in bytes: an event, a few small ones.
const READ: usize = 2_048;
/// The longest message, in bytes.
const LONGEST: usize = 1024 * 1024;

/// The state of one WebSocket.
#[derive(Debug)]
pub(super) struct Socket {
    reader: AnswerReader,
    head: Head,
    refusal: Vec<u8>,
    key: [u8; 16],
    /// After the handshake.
    frames: Option<WebSocketContext>,
}

/// A text frame of pushpull's: one of these members is there.
#[derive(Deserialize)]
struct Frame {
    seq: Option<u64>,
    cursor: Option<Cursor>,
    gap: Option<Gap>,
    next: Option<Cursor>,
}

/// What was read, and what is to be sent.
struct Wire<'a> {
    input: &'a [u8],
    out: &'a mut Vec<u8>,
}

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.input.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.input.read(buffer)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Socket {
    pub(super) fn new() -> Self {
        Self {
            reader: AnswerReader::new(),
            head: Head::default(),
            refusal: Vec::new(),
            key: [0; 16],
            frames: None,
        }
    }

    /// Begins the handshake.
    pub(super) fn open(
        &mut self,
        target: &LaneTarget,
        place: &Place,
        key: [u8; 16],
        out: &mut Vec<u8>,
    ) {
        *self = Self::new();
        self.key = key;
        target.handshake(place, key, out);
        self.reader.expect();
    }

    pub(super) fn hear(
        &mut self,
        mut bytes: &[u8],
        hearing: &mut Hearing<'_>,
    ) -> Result<Turn, Trouble> {
        while self.frames.is_none() {
            let Some(piece) = self.reader.next(&mut bytes)? else {
                return Ok(Turn::Listen);
            };
            match piece {
                Piece::Head(head) if head.status == 101 => {
                    if head.accept != accept(self.key) {
                        return Err(Trouble::Unlike(
                            "the handshake was answered with another key",
                        ));
                    }
                    let config = WebSocketConfig::default()
                        .read_buffer_size(READ)
                        .write_buffer_size(0)
                        .max_message_size(Some(LONGEST))
                        .max_frame_size(Some(LONGEST));
                    self.frames = Some(WebSocketContext::new(Role::Client, Some(config)));
                    hearing.memory.opened = true;
                }
                Piece::Head(head) => self.head = head,
                Piece::Body(part) => self.refusal.extend_from_slice(part),
                Piece::End => return Err(Trouble::refused(self.head.status, &self.refusal)),
            }
        }
        let Some(frames) = &mut self.frames else {
            return Ok(Turn::Listen);
        };
        let mut out = std::mem::take(hearing.out);
        let mut wire = Wire {
            input: bytes,
            out: &mut out,
        };
        let ended = loop {
            let told = match frames.read(&mut wire) {
                Ok(Message::Text(text)) => understand(text.as_bytes(), hearing),
                Ok(Message::Binary(data)) => {
                    hearing.message(&data);
                    Ok(())
                }
                // A pong goes out with the next read.
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => Ok(()),
                Ok(Message::Close(frame)) => Err(Trouble::Socket(frame.map_or_else(
                    || "without a code".to_owned(),
                    |frame| u16::from(frame.code).to_string(),
                ))),
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => break Ok(()),
                Err(error) => Err(Trouble::Socket(error.to_string())),
            };
            if told.is_err() {
                break told;
            }
        };
        *hearing.out = out;
        ended.map(|()| Turn::Listen)
    }
}

/// A message: an event or, of pushpull's, what else it tells.
fn understand(text: &[u8], hearing: &mut Hearing<'_>) -> Result<(), Trouble> {
    if !hearing.target.adapter.is_pushpull() {
        hearing.message(text);
        return Ok(());
    }
    let unlike = |_| Trouble::Unlike("a frame is no pushpull's");
    let frame: Frame = serde_json::from_slice(text).map_err(unlike)?;
    if let Some(gap) = frame.gap {
        hearing.gap(gap);
    }
    if let Some(cursor) = frame.cursor.or(frame.next) {
        hearing.memory.place = Place::After(cursor);
    } else if let (Some(seq), Place::After(cursor)) = (frame.seq, &mut hearing.memory.place) {
        cursor.seq = seq;
        hearing.message(text);
    }
    Ok(())
}

/// What a server answers to a key.
fn accept(key: [u8; 16]) -> String {
    let text = BASE64_STANDARD.encode(key) + GUID;
    BASE64_STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_answered_as_the_standard_has_it() {
        let key = BASE64_STANDARD.decode("dGhlIHNhbXBsZSBub25jZQ==").unwrap();
        assert_eq!(
            accept(key.try_into().unwrap()),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }
}
