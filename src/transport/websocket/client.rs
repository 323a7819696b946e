//! WebSocket in the browser: its own `WebSocket`, connected again by the client.
//!
//! # Use
//! [`open`]. The first frame tells the position and with it
//! [`Signal::Open`](crate::transport::Signal::Open). A socket that has ended is followed by
//! another one from the last cursor, after a pause that grows; so is one that has not opened
//! within 10 s. After two failed handshakes a poll asks the server for the reason, since the
//! browser hides it.
//!
//! # Clean-up
//! Dropping the [`Client`] takes away the listeners and closes the socket with 1000.
//!
//! # On the server
//! Nothing.

use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{CloseEvent, MessageEvent, WebSocket, window};

use super::frame::{self, Frame};
use crate::transport::{
    Pace, Target,
    address::address,
    client::{
        Client, Sink,
        line::Line,
        streaming::{self, Wire, Word, Words},
    },
    retry::reason,
};

/// How long a socket may take to open, in ms.
pub(crate) const PATIENCE_MS: f64 = 10_000.0;

/// Opens a client that listens on a socket. Its pace is the server's.
pub fn open(target: Target, _pace: Pace, sink: Sink) -> Client {
    let wire = Wire {
        connect,
        patience_ms: PATIENCE_MS,
        tells_no_position: false,
    };
    streaming::open(target, sink, wire)
}

fn connect(line: &Line) -> Words {
    let address = address("ws", line.target(), line.cursor(), None);
    let socket = origin().and_then(|origin| WebSocket::new(&(origin + &address)).ok());
    let Some(socket) = socket else {
        return streaming::blocked();
    };
    let mut epoch = None;
    streaming::words(
        socket.clone().into(),
        // No `error`: it says nothing, and `close` always follows it.
        &["message", "close"],
        Box::new(move |event| {
            let Some(message) = event.dyn_ref::<MessageEvent>() else {
                let close = event.dyn_ref().map(CloseEvent::code);
                return Some(Word::Ended(close.unwrap_or_default().to_string()));
            };
            let text = message.data().as_string();
            match text.and_then(|text| frame::read(&text, epoch)) {
                Some(Frame::Position(cursor)) => {
                    epoch = Some(cursor.epoch);
                    Some(Word::Open(Some(cursor)))
                }
                Some(Frame::Event { event, next }) => Some(Word::Event(event, next)),
                Some(Frame::Gap { gap, next }) => Some(Word::Gap(gap, next)),
                // Answers to publishing, which this client does not do.
                Some(Frame::Refused) => None,
                None => Some(Word::Ended(reason::BAD_ANSWER.to_owned())),
            }
        }),
        Box::new(move || close(&socket)),
    )
}

/// Closes a socket. One that is still connecting is let open first: a handshake that is given up
/// makes the browser write a warning to the console, as if something were wrong.
pub(crate) fn close(socket: &WebSocket) {
    let shut = |socket: &WebSocket| {
        // It fails for codes that may not be given; 1000, the normal end, may.
        let _ = socket.close_with_code(1_000);
    };
    if socket.ready_state() == WebSocket::CONNECTING {
        let own = socket.clone();
        let opened = Closure::once_into_js(move || shut(&own));
        socket.set_onopen(Some(opened.unchecked_ref()));
    } else {
        shut(socket);
    }
}

/// The page's origin with the scheme of WebSocket: not every browser takes a relative address.
fn origin() -> Option<String> {
    let location = window()?.location();
    let scheme = match location.protocol().ok()?.as_str() {
        "https:" => "wss:",
        _ => "ws:",
    };
    Some(format!("{scheme}//{}", location.host().ok()?))
}
