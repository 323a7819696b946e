//! A thousand subscribers at a time, a quarter of them over each transport.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures::StreamExt;
use pushpull::event::{Batch, Cursor};
use tokio::{sync::Barrier, task::JoinSet};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use crate::{
    app::{Dialect, batch, soon},
    program::Program,
    raw::ask,
    sse::EventStream,
};

/// Subscribers over each transport.
const EACH: usize = 250;
/// Events that all of them must get.
const EVENTS: u64 = 50;

/// One of them.
#[derive(Clone)]
struct Member {
    http: reqwest::Client,
    addr: SocketAddr,
    start: Cursor,
    /// Passed when all are open.
    open: Arc<Barrier>,
    /// Passed when all have all events.
    full: Arc<Barrier>,
}

impl Member {
    async fn ask(&self, path: &str) -> reqwest::Response {
        let url = format!("http://{}/api/topics/t/{path}", self.addr);
        self.http.get(url).send().await.unwrap()
    }

    async fn all(barrier: &Barrier) {
        // Longer than one thing may take: a thousand things happen before it.
        tokio::time::timeout(Duration::from_secs(120), barrier.wait())
            .await
            .expect("all of them");
    }

    /// Asks until all events have come; `pause` between two requests.
    async fn poll(self, path: &str, pause: Duration) -> Self {
        Self::all(&self.open).await;
        let mut cursor = self.start;
        while cursor.seq < EVENTS {
            let Batch {
                events, next, gap, ..
            } = batch(self.ask(&format!("{path}after={cursor}")).await).await;
            assert_eq!(gap, None);
            for event in events {
                assert_eq!(event.seq, cursor.seq + 1, "{path}");
                assert_eq!(event.data, event.seq.to_string());
                cursor.seq = event.seq;
            }
            assert_eq!(next, cursor);
            tokio::time::sleep(pause).await;
        }
        Self::all(&self.full).await;
        self
    }

    async fn polling(self) {
        self.poll("poll?", Duration::from_millis(250)).await;
    }

    async fn long_polling(self) {
        let its = self.poll("long-poll?wait=60&", Duration::ZERO).await;
        // Held, until the server goes down.
        let last = batch(its.ask("long-poll?wait=60").await).await;
        assert!(last.events.is_empty());
    }

    async fn sse(self) {
        let mut stream = EventStream::new(self.ask(&format!("sse?after={}", self.start)).await);
        assert_eq!(stream.position().await, self.start);
        Self::all(&self.open).await;
        for seq in 1..=EVENTS {
            let event = stream.event().await;
            assert_eq!((event.seq, event.data), (seq, seq.to_string()));
        }
        Self::all(&self.full).await;
        assert_eq!(stream.try_block().await.unwrap(), None, "a proper end");
    }

    async fn web_socket(self) {
        let address = format!("ws://{}/api/topics/t/ws?after={}", self.addr, self.start);
        let (mut socket, _) = soon("the handshake", connect_async(address)).await.unwrap();
        let mut text = async || loop {
            match soon("a frame", socket.next()).await.unwrap().unwrap() {
                Message::Text(text) => {
                    return serde_json::from_str::<serde_json::Value>(&text).unwrap();
                }
                Message::Close(frame) => return serde_json::json!(u16::from(frame.unwrap().code)),
                _ => {}
            }
        };
        assert_eq!(text().await["cursor"], self.start.to_string());
        Self::all(&self.open).await;
        for seq in 1..=EVENTS {
            let event = text().await;
            assert_eq!(
                (&event["seq"], &event["data"]),
                (&seq.into(), &seq.to_string().into())
            );
        }
        Self::all(&self.full).await;
        assert_eq!(text().await, 1001, "a proper end");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_subscribers_get_all_events_in_order() {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap();
    assert!(
        files >= 2_000,
        "a thousand connections need more than {files} open files: raise `ulimit -n`"
    );
    let mut program = Program::serve(&[]).await;
    let addr = program.addr;
    let first: Batch =
        serde_json::from_slice(&ask(addr, "GET /api/topics/t/poll", &[], "").await.body).unwrap();
    let barrier = || Arc::new(Barrier::new(4 * EACH + 1));
    let (open, full) = (barrier(), barrier());
    let http = Dialect::Clear.client();
    let member = Member {
        http,
        addr,
        start: first.next,
        open: Arc::clone(&open),
        full: Arc::clone(&full),
    };
    let mut members = JoinSet::new();
    for _ in 0..EACH {
        members.spawn(member.clone().polling());
        members.spawn(member.clone().long_polling());
        members.spawn(member.clone().sse());
        members.spawn(member.clone().web_socket());
    }
    Member::all(&open).await;
    for seq in 1..=EVENTS {
        let answer = ask(addr, "POST /api/topics/t/events", &[], &seq.to_string()).await;
        assert_eq!(answer.json()["seq"], seq);
    }
    Member::all(&full).await;
    // The long polls are held again.
    while program.health("readers").await != 3 * EACH as u64 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    program.signal("TERM");
    while let Some(ended) = members.join_next().await {
        ended.unwrap();
    }
    assert_eq!(program.ended().await.code(), Some(0));
}
