//! Long polling on the server: read; when empty, wait for the head or the deadline.

use std::{
    future::poll_fn,
    io,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, Method, header},
    response::{IntoResponse, Response},
};

use crate::{
    hub::{Encoded, Fresh, Read, ReadLimit},
    meter::cpu::Stopwatch,
    transport::{
        Transport, batch,
        error::ApiError,
        reader::Reader,
        serving::Serving,
        standing::{Carrier, Ear, Rest, Signal, Standing, Writer},
        subscription::Subscription,
    },
};

/// `GET /api/topics/{topic}/long-poll`: what follows the cursor, as soon as there is any.
pub async fn serve(
    State(serving): State<Serving>,
    subscription: Subscription,
) -> Result<Response, ApiError> {
    let wait = subscription.wait;
    let (reader, first) = subscription.open(&serving, Transport::LongPolling, ReadLimit::ANSWER)?;
    if !first.is_empty() {
        return Ok(batch::answer(reader.epoch(), &first));
    }
    let held = Box::new(Held {
        serving,
        reader,
        wait,
    });
    let json = HeaderValue::from_static("application/json");
    let head = [(header::CONTENT_TYPE, json)].into_response();
    Ok(Standing::Held(held).mark(head))
}

/// A request that has no answer yet.
pub struct Held {
    serving: Serving,
    reader: Reader,
    wait: Duration,
}

/// A connection of our own on which an answer is due.
pub trait Due: Send + 'static {
    /// Where the client can be heard.
    type Carrier: Carrier;

    /// That.
    fn carrier(&mut self) -> &mut Self::Carrier;

    /// Makes the answer with that body; behind the `last` one the connection ends.
    fn answer(&mut self, encoded: &Encoded, last: bool);

    /// Writes the answer.
    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Waits until something comes behind the request.
    fn poll_stirs(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>;
}

impl Held {
    /// Whose events it waits for.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Waits for what is to be answered on a connection of our own, and answers. Then the
    /// connection comes back; `None` when the client went away.
    #[expect(
        clippy::boxed_local,
        reason = "its box ends here, and not with the task"
    )]
    pub fn on_wire<D: Due>(
        self: Box<Self>,
        due: D,
        watch: Stopwatch,
        stop: &mut Signal<'_, '_>,
    ) -> impl Future<Output = io::Result<Option<D>>> + Send {
        let rest = Rest::new(&self.reader, watch);
        // It is moved to and fro, so it is a pointer.
        let its = Box::new(Answering {
            reader: Some(self.reader),
            ear: Ear::default(),
            due,
        });
        its.on_wire(rest, self.wait, stop)
    }

    /// The same for hyper, which drops it when the client goes away.
    pub async fn on_hyper(self: Box<Self>, response: Response, method: &Method) -> Response {
        let serving = self.serving.clone();
        let body = self.body(pin!(serving.stop.cancelled())).await;
        let length = HeaderValue::from(body.len());
        let mut response = response.map(|_| {
            if method == Method::HEAD {
                Body::empty()
            } else {
                Body::from(body)
            }
        });
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, length);
        response
    }

    async fn body(mut self: Box<Self>, stop: impl Future<Output = ()> + Unpin) -> Vec<u8> {
        let read = hold(stop, &mut self.reader, self.wait).await;
        batch::encode(self.reader.epoch(), &read)
    }
}

/// What a held request can see.
enum Seen {
    /// The client's.
    End(io::Result<()>),
    /// It has been answered, and something comes behind it.
    Next(io::Result<()>),
    /// There is nothing more to wait for.
    Over,
}

/// A held request whose task waits.
struct Answering<D> {
    /// Until there is an answer.
    reader: Option<Reader>,
    ear: Ear,
    due: D,
}

impl<D: Due> Answering<D> {
    async fn on_wire(
        mut self: Box<Self>,
        rest: Rest<Box<Self>>,
        wait: Duration,
        stop: &mut Signal<'_, '_>,
    ) -> io::Result<Option<D>> {
        let mut deadline = pin!(tokio::time::sleep(wait));
        loop {
            let seen;
            (self, seen) = rest
                .until(self, |its, context| {
                    if Pin::new(&mut *stop).poll(context).is_ready() {
                        return Poll::Ready(Seen::Over);
                    }
                    if its.reader.is_none() {
                        return its.due.poll_stirs(context).map(Seen::Next);
                    }
                    if let Poll::Ready(ended) = its.ear.poll_end(its.due.carrier(), context) {
                        return Poll::Ready(Seen::End(ended));
                    }
                    deadline.as_mut().poll(context).map(|()| Seen::Over)
                })
                .await;
            let moved = seen.is_none();
            match seen {
                Some(Seen::End(ended)) => return ended.map(|()| None),
                // What has been begun to be answered is written to its end all the same.
                Some(Seen::Next(stirred)) => stirred?,
                Some(Seen::Over) | None => {}
            }
            if let Some(reader) = &mut self.reader {
                let read = reader.read();
                if read.is_empty() {
                    if moved {
                        continue;
                    }
                    reader.count_wasted();
                }
                let body = batch::encode(reader.epoch(), &read);
                self.reader = None;
                self.due.answer(&body.into(), stop.is_given());
            }
            poll_fn(|context| self.due.poll_write(context)).await?;
            return Ok(Some(self.due));
        }
    }
}

