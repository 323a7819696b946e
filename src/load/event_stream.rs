//! Server-Sent Events: one answer that never ends. The WHATWG's rules are kept by `sse-parse`
//! (`docs/decisions/0012-load-parsers.md`); the table below it is the proof.

use sse_parse::SseParser;

use super::{
    adapter::Place,
    answer::{AnswerReader, Head, Piece},
    subscriber::{Hearing, Trouble, Turn},
    target::LaneTarget,
};
use crate::event::Gap;

/// The longest block of an event, in bytes.
const LONGEST: usize = 1024 * 1024;

/// The state of one event stream.
#[derive(Debug)]
pub(super) struct EventStream {
    reader: AnswerReader,
    head: Head,
    parser: SseParser,
    /// What a refusal says.
    refusal: Vec<u8>,
}

impl EventStream {
    pub(super) fn new() -> Self {
        Self {
            reader: AnswerReader::new(),
            head: Head::default(),
            parser: SseParser::new(),
            refusal: Vec::new(),
        }
    }

    /// Asks for the stream behind the last id, as a reconnecting `EventSource` does.
    pub(super) fn open(
        &mut self,
        target: &LaneTarget,
        place: &Place,
        last_id: &str,
        out: &mut Vec<u8>,
    ) {
        target.stream(place, last_id, out);
        *self = Self::new();
        self.parser = SseParser::with_last_event_id(last_id).max_buffer(LONGEST);
        self.reader.expect();
    }

    pub(super) fn hear(
        &mut self,
        mut bytes: &[u8],
        hearing: &mut Hearing<'_>,
    ) -> Result<Turn, Trouble> {
        while let Some(piece) = self.reader.next(&mut bytes)? {
            match piece {
                Piece::Head(head) => {
                    // What is no event stream fails for good in a browser.
                    if head.status == 200 && !head.is_event_stream {
                        return Err(Trouble::Unlike("the answer is no text/event-stream"));
                    }
                    hearing.memory.opened |= head.status == 200;
                    self.head = head;
                }
                Piece::Body(part) if self.head.status == 200 => {
                    self.parser.feed(part);
                    self.understand(hearing)?;
                }
                Piece::Body(part) => self.refusal.extend_from_slice(part),
                Piece::End if self.head.status == 200 => return Err(Trouble::Ended),
                Piece::End => return Err(Trouble::refused(self.head.status, &self.refusal)),
            }
        }
        Ok(Turn::Listen)
    }

    fn understand(&mut self, hearing: &mut Hearing<'_>) -> Result<(), Trouble> {
        while let Some(event) = self.parser.next_event() {
            if event.event == "gap" && hearing.target.adapter.is_pushpull() {
                let gap: Gap = serde_json::from_str(&event.data)
                    .map_err(|_| Trouble::Unlike("a gap is no pushpull's"))?;
                hearing.gap(gap);
            } else {
                hearing.message(event.data.as_bytes());
            }
        }
        let last_id = &mut hearing.memory.last_id;
        if self.parser.last_event_id() != last_id {
            self.parser.last_event_id().clone_into(last_id);
        }
        if self.parser.overflows() > 0 {
            return Err(Trouble::Unlike("an event is longer than 1 MiB"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
