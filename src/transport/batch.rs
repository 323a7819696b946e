//! The body that polls answer with, put together from the events' shared JSON.

use std::io::Write;

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::{
    event::Epoch,
    hub::{Entry, Read},
};

/// A batch as an answer.
pub fn answer(epoch: Epoch, read: &Read) -> Response {
    let json = HeaderValue::from_static("application/json");
    (
        [(header::CONTENT_TYPE, json)],
        Body::from(encode(epoch, read)),
    )
        .into_response()
}

/// `{"epoch":…,"events":[…],"next":…,"gap":…,"more":…}`.
pub fn encode(epoch: Epoch, read: &Read) -> Vec<u8> {
    let events: usize = read.events.iter().map(Entry::sse_len).sum();
    let mut body = Vec::with_capacity(events + 192);
    // Writing to a `Vec` cannot fail.
    let _ = write!(body, r#"{{"epoch":"{epoch}","events":["#);
    for (n, event) in read.events.iter().enumerate() {
        if n > 0 {
            body.push(b',');
        }
        let [_, json] = event.frame();
        body.extend_from_slice(json);
    }
    let _ = write!(body, r#"],"next":"{}","gap":"#, read.next);
    let _ = serde_json::to_writer(&mut body, &read.gap);
    let _ = write!(body, r#","more":{}}}"#, read.more);
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::{Batch, Cursor, Gap},
        hub::Entry,
    };

    #[test]
    fn it_says_what_a_batch_says() {
        let epoch = Epoch(3);
        let cursor = |seq| Cursor { epoch, seq };
        let read = Read {
            position: cursor(1),
            gap: Some(Gap {
                epoch,
                from: 2,
                to: 4,
                reset: false,
            }),
            events: smallvec::smallvec![
                Entry::encode(cursor(5), 50, "a\"\n\u{2028}b"),
                Entry::encode(cursor(6), 60, ""),
            ],
            next: cursor(6),
            more: true,
        };
        let batch: Batch = serde_json::from_slice(&encode(epoch, &read)).unwrap();
        assert_eq!(batch, read.to_batch(epoch));
    }
}
