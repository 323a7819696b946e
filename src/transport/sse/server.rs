//! Server-Sent Events on the server: read, write, wait, for ever.

use std::{collections::VecDeque, convert::Infallible};

use axum::{
    body::{Body, Bytes},
    extract::{FromRequestParts, State},
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use futures::stream;

use super::RETRY_MS;
use crate::{
    event::{Cursor, Position},
    hub::{Entry, Read, ReadLimit},
    meter::tally::Passed,
    transport::{
        Transport, error::ApiError, reader::Reader, serving::Serving, subscription::Subscription,
    },
};

/// A comment, which no browser dispatches.
const HEARTBEAT: &[u8] = b":\n\n";

/// `GET /api/topics/{topic}/sse`: one response that never ends.
pub async fn serve(
    State(serving): State<Serving>,
    LastEventId(last): LastEventId,
    mut subscription: Subscription,
) -> Result<Response, ApiError> {
    if let Some(last) = last {
        // A reconnecting EventSource sends its old address, whose `after` lies far behind.
        subscription.position = Position::After(last);
    }
    let (reader, read) = subscription.open(&serving, Transport::Sse, ReadLimit::STREAM)?;
    let position = format!("retry: {RETRY_MS}\n\nid: {}\n\n", read.position);
    if let Some(lane) = reader.lane() {
        lane.fields.add(position.len() as u64);
    }
    let mut source = Source {
        reader,
        serving,
        blocks: VecDeque::from([Bytes::from(position)]),
    };
    source.enqueue(&read);
    let body = stream::unfold(source, async |mut source| {
        let block = source.next().await?;
        Some((Ok::<_, Infallible>(block), source))
    });
    let event_stream = HeaderValue::from_static("text/event-stream");
    Ok((
        [(header::CONTENT_TYPE, event_stream)],
        Body::from_stream(body),
    )
        .into_response())
}

/// A stream's blocks, read from the log no faster than the connection takes them.
struct Source {
    reader: Reader,
    serving: Serving,
    blocks: VecDeque<Bytes>,
}

impl Source {
    /// The next block; `None` when the server goes down.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(block) = self.blocks.pop_front() {
                return Some(block);
            }
            // A backlog that never ends must not keep the stream from ending.
            if self.serving.stop.is_cancelled() {
                return None;
            }
            let read = self.reader.read();
            self.enqueue(&read);
            if !read.is_empty() {
                continue;
            }
            tokio::select! {
                () = self.reader.moved() => {}
                () = tokio::time::sleep(self.serving.heartbeat) => {
                    self.count_heartbeat();
                    return Some(Bytes::from_static(HEARTBEAT));
                }
                () = self.serving.stop.cancelled() => return None,
            }
        }
    }

    fn enqueue(&mut self, read: &Read) {
        let mut fields = 0;
        if let Some(gap) = read.gap {
            let told = serde_json::json!(gap).to_string();
            let block = format!("id: {}\nevent: gap\ndata: {told}\n\n", gap.next());
            fields += block.len() - told.len();
            self.blocks.push_back(Bytes::from(block));
        }
        self.blocks.extend(read.events.iter().map(Entry::sse_block));
        if let Some(lane) = self.reader.lane() {
            fields += read.events.iter().map(Entry::sse_fields).sum::<usize>();
            lane.fields.add(fields as u64);
        }
    }

    fn count_heartbeat(&self) {
        if let Some(lane) = self.reader.lane() {
            let bytes = HEARTBEAT.len() as u64;
            lane.fields.add(bytes);
            lane.tally.add(&Passed {
                heartbeats: 1,
                heartbeat_bytes: bytes,
                ..Passed::default()
            });
        }
    }
}

/// The `Last-Event-ID` header, when there is one and it is not empty.
pub struct LastEventId(Option<Cursor>);

impl FromRequestParts<Serving> for LastEventId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Serving) -> Result<Self, ApiError> {
        match parts.headers.get("last-event-id") {
            None => Ok(Self(None)),
            Some(value) if value.is_empty() => Ok(Self(None)),
            Some(value) => {
                let text = value.to_str().unwrap_or_default();
                Ok(Self(Some(text.parse()?)))
            }
        }
    }
}
