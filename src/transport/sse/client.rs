//! Server-Sent Events in the browser: its own `EventSource`.
//!
//! # Use
//! [`open`]. When the stream breaks off, the browser connects again by itself with
//! `Last-Event-ID`; where it gives up, as after an answer other than 200, a new `EventSource` is
//! made from the last cursor, and after two failed attempts a poll asks the server for the reason.
//! An `EventSource` is not told its position, only the ids of events; where no cursor is given, a
//! poll asks for the position first, so that nothing is lost when the stream breaks off before its
//! first event.
//!
//! # Clean-up
//! Dropping the [`Client`] takes away the listeners and closes the `EventSource`.
//!
//! # On the server
//! Nothing.

use wasm_bindgen::JsCast as _;
use web_sys::{EventSource, MessageEvent};

use super::RETRY_MS;
use crate::{
    event::{Cursor, Gap},
    transport::{
        Pace, Target,
        address::address,
        client::{
            Client, Sink,
            line::Line,
            streaming::{self, Wire, Word, Words},
        },
        retry::reason,
    },
};

/// Opens a client that listens to the topic's event stream. Its pace is the server's.
pub fn open(target: Target, _pace: Pace, sink: Sink) -> Client {
    let wire = Wire {
        connect,
        // The browser queues a stream for which it has no connection left; asking anew would only
        // put it at the queue's end.
        patience_ms: f64::INFINITY,
        tells_no_position: true,
    };
    streaming::open(target, sink, wire)
}

fn connect(line: &Line) -> Words {
    let address = address("sse", line.target(), line.cursor(), None);
    let Ok(source) = EventSource::new(&address) else {
        return streaming::blocked();
    };
    let seen = source.clone();
    streaming::words(
        source.clone().into(),
        &["open", "message", "gap", "error"],
        Box::new(move |event| match event.type_().as_str() {
            "open" => Some(Word::Open(None)),
            "error" if seen.ready_state() == EventSource::CONNECTING => {
                Some(Word::Reconnecting(f64::from(RETRY_MS)))
            }
            "error" => Some(Word::Ended(reason::NETWORK.to_owned())),
            kind => Some(
                event
                    .dyn_ref()
                    .and_then(|message| read(message, kind == "gap"))
                    .unwrap_or_else(|| Word::Ended(reason::BAD_ANSWER.to_owned())),
            ),
        }),
        Box::new(move || source.close()),
    )
}

/// Reads a block's `data:` and `id:`; `None` where they are not what the contract says.
fn read(message: &MessageEvent, is_gap: bool) -> Option<Word> {
    let data = message.data().as_string()?;
    let next: Cursor = message.last_event_id().parse().ok()?;
    if is_gap {
        let gap: Gap = serde_json::from_slice(data.as_bytes()).ok()?;
        Some(Word::Gap(gap, next))
    } else {
        Some(Word::Event(
            serde_json::from_slice(data.as_bytes()).ok()?,
            next,
        ))
    }
}
