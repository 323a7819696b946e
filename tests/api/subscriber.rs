//! One reader for all transports: what a topic tells, in the same words whatever the way.

use std::{collections::VecDeque, time::Duration};

use pushpull::{
    event::{Cursor, Event},
    transport::{Transport, server_fn::ToServer},
};
use reqwest::Response;
use tokio::task::JoinHandle;

use crate::{
    addresses,
    app::{Refusal, Socket, TestApp, batch, refusal, refused, soon},
    socket::{hear, say},
    sse::EventStream,
    told,
};
pub use crate::{
    addresses::{ALL, WITH_START},
    told::Told,
};

/// From an empty answer to the next question.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

enum Line {
    /// One request after the other; the one that the server holds now.
    Asking(Option<JoinHandle<reqwest::Result<Response>>>),
    Stream(EventStream),
    Socket(Socket),
}

/// A reader of a topic.
pub struct Subscriber<'a> {
    app: &'a TestApp,
    pub transport: Transport,
    topic: String,
    lane: String,
    /// The position behind all that was told; with it reading is resumed.
    pub cursor: Option<Cursor>,
    told: VecDeque<(Told, Cursor)>,
    line: Line,
}

impl<'a> Subscriber<'a> {
    /// Opens a topic. `after` may be a cursor, `start` or nothing; it returns when the server has
    /// taken the position, so that whatever is published from then on must be told.
    pub async fn open(app: &'a TestApp, transport: Transport, topic: &str, after: &str) -> Self {
        Self::try_open(app, transport, topic, after, "")
            .await
            .unwrap()
    }

    /// Opens a topic for a lane.
    pub async fn open_in(
        app: &'a TestApp,
        transport: Transport,
        topic: &str,
        after: &str,
        lane: &str,
    ) -> Self {
        Self::try_open(app, transport, topic, after, lane)
            .await
            .unwrap()
    }

    /// Opens a topic, or tells how that was refused. Status 101 stands for a refusal that came
    /// over an open socket.
    pub async fn try_open(
        app: &'a TestApp,
        transport: Transport,
        topic: &str,
        after: &str,
        lane: &str,
    ) -> Result<Self, Refusal> {
        let mut subscriber = Self {
            app,
            transport,
            topic: topic.to_owned(),
            lane: lane.to_owned(),
            cursor: None,
            told: VecDeque::new(),
            line: Line::Asking(None),
        };
        match transport {
            Transport::Polling | Transport::ServerFnPolling => {
                let answer = app.ask(&subscriber.address(after)).await;
                subscriber.take(answer).await?;
            }
            Transport::LongPolling | Transport::ServerFnLongPolling => {
                subscriber.hold(after).await?;
            }
            Transport::Sse => {
                let answer = app.ask(&subscriber.address(after)).await;
                if !answer.status().is_success() {
                    return Err(refused(answer).await);
                }
                let mut stream = EventStream::new(answer);
                subscriber.cursor = Some(stream.position().await);
                subscriber.line = Line::Stream(stream);
            }
            Transport::WebSocket | Transport::ServerFnWebSocket => {
                let mut socket = app.try_socket_at(&subscriber.address(after)).await?;
                if transport == Transport::ServerFnWebSocket {
                    let open = ToServer::Open {
                        topic: topic.parse().map_err(|_| refusal(101, "bad_topic"))?,
                        after: (!after.is_empty()).then(|| after.parse().unwrap()),
                        lane: lane.parse().ok(),
                    };
                    say(&mut socket, &open).await;
                }
                subscriber.line = Line::Socket(socket);
                subscriber.read_position().await?;
            }
        }
        Ok(subscriber)
    }

    /// Goes on behind what was told, as a client does whose connection broke.
    pub async fn resume(self) -> Self {
        let after = self.cursor.expect("a position to resume from").to_string();
        Self::open_in(self.app, self.transport, &self.topic, &after, &self.lane).await
    }

