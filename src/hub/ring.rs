//! A topic's log: a ring bounded by count and by bytes. Pure: no clock, no waiting.

use std::collections::VecDeque;

use smallvec::SmallVec;

use super::entry::Entry;
use crate::event::{Batch, Cursor, Epoch, Gap, Position};

/// How much one read may take.
#[derive(Debug, Clone, Copy)]
pub struct ReadLimit {
    /// Events, at least 1.
    pub events: usize,
    /// Bytes of the events' blocks; the first event is given even when it alone is larger.
    pub bytes: usize,
}

impl ReadLimit {
    /// An answer: at most 256 events and 1 MiB.
    pub const ANSWER: Self = Self {
        events: 256,
        bytes: 1024 * 1024,
    };
    /// A standing response: little at a time, since what a stalled reader has been given stays in
    /// memory after the ring has let go of it.
    pub const STREAM: Self = Self {
        events: 256,
        bytes: 64 * 1024,
    };
}

/// Events in their order. A reader that keeps up is given one at a time, which needs no memory of
/// its own.
pub type Entries = SmallVec<[Entry; 1]>;

/// What one read gave.
#[derive(Debug, Clone)]
pub struct Read {
    /// Where the reading began: the cursor that was given, or what `now` and `start` meant.
    pub position: Cursor,
    /// What was asked for and is gone; it comes before the events.
    pub gap: Option<Gap>,
    /// What follows, in order.
    pub events: Entries,
    /// The cursor behind all this.
    pub next: Cursor,
    /// The limit cut the read off.
    pub more: bool,
}

impl Read {
    /// There is nothing to read at that place.
    pub fn nothing(place: Cursor) -> Self {
        Self {
            position: place,
            gap: None,
            events: Entries::new(),
            next: place,
            more: false,
        }
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.gap.is_none() && self.events.is_empty()
    }

    /// The same with its events decoded: what a server function sends.
    pub fn to_batch(&self, epoch: Epoch) -> Batch {
        Batch {
            epoch,
            events: self.events.iter().map(Entry::event).collect(),
            next: self.next,
            gap: self.gap,
            more: self.more,
        }
    }
}

/// The cursor's number lies beyond the head of the log that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CursorAhead {
    /// The log's head.
    pub head: u64,
}

/// The events of one epoch that are still held.
#[derive(Debug)]
pub(super) struct Ring {
    epoch: Epoch,
    entries: VecDeque<Entry>,
    /// The number of the oldest entry held, or of the next one when none is.
    first: u64,
    bytes: usize,
    max_events: usize,
    max_bytes: usize,
}

impl Ring {
    pub(super) fn new(epoch: Epoch, max_events: usize, max_bytes: usize) -> Self {
        Self {
            epoch,
            entries: VecDeque::new(),
            first: 1,
            bytes: 0,
            max_events: max_events.max(1),
            max_bytes,
        }
    }

    /// The number of the newest event; 0 before the first.
    pub(super) fn head(&self) -> u64 {
        self.first + self.entries.len() as u64 - 1
    }

    /// What the entries occupy, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What could be let go, in bytes: all but the newest event.
    pub(super) fn spare(&self) -> usize {
        self.bytes - self.entries.back().map_or(0, Entry::footprint)
    }

    /// Appends an event; `at` never goes back. Returns its place.
    pub(super) fn push(&mut self, at: u64, data: &str) -> Cursor {
        let cursor = self.cursor(self.head() + 1);
        let at = self.entries.back().map_or(at, |last| last.at().max(at));
        let entry = Entry::encode(cursor, at, data);
        self.bytes += entry.footprint();
        self.entries.push_back(entry);
        while self.entries.len() > self.max_events || self.bytes > self.max_bytes {
            if !self.drop_oldest() {
                break;
            }
        }
        cursor
    }

    /// Lets the oldest go, but never the last one left: the log always knows its newest event.
    pub(super) fn drop_oldest(&mut self) -> bool {
        if self.entries.len() <= 1 {
            return false;
        }
        if let Some(oldest) = self.entries.pop_front() {
            self.bytes -= oldest.footprint();
            self.first += 1;
        }
        true
    }

