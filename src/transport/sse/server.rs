//! Server-Sent Events on the server: read, write, wait, for ever.

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::poll_fn,
    io::{self, Write as _},
    iter,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

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
    hub::{Entries, Entry, Fresh, Read, ReadLimit},
    meter::{
        account::{Account, Content, Payer},
        cpu::Stopwatch,
        tally::Passed,
    },
    transport::{
        Transport,
        error::ApiError,
        reader::Reader,
        serving::Serving,
        standing::{Carrier, Ear, Rest, Signal, Silence, Standing, Writer, poll_write, write_all},
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
    /// Whose events it gives.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Writes the answer's head and then the blocks, each a chunk, to a connection of our own. Gives
    /// it back if the stream's end is still to be told, because it is the server that goes down.
    pub fn on_wire<C: Carrier + 'static>(
        self: Box<Self>,
        head: Vec<u8>,
        carrier: C,
        account: &Arc<Account>,
        stop: &mut Signal<'_, '_>,
    ) -> impl Future<Output = io::Result<Option<C>>> + Send {
        let heartbeat = self.serving.heartbeat;
        let rest = Rest::new(&self.reader, Stopwatch::standing(Arc::clone(account)));
        // It is moved to and fro, so it is a pointer.
        let out = Box::new(Out {
            reader: self.reader,
            carrier,
            ear: Ear::default(),
            account: (!account.is_free()).then(|| Arc::clone(account)),
            payer: Payer::default(),
            wrote: Instant::now(),
            begun: None,
        });
        let first = self.first.map(|read| Box::new((head, read)));
        out.on_wire(first, rest, heartbeat, stop)
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

/// What a stream at rest can see.
enum Seen {
    /// The client's.
    End(io::Result<()>),
    /// It has lasted long enough for a heartbeat.
    Silence,
    /// The server goes down.
    Stop,
}

/// A connection of our own, on which a stream is written.
struct Out<C> {
    reader: Reader,
    carrier: C,
    ear: Ear,
    /// There is none where nobody pays.
    account: Option<Arc<Account>>,
    payer: Payer,
    /// When something was last written.
    wrote: Instant,
    /// Events that have been begun to be written, and how many bytes of them have gone.
    begun: Option<Box<(Entries, usize)>>,
}

impl<C: Carrier + 'static> Out<C> {
    async fn on_wire(
        mut self: Box<Self>,
        first: Option<Box<(Vec<u8>, Read)>>,
        rest: Rest<Box<Self>>,
        heartbeat: Duration,
        stop: &mut Signal<'_, '_>,
    ) -> io::Result<Option<C>> {
        // What is done seldom takes no room in the task's memory.
        if let Some(first) = first {
            Box::pin(self.begin(first)).await?;
        }
        let mut silence = Silence::new(heartbeat);
        // A backlog that never ends must not keep the stream from ending.
        while !stop.is_given() {
            let seen;
            (self, seen) = rest
                .until(self, |its, context| {
                    if let Poll::Ready(ended) = its.ear.poll_end(&mut its.carrier, context) {
                        return Poll::Ready(Seen::End(ended));
                    }
                    silence.begun(its.wrote);
                    // Who has something to be told needs no sign of life.
                    if !its.reader.is_behind() && silence.poll_lasted(context).is_ready() {
                        return Poll::Ready(Seen::Silence);
                    }
                    Pin::new(&mut *stop).poll(context).map(|()| Seen::Stop)
                })
                .await;
            if let Some(Seen::End(ended)) = seen {
                return ended.map(|()| None);
            }
            Box::pin(self.go_on(seen)).await?;
        }
        Ok(Some(self.carrier))
    }

    /// Writes the answer's head, the first block and what had been read for the beginning.
    async fn begin(&mut self, first: Box<(Vec<u8>, Read)>) -> io::Result<()> {
        let (head, read) = *first;
        let opening = opening(&self.reader, &read);
        self.send(head, Some(opening), &read).await
    }

    /// Writes what a read gave, each block a chunk; before it the bytes given, and a first block.
    async fn send(
        &mut self,
        mut before: Vec<u8>,
        opening: Option<String>,
        read: &Read,
    ) -> io::Result<()> {
        let mut content = 0;
        for block in opening.into_iter().chain(gap(&self.reader, read)) {
            content += block.len();
            chunk(&mut before, &block);
        }
        self.count(&read.events, content);
        let events = read.events.iter().map(Entry::sse_chunk);
        write_all(&mut self.carrier, iter::once(&before[..]).chain(events)).await?;
        self.wrote = Instant::now();
        Ok(())
    }

    /// Does what has ended its rest.
    async fn go_on(&mut self, seen: Option<Seen>) -> io::Result<()> {
        self.finish().await?;
        match seen {
            Some(Seen::Silence) => {
                count_heartbeat(&self.reader);
                self.beat().await
            }
            Some(Seen::End(_) | Seen::Stop) => Ok(()),
            None => {
                let read = self.reader.read();
                if read.is_empty() {
                    return Ok(());
                }
                self.send(Vec::new(), None, &read).await
            }
        }
    }

    /// Writes the rest of what has been begun.
    async fn finish(&mut self) -> io::Result<()> {
        let Some(begun) = self.begun.take() else {
            return Ok(());
        };
        let (events, mut gone) = *begun;
        let chunks = events.iter().map(Entry::sse_chunk);
        let carrier = &mut self.carrier;
        poll_fn(|context| poll_write(carrier, context, chunks.clone(), &mut gone)).await?;
        self.wrote = Instant::now();
        Ok(())
    }

    async fn beat(&mut self) -> io::Result<()> {
        self.count(&[], HEARTBEAT.len());
        let mut beat = Vec::new();
        chunk(&mut beat, HEARTBEAT);
        write_all(&mut self.carrier, iter::once(&beat[..])).await?;
        self.wrote = Instant::now();
        Ok(())
    }

    /// Counts what is to be written: events, and so many bytes of other blocks.
    fn count(&mut self, events: &[Entry], other: usize) {
        count_fields(&self.reader, events);
        if let Some(account) = &self.account {
            let blocks: usize = events.iter().map(Entry::sse_len).sum();
            let content = Content::Out((other + blocks) as u64);
            account.carried(&mut self.payer, content);
        }
    }
}

impl<C: Carrier + 'static> Writer for Out<C> {
    fn reader(&self) -> Option<&Reader> {
        Some(&self.reader)
    }

    fn write(&mut self, fresh: &Fresh, context: &mut Context<'_>) -> bool {
        let Some(events) = fresh.past(self.reader.cursor().seq) else {
            return false;
        };
        self.reader.was_given(events, fresh.next());
        self.count(events, 0);
        self.wrote = fresh.at();
        let mut gone = 0;
        let chunks = events.iter().map(Entry::sse_chunk);
        let written = poll_write(&mut self.carrier, context, chunks, &mut gone);
        if matches!(written, Poll::Ready(Ok(()))) {
            return true;
        }
        // An error comes again where somebody can end the stream for it.
        self.begun = Some(Box::new((events.iter().cloned().collect(), gone)));
        false
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
        count_fields(&self.reader, &read.events);
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

fn count_fields(reader: &Reader, events: &[Entry]) {
    if let Some(lane) = reader.lane() {
        let fields = events.iter().map(Entry::sse_fields).sum::<usize>();
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