impl<D: Due> Writer for Answering<D> {
    fn reader(&self) -> Option<&Reader> {
        self.reader.as_ref()
    }

    fn write(&mut self, fresh: &Fresh, context: &mut Context<'_>) -> bool {
        let Some(reader) = &mut self.reader else {
            return true;
        };
        // An answer may hold more than what is written to all at a time.
        if fresh.is_cut_off() {
            return false;
        }
        let (epoch, position) = (reader.epoch(), reader.cursor());
        let due = &mut self.due;
        let encode = |read: &Read| batch::encode(epoch, read);
        let answered = fresh.encoded(position, encode, |encoded| due.answer(encoded, false));
        let (Some(()), Some(events)) = (answered, fresh.past(position.seq)) else {
            return false;
        };
        reader.was_given(events, fresh.next());
        self.reader = None;
        // An error comes again where somebody can end the connection for it. Who has been heard
        // already is not heard again by itself.
        matches!(self.due.poll_write(context), Poll::Ready(Ok(()))) && !self.ear.is_closed()
    }
}

/// Holds an empty answer until there is something to tell, `wait` is over or the server goes down.
/// When the client goes away meanwhile, this future is dropped, and the reader with it.
pub(crate) async fn hold(
    mut stop: impl Future<Output = ()> + Unpin,
    reader: &mut Reader,
    wait: Duration,
) -> Read {
    let mut deadline = pin!(tokio::time::sleep(wait));
    loop {
        let over = tokio::select! {
            biased;
            () = reader.moved() => false,
            () = deadline.as_mut() => true,
            () = &mut stop => true,
        };
        let read = reader.read();
        if !read.is_empty() {
            return read;
        }
        if over {
            reader.count_wasted();
            return read;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::io::{AsyncReadExt, DuplexStream};

    use super::*;
    use crate::{
        event::{Position, TopicName},
        meter::account::Account,
        transport::standing::poll_write,
    };

    /// A connection on which the next request has come before this one was answered.
    struct Hasty {
        carrier: DuplexStream,
        answer: Vec<u8>,
        gone: usize,
    }

    impl Due for Hasty {
        type Carrier = DuplexStream;

        fn carrier(&mut self) -> &mut DuplexStream {
            &mut self.carrier
        }

        fn answer(&mut self, encoded: &Encoded, _: bool) {
            self.answer = encoded.body().to_vec();
        }

        fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            let answer = std::iter::once(&self.answer[..]);
            poll_write(&mut self.carrier, context, answer, &mut self.gone)
        }

        fn poll_stirs(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn an_answer_is_written_to_its_end_also_when_the_next_request_is_there() {
        let serving = Serving::unused();
        let topic: TopicName = "t".parse().unwrap();
        let opened = Reader::open(
            &serving,
            &topic,
            Position::Now,
            (Transport::LongPolling, None),
            ReadLimit::ANSWER,
        );
        let held = Box::new(Held {
            serving: serving.clone(),
            reader: opened.unwrap().0,
            wait: Duration::from_secs(60),
        });
        let (carrier, mut client) = tokio::io::duplex(64);
        let due = Hasty {
            carrier,
            answer: Vec::new(),
            gone: 0,
        };
        let watch = Stopwatch::new(Arc::new(Account::new(Arc::default(), false)));
        let its = serving.clone();
        let answering = tokio::spawn(async move {
            let mut stop = pin!(its.stop.cancelled());
            let mut stop = Signal::new(&its.stop, stop.as_mut());
            let due = held.on_wire(due, watch, &mut stop).await.unwrap();
            let due = due.expect("the client is there");
            assert_eq!(due.gone, due.answer.len());
        });
        // It is held, and its task waits, as the topic's does.
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        let data = "x".repeat(1_000);
        serving.hub.publish(&topic, &data).unwrap();
        let mut heard = Vec::new();
        client.read_to_end(&mut heard).await.unwrap();
        answering.await.unwrap();
        let batch: serde_json::Value = serde_json::from_slice(&heard).unwrap();
        assert_eq!(batch["events"][0]["data"], data.as_str());
    }
}