    /// Reads what follows `position`.
    pub(super) fn read(&self, position: Position, limit: ReadLimit) -> Result<Read, CursorAhead> {
        let (position, gap) = self.find(position)?;
        let start = match gap {
            Some(gap) => gap.to,
            None => position.seq,
        };
        let mut size = 0;
        let skip = usize::try_from(start + 1 - self.first).unwrap_or(usize::MAX);
        let following = self.entries.len().saturating_sub(skip);
        let events: Entries = self
            .entries
            .range(self.entries.len() - following..)
            .take(limit.events)
            .enumerate()
            .take_while(|(i, entry)| {
                size += entry.sse_len();
                *i == 0 || size <= limit.bytes
            })
            .map(|(_, entry)| entry.clone())
            .collect();
        let next = events
            .last()
            .map(|last| self.cursor(last.seq()))
            .or(gap.map(|gap| gap.next()))
            .unwrap_or(position);
        Ok(Read {
            more: next.seq < self.head(),
            position,
            gap,
            events,
            next,
        })
    }

    /// Where reading begins, and what is gone before it.
    fn find(&self, position: Position) -> Result<(Cursor, Option<Gap>), CursorAhead> {
        let oldest = self.first;
        let gap = |from, reset| Gap {
            epoch: self.epoch,
            from,
            to: oldest - 1,
            reset,
        };
        match position {
            Position::Now => Ok((self.cursor(self.head()), None)),
            Position::Start => Ok((self.cursor(oldest - 1), None)),
            Position::After(cursor) if cursor.epoch != self.epoch => {
                Ok((cursor, Some(gap(1, true))))
            }
            Position::After(cursor) if cursor.seq > self.head() => {
                Err(CursorAhead { head: self.head() })
            }
            Position::After(cursor) if cursor.seq + 1 < oldest => {
                Ok((cursor, Some(gap(cursor.seq + 1, false))))
            }
            Position::After(cursor) => Ok((cursor, None)),
        }
    }

    fn cursor(&self, seq: u64) -> Cursor {
        Cursor {
            epoch: self.epoch,
            seq,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EPOCH: Epoch = Epoch(1);

    fn cursor(seq: u64) -> Cursor {
        Cursor { epoch: EPOCH, seq }
    }

    fn filled(events: u64, max_events: usize) -> Ring {
        let mut ring = Ring::new(EPOCH, max_events, usize::MAX);
        for n in 1..=events {
            ring.push(n, "x");
        }
        ring
    }

    fn seqs(read: &Read) -> Vec<u64> {
        read.events.iter().map(Entry::seq).collect()
    }

    #[test]
    fn a_cursor_of_another_epoch_is_reset() {
        let ring = filled(10, 4);
        let other = Cursor {
            epoch: Epoch(2),
            seq: 9_999,
        };
        let read = ring
            .read(Position::After(other), ReadLimit::ANSWER)
            .unwrap();
        assert_eq!(
            read.gap,
            Some(Gap {
                epoch: EPOCH,
                from: 1,
                to: 6,
                reset: true
            })
        );
        assert_eq!(seqs(&read), [7, 8, 9, 10]);

        let empty = Ring::new(EPOCH, 4, usize::MAX);
        let read = empty
            .read(Position::After(other), ReadLimit::ANSWER)
            .unwrap();
        assert_eq!(
            read.gap,
            Some(Gap {
                epoch: EPOCH,
                from: 1,
                to: 0,
                reset: true
            })
        );
        assert_eq!(read.next, cursor(0));
    }

    #[test]
    fn now_and_start_are_never_a_gap() {
        let ring = filled(10, 4);
        let start = ring.read(Position::Start, ReadLimit::ANSWER).unwrap();
        assert_eq!((start.position, start.gap), (cursor(6), None));
        assert_eq!(seqs(&start), [7, 8, 9, 10]);
        let now = ring.read(Position::Now, ReadLimit::ANSWER).unwrap();
        assert_eq!((now.next, now.is_empty()), (cursor(10), true));
    }

    #[test]
    fn a_cursor_beyond_the_head_is_refused() {
        let ring = filled(10, 4);
        let read = ring.read(Position::After(cursor(11)), ReadLimit::ANSWER);
        assert_eq!(read.err(), Some(CursorAhead { head: 10 }));
    }

    #[test]
    fn bytes_bound_the_ring_but_the_newest_stays() {
        let mut ring = Ring::new(EPOCH, 100, 10_000);
        for _ in 0..50 {
            ring.push(1, &"x".repeat(1_000));
            assert!(ring.bytes() <= 10_000);
        }
        ring.push(1, &"x".repeat(60_000));
        let read = ring.read(Position::Start, ReadLimit::STREAM).unwrap();
        assert_eq!(seqs(&read), [51]);
    }

    #[test]
    fn time_never_goes_back_in_a_topic() {
        let mut ring = filled(3, 10);
        ring.push(1, "late");
        let read = ring.read(Position::Start, ReadLimit::ANSWER).unwrap();
        assert_eq!(
            read.events.iter().map(Entry::at).collect::<Vec<_>>(),
            [1, 2, 3, 3]
        );
    }

    #[derive(Debug, Clone)]
    enum Step {
        Publish(usize),
        Shed(usize),
        Read { reader: usize, limit: usize },
        Jump { reader: usize, seq: u64 },
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0..400_usize).prop_map(Step::Publish),
            1 => (0..20_usize).prop_map(Step::Shed),
            4 => (0..3_usize, 1..40_usize).prop_map(|(reader, limit)| Step::Read { reader, limit }),
            1 => (0..3_usize, 0..60_u64).prop_map(|(reader, seq)| Step::Jump { reader, seq }),
        ]
    }

