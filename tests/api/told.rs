//! What a topic tells, read out of each transport's own form.

use std::collections::VecDeque;

use pushpull::{
    event::{Batch, Cursor, Epoch, Event, Gap},
    transport::server_fn::ToBrowser,
};
use serde_json::Value;

use crate::{
    app::{Refusal, refusal},
    sse::Block,
};

/// What a topic tells its readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    Event(Event),
    Gap(Gap),
}

/// With the position behind it.
type Placed = (Told, Cursor);

fn placed(event: Event, epoch: Epoch) -> Placed {
    let seq = event.seq;
    (Told::Event(event), Cursor { epoch, seq })
}

/// A poll's answer: the gap comes before the events.
pub fn in_batch(batch: Batch) -> VecDeque<Placed> {
    let gap = batch.gap.map(|gap| (Told::Gap(gap), gap.next()));
    let events = batch
        .events
        .into_iter()
        .map(|event| placed(event, batch.epoch));
    gap.into_iter().chain(events).collect()
}

/// An event stream's block; a heartbeat tells nothing.
pub fn in_block(block: &Block) -> Option<Placed> {
    block.id.as_ref()?;
    let told = match block.event {
        Some(_) => Told::Gap(block.to_gap()),
        None => Told::Event(block.to_event()),
    };
    Some((told, block.cursor()))
}

/// A WebSocket's first frame.
pub fn position_in_frame(frame: &[u8]) -> Cursor {
    let frame: Value = serde_json::from_slice(frame).unwrap();
    frame["cursor"]
        .as_str()
        .expect("a position")
        .parse()
        .unwrap()
}

/// A WebSocket's later frames, whose epoch is the first one's.
pub fn in_frame(frame: &[u8], epoch: Epoch) -> Placed {
    let mut told: Value = serde_json::from_slice(frame).unwrap();
    match told["gap"].take() {
        Value::Null => placed(serde_json::from_value(told).unwrap(), epoch),
        gap => {
            let next = serde_json::from_value(told["next"].take()).unwrap();
            (Told::Gap(serde_json::from_value(gap).unwrap()), next)
        }
    }
}

/// The first message of the server function's socket.
pub fn position_in_message(message: &[u8]) -> Result<Cursor, Refusal> {
    match serde_json::from_slice(message).unwrap() {
        ToBrowser::Position { cursor } => Ok(cursor),
        ToBrowser::Refused { code, .. } => Err(refusal(101, &code)),
        other => panic!("{other:?} before the position"),
    }
}

/// A later message of the server function's socket.
pub fn in_message(message: &[u8], epoch: Epoch) -> Placed {
    match serde_json::from_slice(message).unwrap() {
        ToBrowser::Event(event) => placed(event, epoch),
        ToBrowser::Gap { gap, next } => (Told::Gap(gap), next),
        other => panic!("{other:?} in the middle"),
    }
}