    /// What is told next; `None` when the connection ended or broke.
    pub async fn try_next(&mut self) -> Option<Told> {
        let what = format!("something from {:?}", self.transport);
        soon(&what, self.read_on()).await
    }

    async fn read_on(&mut self) -> Option<Told> {
        loop {
            if let Some((told, cursor)) = self.told.pop_front() {
                self.cursor = Some(cursor);
                return Some(told);
            }
            match &mut self.line {
                Line::Asking(held) => {
                    let after = self
                        .cursor
                        .map(|cursor| cursor.to_string())
                        .unwrap_or_default();
                    let answer = match held.take() {
                        Some(held) => soon("a held answer", held).await.unwrap(),
                        None => soon("an answer", self.app.get(&self.address(&after)).send()).await,
                    };
                    self.take(answer.ok()?).await.unwrap();
                    if self.told.is_empty() {
                        tokio::time::sleep(POLL_INTERVAL).await;
                    }
                }
                Line::Stream(stream) => {
                    let block = stream.try_block().await.ok()??;
                    self.told.extend(told::in_block(&block));
                }
                Line::Socket(socket) => {
                    let frame = hear(socket).await?;
                    let epoch = self.cursor.expect("the position came first").epoch;
                    let told = match self.transport {
                        Transport::WebSocket => told::in_frame(&frame, epoch),
                        _ => told::in_message(&frame, epoch),
                    };
                    self.told.push_back(told);
                }
            }
        }
    }

    /// What is told next.
    pub async fn next(&mut self) -> Told {
        let told = self.try_next().await;
        told.unwrap_or_else(|| panic!("{:?} ended", self.transport))
    }

    /// The next event; anything else fails.
    pub async fn event(&mut self) -> Event {
        match self.next().await {
            Told::Event(event) => event,
            Told::Gap(gap) => panic!("{:?}: a gap instead of an event: {gap:?}", self.transport),
        }
    }

    /// The numbers of the next `n` events, as they come.
    pub async fn numbers(&mut self, n: usize) -> Vec<u64> {
        let mut numbers = Vec::with_capacity(n);
        for _ in 0..n {
            numbers.push(self.event().await.seq);
        }
        numbers
    }

    fn address(&self, after: &str) -> String {
        addresses::address(self.transport, &self.topic, after, &self.lane)
    }

    /// Takes a poll's answer.
    async fn take(&mut self, answer: Response) -> Result<(), Refusal> {
        if !answer.status().is_success() {
            return Err(refused(answer).await);
        }
        let batch = batch(answer).await;
        let next = batch.next;
        self.told.extend(told::in_batch(batch));
        match self.told.back_mut() {
            // What a knob repeats, drops or swaps does not move the position.
            Some((_, cursor)) => *cursor = next,
            None => self.cursor = Some(next),
        }
        Ok(())
    }

    /// Asks, and returns when the server holds the request or has answered.
    async fn hold(&mut self, after: &str) -> Result<(), Refusal> {
        let before = self.app.health("readers").await;
        let held = tokio::spawn(self.app.get(&self.address(after)).send());
        soon("a held request", async {
            while !held.is_finished() && self.app.health("readers").await <= before {}
        })
        .await;
        if held.is_finished() {
            let answer = held.await.unwrap().unwrap();
            return self.take(answer).await;
        }
        self.line = Line::Asking(Some(held));
        Ok(())
    }

    async fn read_position(&mut self) -> Result<(), Refusal> {
        let Line::Socket(socket) = &mut self.line else {
            unreachable!("only sockets")
        };
        let frame = hear(socket).await.expect("a first frame");
        self.cursor = Some(match self.transport {
            Transport::WebSocket => told::position_in_frame(&frame),
            _ => told::position_in_message(&frame)?,
        });
        Ok(())
    }
}

impl Drop for Subscriber<'_> {
    fn drop(&mut self) {
        if let Line::Asking(Some(held)) = &self.line {
            held.abort();
        }
    }
}
