//! Server-Sent Events on the server: read, write, wait, for ever.

use std::{collections::VecDeque, convert::Infallible, fmt::Write as _, iter, pin::pin};

use axum::{
    body::{Body, Bytes},
    extract::{FromRequestParts, State},
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use futures::stream;
use tokio::time::{Instant, sleep};

use super::RETRY_MS;
use crate::{
    event::{Cursor, Position},
    hub::{Entry, Read, ReadLimit},
    meter::{
        account::{Account, Content, Payer},
        tally::Passed,
    },
    transport::{
        Transport,
        error::ApiError,
        reader::Reader,
        serving::Serving,
        standing::{Carrier, Ear, Standing, write_all},
        subscription::Subscription,
    },
};

/// A comment, which no browser dispatches.
const HEARTBEAT: &str = ":\n\n";

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
    let (reader, first) = subscription.open(&serving, Transport::Sse, ReadLimit::STREAM)?;
    let stream = EventStream {
        reader,
        serving,
        first,
    };
    let event_stream = HeaderValue::from_static("text/event-stream");
    let head = [(header::CONTENT_TYPE, event_stream)].into_response();
    Ok(Standing::EventStream(stream).mark(head))
}

/// A stream of blocks, read from the log no faster than the connection takes them.
pub struct EventStream {
    reader: Reader,
    serving: Serving,
    first: Read,
}

impl EventStream {
    /// Writes the answer's head and then the blocks, each a chunk, to a connection of our own. Says
    /// whether the stream's end is still to be told, because it is the server that goes down.
    pub async fn on_wire<C: Carrier>(
        self,
        head: Vec<u8>,
        carrier: &mut C,
        account: &Account,
    ) -> std::io::Result<bool> {
        let Self {
            mut reader,
            serving,
            first,
        } = self;
        let mut payer = Payer::default();
        let (mut ear, mut before) = (Ear::default(), head);
        let opening = opening(&reader, &first);
        chunk(&mut before, &opening);
        account.carried(&mut payer, Content::Out(opening.len() as u64));
        let mut read = first;
        let mut silence = pin!(sleep(serving.heartbeat));
        let mut stop = pin!(serving.stop.cancelled());
        loop {
            count_fields(&reader, &read);
            let mut content: usize = read.events.iter().map(Entry::sse_len).sum();
            if let Some(told) = gap(&reader, &read) {
                content += told.len();
                chunk(&mut before, &told);
            }
            account.carried(&mut payer, Content::Out(content as u64));
            let events = read.events.iter().map(Entry::sse_chunk);
            write_all(carrier, iter::once(&before[..]).chain(events)).await?;
            // Its memory goes as well: it will hardly be needed again.
            before = Vec::new();
            let mut wrote = Instant::now();
            // A backlog that never ends must not keep the stream from ending.
            if serving.stop.is_cancelled() {
                return Ok(true);
            }
            read = loop {
                tokio::select! {
                    biased;
                    () = reader.moved() => {
                        let read = reader.read();
                        if !read.is_empty() {
                            break read;
                        }
                    }
                    ended = ear.end(carrier) => return ended.map(|()| false),
                    () = silence.as_mut() => {
                        let due = wrote + serving.heartbeat;
                        if due <= Instant::now() {
                            count_heartbeat(&reader);
                            account.carried(&mut payer, Content::Out(HEARTBEAT.len() as u64));
                            let mut beat = Vec::new();
                            chunk(&mut beat, HEARTBEAT);
                            write_all(carrier, iter::once(&beat[..])).await?;
                            wrote = Instant::now();
                        }
                        silence.as_mut().reset(wrote + serving.heartbeat);
                    }
                    () = stop.as_mut() => return Ok(true),
                }
            };
        }
    }

    /// The same as a body for hyper.
    pub fn into_body(self) -> Body {
        let opening = Bytes::from(opening(&self.reader, &self.first));
        let mut source = Source {
            reader: self.reader,
            serving: self.serving,
            blocks: VecDeque::from([opening]),
        };
        source.enqueue(&self.first);
        Body::from_stream(stream::unfold(source, async |mut source| {
            let block = source.next().await?;
            Some((Ok::<_, Infallible>(block), source))
        }))
    }
}

/// What hyper takes block by block.
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
                () = sleep(self.serving.heartbeat) => {
                    count_heartbeat(&self.reader);
                    return Some(Bytes::from_static(HEARTBEAT.as_bytes()));
                }
                () = self.serving.stop.cancelled() => return None,
            }
        }
    }

    fn enqueue(&mut self, read: &Read) {
        count_fields(&self.reader, read);
        let gap = gap(&self.reader, read);
        self.blocks.extend(gap.map(Bytes::from));
        self.blocks.extend(read.events.iter().map(Entry::sse_block));
    }
}

/// How the stream begins: when to come back, and where it is.
fn opening(reader: &Reader, first: &Read) -> String {
    let opening = format!("retry: {RETRY_MS}\n\nid: {}\n\n", first.position);
    if let Some(lane) = reader.lane() {
        lane.fields.add(opening.len() as u64);
    }
    opening
}

/// The block that tells a gap.
fn gap(reader: &Reader, read: &Read) -> Option<String> {
    let gap = read.gap?;
    let told = serde_json::json!(gap).to_string();
    let block = format!("id: {}\nevent: gap\ndata: {told}\n\n", gap.next());
    if let Some(lane) = reader.lane() {
        lane.fields.add((block.len() - told.len()) as u64);
    }
    Some(block)
}

fn chunk(to: &mut Vec<u8>, content: &str) {
    let mut text = String::with_capacity(content.len() + 12);
    // Writing to a string does not fail.
    let _ = write!(text, "{:x}\r\n{content}\r\n", content.len());
    to.extend_from_slice(text.as_bytes());
}

fn count_fields(reader: &Reader, read: &Read) {
    if let Some(lane) = reader.lane() {
        let fields = read.events.iter().map(Entry::sse_fields).sum::<usize>();
        lane.fields.add(fields as u64);
    }
}

fn count_heartbeat(reader: &Reader) {
    if let Some(lane) = reader.lane() {
        let bytes = HEARTBEAT.len() as u64;
        lane.fields.add(bytes);
        lane.tally.add(&Passed {
            heartbeats: 1,
            heartbeat_bytes: bytes,
            ..Passed::default()
        });
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
