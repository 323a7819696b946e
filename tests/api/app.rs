//! A pushpull of one's own: started on a free port, asked in the tests' words, gone when dropped.

use std::{net::SocketAddr, path::Path};

use clap::Parser;
use leptos::config::LeptosOptions;
use pushpull::{
    event::{Batch, Cursor},
    proxy::Distances,
    server::{Application, ServeOptions},
    transport::counters::LaneCounters,
};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use tokio::{net::TcpStream, sync::oneshot, task::JoinHandle};

use crate::sse::EventStream;
pub use crate::{
    answers::{Refusal, batch, refusal, refused},
    dialect::{Dialect, Socket},
    patience::{eventually, soon},
};

/// A server under test.
pub struct TestApp {
    pub addr: SocketAddr,
    pub http: reqwest::Client,
    /// What its clients speak.
    pub dialect: Dialect,
    pub distances: Distances,
    /// Dropping it ends the server.
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<()>>,
}

/// What the command line gives for these arguments: the defaults are the real ones.
pub fn options(arguments: &[&str]) -> ServeOptions {
    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        serve: ServeOptions,
    }
    let port_0 = ["pushpull", "--addr", "127.0.0.1:0", "--db", ":memory:"];
    Line::parse_from([&port_0, arguments].concat()).serve
}

impl TestApp {
    /// A server with the defaults.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A server whose options are changed first.
    pub async fn with(change: impl FnOnce(&mut ServeOptions)) -> Self {
        let mut options = options(&[]);
        change(&mut options);
        Self::start_with(&options).await
    }

    /// Two servers that speak https, with options that are changed first: one is asked by HTTP/1.1,
    /// the other by HTTP/2.
    pub async fn encrypted(change: impl Fn(&mut ServeOptions)) -> [Self; 2] {
        let with_tls = |options: &mut ServeOptions| {
            options.tls = true;
            change(options);
        };
        let mut second = Self::with(with_tls).await;
        if let Dialect::Tls(known) = second.dialect {
            second.dialect = Dialect::Http2(known);
            second.http = second.dialect.client();
        }
        [Self::with(with_tls).await, second]
    }

    /// A server that tests may distort.
    pub async fn with_knobs() -> Self {
        Self::with(|options| options.test_knobs = true).await
    }

    /// A server whose topics hold that many events.
    pub async fn holding(events: usize) -> Self {
        Self::with(|options| options.topic_events = events).await
    }

    async fn start_with(options: &ServeOptions) -> Self {
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/site");
        let site = if built.is_dir() {
            built
        } else {
            env!("CARGO_TARGET_TMPDIR").into()
        };
        let leptos = LeptosOptions::builder()
            .output_name("pushpull")
            .site_root(site.to_string_lossy().into_owned())
            .hash_files(false)
            .build();
        let application = Application::build(options, &leptos).await.unwrap();
        let addr = application.addr();
        let dialect = match application.fingerprints() {
            Some(known) => Dialect::Tls(known.certificate),
            None => Dialect::Clear,
        };
        let distances = application.distances().clone();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(application.run(async {
            let _ = stopped.await;
        }));
        Self {
            addr,
            http: dialect.client(),
            dialect,
            distances,
            stop: Some(stop),
            running: Some(running),
        }
    }

    /// The same server that many milliseconds away.
    pub fn afar(&self, ms: u32) -> Self {
        let port = self.distances.port(ms).expect("a relay");
        Self {
            addr: SocketAddr::new(self.addr.ip(), port),
            http: self.dialect.client(),
            dialect: self.dialect,
            distances: self.distances.clone(),
            stop: None,
            running: None,
        }
    }

    /// Tells the server to go down.
    pub fn begin_shutdown(&mut self) {
        self.stop.take();
    }

