//! Server-Sent Events on the server: read, write, wait, for ever.

use std::{
    collections::VecDeque,
    convert::Infallible,
    io::{self, Write as _},
    iter,
};

use axum::{
    body::{Body, Bytes},
    extract::{FromRequestParts, State},
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use futures::stream;
use tokio::time::sleep;

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
        standing::{Carrier, Ear, Signal, Silence, Standing, write_all},
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
    let stream = Box::new(EventStream {
        reader,
        serving,
        first: Some(first),
    });
    let event_stream = HeaderValue::from_static("text/event-stream");
    let head = [(header::CONTENT_TYPE, event_stream)].into_response();
    Ok(Standing::EventStream(stream).mark(head))
}

/// A stream of blocks, read from the log no faster than the connection takes them.
pub struct EventStream {
    reader: Reader,
    serving: Serving,
    /// What was read when it was opened, until that has been written.
    first: Option<Read>,
}

impl EventStream {
    /// Writes the answer's head and then the blocks, each a chunk, to a connection of our own. Says
    /// whether the stream's end is still to be told, because it is the server that goes down.
    pub async fn on_wire<C: Carrier>(
        mut self: Box<Self>,
        head: Vec<u8>,
        carrier: &mut C,
        account: &Account,
        stop: &mut Signal<'_, '_>,
    ) -> io::Result<bool> {
        let mut out = Out {
            carrier,
            account: (!account.is_free()).then_some(account),
            payer: Payer::default(),
        };
        let mut ear = Ear::default();
        if let Some(first) = self.first.take() {
            let opening = opening(&self.reader, &first);
            out.write(&self.reader, head, Some(opening), &first).await?;
        }
        let mut silence = Silence::new(self.serving.heartbeat);
        // A backlog that never ends must not keep the stream from ending.
        while !stop.is_given() {
            tokio::select! {
                biased;
                () = self.reader.moved() => {
                    let read = self.reader.read();
                    if !read.is_empty() {
                        out.write(&self.reader, Vec::new(), None, &read).await?;
                        silence.begin();
                    }
                }
                ended = ear.end(out.carrier) => return ended.map(|()| false),
                () = silence.lasted() => {
                    count_heartbeat(&self.reader);
                    out.beat().await?;
                    silence.begin();
                }
                () = &mut *stop => {}
            }
        }
        Ok(true)
    }

    /// The same as a body for hyper.
    pub fn into_body(self: Box<Self>) -> Body {
        let mut source = Source {
            reader: self.reader,
            serving: self.serving,
            blocks: VecDeque::new(),
        };
        if let Some(first) = self.first {
            source
                .blocks
                .push_back(opening(&source.reader, &first).into());
            source.enqueue(&first);
        }
        Body::from_stream(stream::unfold(source, async |mut source| {
            let block = source.next().await?;
            Some((Ok::<_, Infallible>(block), source))
        }))
    }
}

/// A connection of our own, on which a stream is written.
struct Out<'a, C> {
    carrier: &'a mut C,
    /// There is none where nobody pays.
    account: Option<&'a Account>,
    payer: Payer,
}

impl<C: Carrier> Out<'_, C> {
    /// Writes what a read gave, each block a chunk; before it the bytes given, and a first block.
    async fn write(
        &mut self,
        reader: &Reader,
        mut before: Vec<u8>,
        opening: Option<String>,
        read: &Read,
    ) -> io::Result<()> {
        count_fields(reader, read);
        let mut content = 0;
        for block in opening.into_iter().chain(gap(reader, read)) {
            content += block.len();
            chunk(&mut before, &block);
        }
        if let Some(account) = self.account {
            content += read.events.iter().map(Entry::sse_len).sum::<usize>();
            account.carried(&mut self.payer, Content::Out(content as u64));
        }
        let events = read.events.iter().map(Entry::sse_chunk);
        write_all(self.carrier, iter::once(&before[..]).chain(events)).await
    }

    async fn beat(&mut self) -> io::Result<()> {
        if let Some(account) = self.account {
            let content = Content::Out(HEARTBEAT.len() as u64);
            account.carried(&mut self.payer, content);
        }
        let mut beat = Vec::new();
        chunk(&mut beat, HEARTBEAT);
        write_all(self.carrier, iter::once(&beat[..])).await
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
    // Writing to a `Vec` cannot fail.
    let _ = write!(to, "{:x}\r\n{content}\r\n", content.len());
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
