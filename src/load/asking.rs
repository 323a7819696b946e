//! Polling and long polling: ask, read the answer, ask again. They differ in when: a poll goes out
//! on its tick, a held request as soon as the last one is answered.

use super::{
    adapter::Place,
    answer::{AnswerReader, Head, Piece},
    subscriber::{Hearing, Trouble, Turn},
    target::LaneTarget,
};
use crate::transport::Transport;

/// The longest body, in bytes: a batch has at most 1 MiB of events.
const LONGEST: usize = 8 * 1024 * 1024;
/// A longer body's room is given back.
const KEPT: usize = 64 * 1024;

/// The state of one connection that asks.
#[derive(Debug)]
pub(super) struct Asking {
    reader: AnswerReader,
    head: Head,
    body: Vec<u8>,
    waiting: bool,
}

impl Asking {
    pub(super) fn new() -> Self {
        Self {
            reader: AnswerReader::new(),
            head: Head::default(),
            body: Vec::new(),
            waiting: false,
        }
    }

    /// Asks for what follows the place.
    pub(super) fn ask(&mut self, target: &LaneTarget, place: &Place, out: &mut Vec<u8>) {
        target.poll(place, out);
        self.reader.expect();
        self.waiting = true;
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.waiting
    }

    pub(super) fn hear(
        &mut self,
        mut bytes: &[u8],
        hearing: &mut Hearing<'_>,
    ) -> Result<Turn, Trouble> {
        while let Some(piece) = self.reader.next(&mut bytes)? {
            match piece {
                Piece::Head(head) => self.head = head,
                Piece::Body(part) => {
                    if self.body.len() + part.len() > LONGEST {
                        return Err(Trouble::Unlike("an answer is longer than 8 MiB"));
                    }
                    self.body.extend_from_slice(part);
                }
                Piece::End => return self.answered(hearing),
            }
        }
        Ok(Turn::Listen)
    }

    fn answered(&mut self, hearing: &mut Hearing<'_>) -> Result<Turn, Trouble> {
        self.waiting = false;
        let adapter = hearing.target.adapter;
        if !adapter.answers(self.head.status) {
            return Err(Trouble::refused(self.head.status, &self.body));
        }
        let place = &mut hearing.memory.place;
        let Some(polled) = adapter.polled(&self.head, &self.body, place) else {
            return Err(Trouble::Unlike("an answer is no pushpull's"));
        };
        hearing.memory.opened = true;
        if let Some(gap) = polled.gap {
            hearing.gap(gap);
        }
        let events = hearing.message(&self.body);
        if events == 0 && polled.gap.is_none() {
            hearing.tally.wasted += 1;
        }
        self.body.clear();
        self.body.shrink_to(KEPT);
        let held = hearing.target.transport.plain() == Transport::LongPolling;
        Ok(Turn::Ask {
            // What Nchan gives one by one is asked for one by one.
            at_once: held || polled.more && (events > 0 || adapter.is_pushpull()),
            anew: self.head.closes,
        })
    }
}
