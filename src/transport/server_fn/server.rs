//! The server functions' side of the same sentence: read, write, wait.

use std::{collections::VecDeque, pin::pin, sync::Arc, time::Duration};

use axum::http::request::Parts;
use futures::{StreamExt, stream};
use leptos::{prelude::use_context, server_fn::BoxedStream};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, sleep_until},
};

use super::{FnError, ToBrowser, ToServer};
use crate::{
    event::{Batch, Cursor, LaneName, Position, TopicName},
    hub::{Read, ReadLimit},
    meter::{account::Account, lane::Lane},
    transport::{
        Transport, error::ApiError, long_polling, reader::Reader, serving::Serving,
        subscription::parse_wait,
    },
};

/// How long a socket may take to open a topic: its place is one of few.
const OPEN_IN: Duration = Duration::from_secs(10);

impl From<ApiError> for FnError {
    fn from(error: ApiError) -> Self {
        Self::new(error.code(), &error.to_string())
    }
}

fn serving() -> Result<Serving, FnError> {
    use_context().ok_or_else(|| FnError::new("no_hub", "this server delivers no events"))
}

fn open(
    serving: &Serving,
    transport: Transport,
    topic: &str,
    after: Option<&str>,
) -> Result<(Reader, Read), ApiError> {
    let position = after.map_or(Ok(Position::Now), str::parse)?;
    let lane =
        use_context::<Parts>().and_then(|parts| parts.extensions.get::<Arc<Lane>>().cloned());
    let payer = (transport, lane);
    Reader::open(serving, &topic.parse()?, position, payer, ReadLimit::ANSWER)
}

/// Read once, answer.
pub(super) fn poll(topic: &str, after: Option<&str>) -> Result<Batch, FnError> {
    let (reader, read) = open(&serving()?, Transport::ServerFnPolling, topic, after)?;
    if read.is_empty() {
        reader.count_wasted();
    }
    Ok(read.to_batch(reader.epoch()))
}

/// Read; when empty, wait for the head or the deadline.
pub(super) async fn long_poll(
    topic: &str,
    after: Option<&str>,
    wait: u32,
) -> Result<Batch, FnError> {
    let serving = serving()?;
    let wait = parse_wait(&wait.to_string())?;
    let transport = Transport::ServerFnLongPolling;
    let (mut reader, read) = open(&serving, transport, topic, after)?;
    let read = if read.is_empty() {
        let stop = pin!(serving.stop.cancelled());
        long_polling::server::hold(stop, &mut reader, wait).await
    } else {
        read
    };
    Ok(read.to_batch(reader.epoch()))
}

/// Read, write, wait, for ever.
pub(super) fn socket(
    input: BoxedStream<ToServer, FnError>,
) -> Result<BoxedStream<ToBrowser, FnError>, FnError> {
    let serving = serving()?;
    let place = Arc::clone(&serving.fn_sockets)
        .try_acquire_owned()
        .map_err(|_| ApiError::TooManySockets)?;
    let talk = Talk {
        serving,
        account: use_context::<Parts>().and_then(|parts| parts.extensions.get().cloned()),
        open_until: Instant::now() + OPEN_IN,
        _place: place,
        input,
        reader: None,
        out: VecDeque::new(),
        over: false,
    };
    let output = stream::unfold(talk, async |mut talk| {
        let message = talk.next().await?;
        Some((Ok(message), talk))
    });
    Ok(output.boxed().into())
}

/// One socket's conversation.
struct Talk {
    serving: Serving,
    /// The connection's, for the lane that its first message names.
    account: Option<Arc<Account>>,
    _place: OwnedSemaphorePermit,
    input: BoxedStream<ToServer, FnError>,
    reader: Option<Reader>,
    open_until: Instant,
    out: VecDeque<ToBrowser>,
    over: bool,
}

impl Talk {
    async fn next(&mut self) -> Option<ToBrowser> {
        loop {
            if let Some(message) = self.out.pop_front() {
                return Some(message);
            }
            // A backlog that never ends must not keep the socket from ending.
            if self.over || self.serving.stop.is_cancelled() {
                return None;
            }
            if let Some(reader) = &mut self.reader {
                let read = reader.read();
                self.enqueue(&read);
                if !read.is_empty() {
                    continue;
                }
            }
            let open_until = self.open_until;
            let moved = async {
                match &mut self.reader {
                    Some(reader) => {
                        reader.moved().await;
                        true
                    }
                    None => {
                        sleep_until(open_until).await;
                        false
                    }
                }
            };
            tokio::select! {
                opened = moved => if !opened {
                    return None;
                },
                said = self.input.next() => match said {
                    Some(Ok(said)) => {
                        if let Err(error) = self.hear(said) {
                            self.refuse(&error);
                        }
                    }
                    Some(Err(_)) | None => return None,
                },
                () = self.serving.stop.cancelled() => return None,
            }
        }
    }

    fn hear(&mut self, said: ToServer) -> Result<(), ApiError> {
        match (said, &self.reader) {
            (ToServer::Open { topic, after, lane }, None) => {
                self.open(&topic, after, lane.as_ref())
            }
            (ToServer::Publish { data }, Some(_)) if data.len() > crate::event::MAX_DATA => {
                Err(ApiError::TooLarge)
            }
            (ToServer::Publish { data }, Some(reader)) => {
                if let Some(lane) = reader.lane() {
                    lane.payload.add(data.len() as u64);
                }
                let at = self.serving.hub.clock().now_us();
                self.serving.hub.publish_to(reader.topic(), at, &data);
                Ok(())
            }
            (ToServer::Open { .. }, Some(_)) | (ToServer::Publish { .. }, None) => {
                Err(ApiError::Query)
            }
        }
    }

    fn open(
        &mut self,
        topic: &TopicName,
        after: Option<Cursor>,
        lane: Option<&LaneName>,
    ) -> Result<(), ApiError> {
        let position = after.map_or(Position::Now, Position::After);
        let lane = lane.and_then(|name| self.serving.lanes.enter(name));
        if let Some(lane) = &lane {
            // The framework makes the socket's tasks.
            lane.is_shared();
            if let Some(account) = &self.account {
                account.name(lane);
            }
        }
        let payer = (Transport::ServerFnWebSocket, lane);
        let opened = Reader::open(&self.serving, topic, position, payer, ReadLimit::STREAM);
        // Without a topic there is nothing to talk about.
        self.over = opened.is_err();
        let (reader, read) = opened?;
        let cursor = match read.position {
            same if same.epoch == reader.epoch() => same,
            _ => Cursor {
                epoch: reader.epoch(),
                seq: 0,
            },
        };
        self.out.push_back(ToBrowser::Position { cursor });
        self.enqueue(&read);
        self.reader = Some(reader);
        Ok(())
    }

    fn enqueue(&mut self, read: &Read) {
        if let Some(gap) = read.gap {
            self.out.push_back(ToBrowser::Gap {
                gap,
                next: gap.next(),
            });
        }
        let events = read
            .events
            .iter()
            .map(|entry| ToBrowser::Event(entry.event()));
        self.out.extend(events);
    }

    fn refuse(&mut self, error: &ApiError) {
        self.out.push_back(ToBrowser::Refused {
            code: error.code().to_owned(),
            message: error.to_string(),
        });
    }
}
