//! One event as the log holds it: encoded once, shared by every subscriber.

use std::{io::Write, ops::Range, sync::Arc};

use bytes::Bytes;

use crate::event::{Cursor, Event};

/// What an entry occupies beside its text: itself and the allocation's own header, in bytes.
const OVERHEAD: usize = size_of::<Entry>() + size_of::<Encoded>() + 48;

/// The longest head of a WebSocket frame from a server, in bytes.
const FRAME_HEAD: usize = 10;

/// An encoded event; a clone is a reference, as small as one can be, since every delivery takes one.
#[derive(Debug, Clone)]
pub struct Entry(Arc<Encoded>);

/// One allocation holds every encoding. What stands in it is, one behind the other, the head of a
/// WebSocket's frame and a chunk of HTTP/1.1 with the block for an event stream; a slice of that
/// block is the event's JSON.
#[derive(Debug)]
struct Encoded {
    seq: u64,
    at: u64,
    payload: u32,
    all: Bytes,
    /// Where the chunk begins; before it is the frame's head.
    chunk: u32,
    block: Range<u32>,
    json: Range<u32>,
}

impl Entry {
    /// Encodes the event that `cursor` names.
    pub fn encode(cursor: Cursor, at: u64, data: &str) -> Self {
        let mut block = Vec::with_capacity(data.len() + 96);
        // Writing to a `Vec` cannot fail.
        let _ = write!(block, "id: {cursor}\ndata: ");
        let start = block.len();
        let _ = write!(block, r#"{{"seq":{},"at":{at},"data":"#, cursor.seq);
        let _ = serde_json::to_writer(&mut block, data);
        block.push(b'}');
        let end = block.len();
        block.extend_from_slice(b"\n\n");
        let mut all = Vec::with_capacity(block.len() + FRAME_HEAD + 12);
        text_frame_head(&mut all, end - start);
        let chunk = all.len();
        let _ = write!(all, "{:x}\r\n", block.len());
        let before = all.len();
        all.extend_from_slice(&block);
        all.extend_from_slice(b"\r\n");
        // `Bytes::from` keeps spare capacity alive for as long as the event lives.
        all.shrink_to_fit();
        let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self(Arc::new(Encoded {
            seq: cursor.seq,
            at,
            payload: place(data.len()),
            all: Bytes::from(all),
            chunk: place(chunk),
            block: place(before)..place(before + block.len()),
            json: place(before + start)..place(before + end),
        }))
    }

    /// The event's number.
    pub fn seq(&self) -> u64 {
        self.0.seq
    }

    /// The event's time in µs since the Unix epoch.
    pub fn at(&self) -> u64 {
        self.0.at
    }

    /// The payload's length in bytes: `data` before any encoding.
    pub fn payload_len(&self) -> u64 {
        u64::from(self.0.payload)
    }

    /// `{"seq":…,"at":…,"data":…}`; shares the entry's memory.
    pub fn json(&self) -> Bytes {
        self.0.all.slice(places(&self.0.json))
    }

    /// A WebSocket's frame with the event's JSON: its head, and its payload.
    pub fn frame(&self) -> [&[u8]; 2] {
        [self.part(0..self.0.chunk), self.part(self.0.json.clone())]
    }

    /// The event stream's block, `id:` and `data:` with its blank line; shares the entry's memory.
    pub fn sse_block(&self) -> Bytes {
        self.0.all.slice(places(&self.0.block))
    }

    /// The length of the event stream's block, in bytes.
    pub fn sse_len(&self) -> usize {
        self.0.block.len()
    }

    /// The event stream's block as a chunk of HTTP/1.1 (RFC 9112, 7.1).
    pub fn sse_chunk(&self) -> &[u8] {
        self.0.all.get(self.0.chunk as usize..).unwrap_or_default()
    }

    /// Of the event stream's block, what is not the event's JSON: the fields' names, the id, the
    /// blank line; in bytes.
    pub fn sse_fields(&self) -> usize {
        self.0.block.len() - self.0.json.len()
    }

    /// The event itself, decoded again: for the server functions, which encode by themselves.
    pub fn event(&self) -> Event {
        serde_json::from_slice(self.part(self.0.json.clone())).unwrap_or_else(|_| Event {
            seq: self.0.seq,
            at: self.0.at,
            data: String::new(),
        })
    }

    /// What it occupies in memory, all encodings counted, in bytes.
    pub fn footprint(&self) -> usize {
        self.0.all.len() + OVERHEAD
    }

    fn part(&self, part: Range<u32>) -> &[u8] {
        self.0.all.get(places(&part)).unwrap_or_default()
    }
}

fn places(part: &Range<u32>) -> Range<usize> {
    part.start as usize..part.end as usize
}

/// The head of an unmasked text frame that is a whole message (RFC 6455, 5.2).
fn text_frame_head(to: &mut Vec<u8>, length: usize) {
    to.push(0x81);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..126), _) => to.push(short),
        (_, Ok(medium)) => {
            to.push(126);
            to.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            to.push(127);
            to.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event::Epoch;

    proptest! {
        #[test]
        fn any_text_comes_back_and_stays_on_one_line(data in "(?s).{0,200}", seq in 1..u64::from(u32::MAX)) {
            let cursor = Cursor { epoch: Epoch(7), seq };
            let entry = Entry::encode(cursor, 5, &data);
            prop_assert_eq!(entry.event(), Event { seq, at: 5, data: data.clone() });
            let block = String::from_utf8(entry.sse_block().to_vec()).unwrap();
            let lines: Vec<_> = block.split('\n').collect();
            prop_assert_eq!(lines.len(), 4, "id, data, blank");
            prop_assert_eq!(lines[0], format!("id: {cursor}"));
            prop_assert!(!block.contains('\r'));
            prop_assert_eq!(entry.sse_len(), block.len());
            let chunk = format!("{:x}\r\n{block}\r\n", block.len());
            prop_assert_eq!(entry.sse_chunk(), chunk.as_bytes());
        }
    }

    #[test]
    fn a_frame_is_what_the_library_makes_of_the_same_text() {
        use tungstenite::protocol::frame::{
            Frame,
            coding::{Data, OpCode},
        };
        // An event's JSON has some 40 bytes more than its data.
        for size in [
            0, 40, 80, 81, 82, 83, 84, 85, 86, 87, 88, 1_000, 65_490, 65_491, 65_492, 65_493,
            65_494, 65_495, 65_536,
        ] {
            let cursor = Cursor {
                epoch: Epoch(7),
                seq: 1,
            };
            let entry = Entry::encode(cursor, 1_790_000_000_123_456, &"x".repeat(size));
            let mut expected = Vec::new();
            Frame::message(entry.json(), OpCode::Data(Data::Text), true)
                .format(&mut expected)
                .unwrap();
            assert!(entry.frame().concat() == expected, "{size}");
        }
    }
}
