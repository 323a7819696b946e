//! The words that all rooms use: event, cursor, gap, batch. Pure: no HTTP, no browser, no clock.
//!
//! Text from outside becomes one of these types once, at the door; inside the house a
//! [`TopicName`] is always a good name and a [`Cursor`] always has a place in some log.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The longest `data` of an event, in bytes.
pub const MAX_DATA: usize = 64 * 1024;

/// The largest sequence number that a cursor can name: sixteen decimal digits.
pub const MAX_SEQ: u64 = 9_999_999_999_999_999;

/// What is wrong with a text that should have been one of this room's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WordError {
    /// Not a [`TopicName`].
    #[error("a topic's name has 1 to 64 characters out of a-z, 0-9 and -")]
    Topic,
    /// Not a [`LaneName`].
    #[error("a lane's name has 1 to 32 characters out of a-z, 0-9 and -")]
    Lane,
    /// Not an [`Epoch`].
    #[error("an epoch is 16 characters out of 0-9 and a-f")]
    Epoch,
    /// Not a [`Cursor`].
    #[error("a cursor is an epoch, a hyphen and a sequence number, as in 0123456789abcdef-42")]
    Cursor,
    /// Not a [`Position`].
    #[error("`after` is a cursor, as in 0123456789abcdef-42, or the word start")]
    Position,
}

/// `true` when `text` has 1 to `longest` characters out of `a-z`, `0-9` and `-`.
fn is_name(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len())
        && text
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// Makes `Display`, serde and parsing of a word go through its one text form.
macro_rules! text_form {
    ($word:ty) => {
        impl Serialize for $word {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $word {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

/// The name of a topic: `[a-z0-9-]{1,64}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicName(String);

impl FromStr for TopicName {
    type Err = WordError;
    fn from_str(text: &str) -> Result<Self, WordError> {
        if is_name(text, 64) {
            Ok(Self(text.to_owned()))
        } else {
            Err(WordError::Topic)
        }
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_form!(TopicName);

/// The name of a lane, by which the server keeps its counters: `[a-z0-9-]{1,32}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LaneName(String);

impl FromStr for LaneName {
    type Err = WordError;
    fn from_str(text: &str) -> Result<Self, WordError> {
        if is_name(text, 32) {
            Ok(Self(text.to_owned()))
        } else {
            Err(WordError::Lane)
        }
    }
}

impl fmt::Display for LaneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_form!(LaneName);

/// One incarnation of a topic's log. A log that starts anew gets a new one, so that a cursor into
/// the old log can never be taken for a place in the new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Epoch(pub u64);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Epoch {
    type Err = WordError;
    fn from_str(text: &str) -> Result<Self, WordError> {
        let hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 16 && text.bytes().all(hex) {
            u64::from_str_radix(text, 16)
                .map(Self)
                .map_err(|_| WordError::Epoch)
        } else {
            Err(WordError::Epoch)
        }
    }
}

text_form!(Epoch);

/// A place in a log: all up to and including `seq` of `epoch` has been seen. The only position
/// there is: SSE's event id, a poll's `after`, a WebSocket's `after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The log that the place is in.
    pub epoch: Epoch,
    /// The last event seen; 0 before the first. At most [`MAX_SEQ`].
    pub seq: u64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.seq)
    }
}

impl FromStr for Cursor {
    type Err = WordError;
    fn from_str(text: &str) -> Result<Self, WordError> {
        let (epoch, seq) = text.split_once('-').ok_or(WordError::Cursor)?;
        let canonical = seq == "0" || !seq.starts_with('0');
        let digits = (1..=16).contains(&seq.len()) && seq.bytes().all(|b| b.is_ascii_digit());
        if !(canonical && digits) {
            return Err(WordError::Cursor);
        }
        Ok(Self {
            epoch: epoch.parse().map_err(|_| WordError::Cursor)?,
            seq: seq.parse().map_err(|_| WordError::Cursor)?,
        })
    }
}

text_form!(Cursor);

/// Where a reader wants to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// With the next event that is published.
    Now,
    /// With the oldest event held, whatever was dropped before it.
    Start,
    /// With the event that follows the cursor.
    After(Cursor),
}

impl FromStr for Position {
    type Err = WordError;
    fn from_str(text: &str) -> Result<Self, WordError> {
        if text == "start" {
            return Ok(Self::Start);
        }
        text.parse()
            .map(Self::After)
            .map_err(|_| WordError::Position)
    }
}

/// One event of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number in the log: contiguous from 1 within an epoch.
    pub seq: u64,
    /// µs since the Unix epoch on the server's clock, never decreasing in a topic. A workload's
    /// event carries the time for which it was scheduled, a published one its time of arrival.
    pub at: u64,
    /// The payload: UTF-8 text of at most [`MAX_DATA`] bytes.
    pub data: String,
}