    proptest! {
        /// Whatever is published, evicted and read in whatever order: a reader sees each number
        /// once, in order, or is told exactly which ones it will not see.
        #[test]
        fn never_a_silent_hole_a_repeat_or_a_step_back(
            steps in prop::collection::vec(step(), 1..200),
            max_events in 1..30_usize,
            max_bytes in 200..6_000_usize,
        ) {
            let mut ring = Ring::new(EPOCH, max_events, max_bytes);
            let mut readers = [0_u64; 3];
            for step in steps {
                match step {
                    Step::Publish(size) => {
                        let before = ring.head();
                        prop_assert_eq!(ring.push(0, &"x".repeat(size)), cursor(before + 1));
                        prop_assert!(ring.entries.len() <= max_events);
                        prop_assert!(ring.bytes() <= max_bytes || ring.entries.len() == 1);
                        let held: usize = ring.entries.iter().map(Entry::footprint).sum();
                        prop_assert_eq!(ring.bytes(), held);
                    }
                    Step::Shed(count) => for _ in 0..count { ring.drop_oldest(); },
                    Step::Jump { reader, seq } => readers[reader] = seq.min(ring.head()),
                    Step::Read { reader, limit } => {
                        let at = readers[reader];
                        let limit = ReadLimit { events: limit, bytes: 2_000 };
                        let read = ring.read(Position::After(cursor(at)), limit).unwrap();
                        let mut expected = at + 1;
                        if let Some(gap) = read.gap {
                            prop_assert_eq!((gap.from, gap.reset), (expected, false));
                            prop_assert!(gap.to >= gap.from);
                            prop_assert_eq!(gap.to + 1, ring.first, "no more is called lost than is");
                            expected = gap.to + 1;
                        }
                        for entry in &read.events {
                            prop_assert_eq!(entry.seq(), expected);
                            expected += 1;
                        }
                        prop_assert_eq!(read.next, cursor(expected - 1));
                        prop_assert_eq!(read.more, read.next.seq < ring.head());
                        prop_assert!(!(read.events.is_empty() && read.more), "a read makes progress");
                        readers[reader] = read.next.seq;
                    }
                }
            }
        }
    }
}
