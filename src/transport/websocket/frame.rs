//! What a text frame from the server says: the little that both ends of the socket agree on.

use serde::Deserialize;

use crate::event::{Cursor, Epoch, Event, Gap};

/// One text frame from the server.
#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    /// The first frame: where reading begins; its epoch holds for the whole connection.
    Position(Cursor),
    /// One event, and the cursor that follows it.
    Event {
        /// The event.
        event: Event,
        /// The cursor that follows it.
        next: Cursor,
    },
    /// Events that the log no longer holds, and the cursor that follows them.
    Gap {
        /// What is gone.
        gap: Gap,
        /// The cursor that follows it.
        next: Cursor,
    },
    /// A text that this end wanted to publish was refused; the socket stays.
    Refused,
}

/// All keys that a frame may have. One flat form instead of an untagged enum: half the code in
/// the WebAssembly, and no second attempt at parsing for every event.
#[derive(Deserialize)]
struct Keys {
    cursor: Option<Cursor>,
    seq: Option<u64>,
    at: Option<u64>,
    data: Option<String>,
    gap: Option<Gap>,
    next: Option<Cursor>,
    error: Option<serde::de::IgnoredAny>,
}

/// Reads a frame; `epoch` is the connection's, once its position is known. `None` where the text
/// is not a frame of the contract.
pub fn read(text: &str, epoch: Option<Epoch>) -> Option<Frame> {
    match serde_json::from_slice(text.as_bytes()).ok()? {
        Keys {
            seq: Some(seq),
            at: Some(at),
            data: Some(data),
            ..
        } => Some(Frame::Event {
            event: Event { seq, at, data },
            next: Cursor { epoch: epoch?, seq },
        }),
        Keys {
            gap: Some(gap),
            next: Some(next),
            ..
        } => Some(Frame::Gap { gap, next }),
        Keys {
            cursor: Some(cursor),
            ..
        } => Some(Frame::Position(cursor)),
        Keys { error: Some(_), .. } => Some(Frame::Refused),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EPOCH: Epoch = Epoch(0xab);

    #[test]
    fn every_frame_of_the_contract_is_read() {
        let cursor = |seq| Cursor { epoch: EPOCH, seq };
        let gap = Gap {
            epoch: EPOCH,
            from: 1,
            to: 4,
            reset: true,
        };
        let event = Event {
            seq: 5,
            at: 9,
            data: "x".to_owned(),
        };
        for (text, frame) in [
            (
                r#"{"cursor":"00000000000000ab-3"}"#,
                Frame::Position(cursor(3)),
            ),
            (
                r#"{"seq":5,"at":9,"data":"x"}"#,
                Frame::Event {
                    event,
                    next: cursor(5),
                },
            ),
            (
                r#"{"gap":{"epoch":"00000000000000ab","from":1,"to":4,"reset":true},"next":"00000000000000ab-4"}"#,
                Frame::Gap {
                    gap,
                    next: cursor(4),
                },
            ),
            (
                r#"{"error":{"code":"too_large","message":"…"}}"#,
                Frame::Refused,
            ),
        ] {
            assert_eq!(read(text, Some(EPOCH)), Some(frame), "{text}");
        }
    }

    #[test]
    fn an_event_before_the_position_is_no_frame() {
        assert_eq!(read(r#"{"seq":5,"at":9,"data":"x"}"#, None), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let _ = read(&text, Some(EPOCH));
        }
    }
}
