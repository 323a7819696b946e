//! One event as the log holds it: encoded once, shared by every subscriber.

use std::{io::Write, ops::Range};

use bytes::Bytes;

use crate::event::{Cursor, Event};

/// What an entry occupies beside its text: itself and the allocation's own header, in bytes.
const OVERHEAD: usize = size_of::<Entry>() + 32;

/// An encoded event. The block for an event stream is written once, and the event's JSON, which
/// polls and WebSocket send, is a slice of it: one allocation holds every encoding, and a clone
/// is a reference to it.
#[derive(Debug, Clone)]
pub struct Entry {
    seq: u64,
    at: u64,
    payload: u32,
    sse: Bytes,
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
        // `Bytes::from` keeps spare capacity alive for as long as the event lives.
        block.shrink_to_fit();
        let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            seq: cursor.seq,
            at,
            payload: place(data.len()),
            sse: Bytes::from(block),
            json: place(start)..place(end),
        }
    }

    /// The event's number.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The event's time in µs since the Unix epoch.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// The payload's length in bytes: `data` before any encoding.
    pub fn payload_len(&self) -> u64 {
        u64::from(self.payload)
    }

    /// `{"seq":…,"at":…,"data":…}`; shares the entry's memory.
    pub fn json(&self) -> Bytes {
        self.sse
            .slice(self.json.start as usize..self.json.end as usize)
    }

    /// The event stream's block, `id:` and `data:` with its blank line; shares the entry's memory.
    pub fn sse_block(&self) -> Bytes {
        self.sse.clone()
    }

    /// Of the event stream's block, what is not the event's JSON: the fields' names, the id, the
    /// blank line; in bytes.
    pub fn sse_fields(&self) -> usize {
        self.sse.len() - self.json.len()
    }

    /// The event itself, decoded again: for the server functions, which encode by themselves.
    pub fn event(&self) -> Event {
        serde_json::from_slice(&self.json()).unwrap_or_else(|_| Event {
            seq: self.seq,
            at: self.at,
            data: String::new(),
        })
    }

    /// What it occupies in memory, all encodings counted, in bytes.
    pub fn footprint(&self) -> usize {
        self.sse.len() + OVERHEAD
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
        }
    }
}