/// Events that a cursor asks for and the log no longer holds, in numbers of the present epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The present epoch.
    pub epoch: Epoch,
    /// The first event missed.
    pub from: u64,
    /// The last event missed; `from - 1` when a reset lost nothing of the present epoch.
    pub to: u64,
    /// The cursor belonged to another epoch: what that one lost besides cannot be known.
    pub reset: bool,
}

impl Gap {
    /// How many events of the present epoch are gone.
    pub fn missed(&self) -> u64 {
        self.to.saturating_add(1).saturating_sub(self.from)
    }

    /// The place behind the gap, from which reading goes on.
    pub fn next(&self) -> Cursor {
        Cursor {
            epoch: self.epoch,
            seq: self.to,
        }
    }
}

/// What one read of a topic gave: the body of a poll's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The topic's present epoch.
    pub epoch: Epoch,
    /// What follows the cursor, in order.
    pub events: Vec<Event>,
    /// The cursor to ask with next.
    pub next: Cursor,
    /// What the log no longer holds; it comes before the events.
    pub gap: Option<Gap>,
    /// The batch's limit cut it off: there is more to read at once.
    pub more: bool,
}

impl Batch {
    /// Whether there is nothing to tell: what makes an answered request a wasted exchange.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.gap.is_none()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_checked_at_the_door() {
        for good in ["a", "demo", "run-1", &"x".repeat(64)] {
            assert!(good.parse::<TopicName>().is_ok(), "{good}");
        }
        for bad in ["", "Demo", "a_b", "a/b", "ä", " a", &"x".repeat(65)] {
            assert_eq!(bad.parse::<TopicName>(), Err(WordError::Topic), "{bad}");
        }
        assert!("x".repeat(32).parse::<LaneName>().is_ok());
        assert_eq!("x".repeat(33).parse::<LaneName>(), Err(WordError::Lane));
    }

    #[test]
    fn a_cursor_has_one_text_form() {
        let good = "0123456789abcdef-42";
        assert_eq!(
            good.parse::<Cursor>().map(|c| c.to_string()),
            Ok(good.to_owned())
        );
        for bad in [
            "",
            "-",
            "42",
            "0123456789abcdef",
            "0123456789abcdef-",
            "0123456789abcdef-042",
            "0123456789abcdef-+4",
            "0123456789ABCDEF-4",
            "123456789abcdef-4",
            "0123456789abcdef-12345678901234567",
            "0123456789abcdef-4 ",
            "0123456789abcdef--4",
            "+123456789abcdef-4",
        ] {
            assert_eq!(bad.parse::<Cursor>(), Err(WordError::Cursor), "{bad}");
        }
    }

    #[test]
    fn a_gap_counts_what_is_missed() {
        let gap = |from, to| Gap {
            epoch: Epoch(1),
            from,
            to,
            reset: true,
        };
        assert_eq!(gap(1, 0).missed(), 0);
        assert_eq!(gap(5, 9).missed(), 5);
    }

    proptest! {
        #[test]
        fn every_cursor_survives_its_text(epoch: u64, seq in 0..=MAX_SEQ) {
            let cursor = Cursor { epoch: Epoch(epoch), seq };
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = text.parse::<Cursor>();
            let _ = text.parse::<Position>();
            let _ = text.parse::<TopicName>();
        }
    }
}