    /// Waits until the server is down.
    pub async fn ended(&mut self) {
        let running = self.running.take().expect("a server that runs");
        soon("the server to end", running).await.unwrap();
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.dialect.scheme(), self.addr)
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.url(path))
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// A connection for bytes of one's own.
    pub async fn connect(&self) -> TcpStream {
        soon("a connection", TcpStream::connect(self.addr))
            .await
            .unwrap()
    }

    /// Asks to publish.
    pub async fn try_publish(&self, topic: &str, data: impl Into<reqwest::Body>) -> Response {
        let request = self.post(&format!("/api/topics/{topic}/events")).body(data);
        soon("the answer to a publisher", request.send())
            .await
            .unwrap()
    }

    /// Publishes; the event's place.
    pub async fn publish(&self, topic: &str, data: &str) -> Cursor {
        let answer = self.try_publish(topic, data.to_owned()).await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        let told: Value = answer.json().await.unwrap();
        Cursor {
            epoch: serde_json::from_value(told["epoch"].clone()).unwrap(),
            seq: told["seq"].as_u64().unwrap(),
        }
    }

    /// Publishes that many events, whose data are their numbers; the last one's place.
    pub async fn publish_numbers(
        &self,
        topic: &str,
        numbers: std::ops::RangeInclusive<u64>,
    ) -> Cursor {
        let mut last = None;
        for number in numbers {
            last = Some(self.publish(topic, &number.to_string()).await);
        }
        last.expect("at least one number")
    }

    /// Sends a GET and waits for the answer's head.
    pub async fn ask(&self, path: &str) -> Response {
        soon(path, self.get(path).send()).await.unwrap()
    }

    /// Polls; `query` as in `after=start`.
    pub async fn poll(&self, topic: &str, query: &str) -> Batch {
        batch(self.ask(&format!("/api/topics/{topic}/poll?{query}")).await).await
    }

    /// Polls and waits; `query` as in `after=start&wait=1`.
    pub async fn long_poll(&self, topic: &str, query: &str) -> Batch {
        batch(
            self.ask(&format!("/api/topics/{topic}/long-poll?{query}"))
                .await,
        )
        .await
    }

    /// Opens an event stream; `query` as in `after=start`.
    pub async fn event_stream(&self, topic: &str, query: &str) -> EventStream {
        let answer = self.ask(&format!("/api/topics/{topic}/sse?{query}")).await;
        EventStream::new(answer)
    }

    /// Opens a topic's WebSocket; `query` as in `after=start`.
    pub async fn web_socket(&self, topic: &str, query: &str) -> Socket {
        self.socket_at(&format!("/api/topics/{topic}/ws?{query}"))
            .await
    }

    /// Opens the WebSocket of any address.
    pub async fn socket_at(&self, path: &str) -> Socket {
        self.try_socket_at(path).await.unwrap()
    }

    /// Shakes hands, or tells how the handshake was refused.
    pub async fn try_socket_at(&self, path: &str) -> Result<Socket, Refusal> {
        self.dialect.shake(self.addr, path).await
    }

    /// The server's counters of a lane.
    pub async fn lane(&self, lane: &str) -> LaneCounters {
        self.ask(&format!("/api/lanes/{lane}"))
            .await
            .json()
            .await
            .unwrap()
    }

    /// One of the numbers that `/healthz` tells: connections, readers, topics, `held_bytes`.
    pub async fn health(&self, number: &str) -> u64 {
        let told: Value = self.ask("/healthz").await.json().await.unwrap();
        told[number].as_u64().unwrap()
    }

    /// Cuts every connection, as a network that goes away would.
    pub async fn cut_all(&self) {
        // This connection is cut as well, so there need not be an answer.
        let _ = soon("the cut", self.post("/api/test/cut").send()).await;
    }

    /// Distorts a lane.
    pub async fn set_knobs(&self, lane: &str, knobs: Value) {
        let request = self.post(&format!("/api/test/lanes/{lane}")).json(&knobs);
        let answer = soon("the knobs", request.send()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }
}
