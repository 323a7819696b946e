//! Readers that stop reading for ever: what they cost, whom they hold up, and their end.

use std::{net::SocketAddr, time::Duration};

use futures::StreamExt;
use tokio::sync::watch;
use tokio_tungstenite::{connect_async, tungstenite::Message};

use crate::{
    app::{Dialect, TestApp, soon},
    program::Program,
    raw::{HANDSHAKE, Raw, ask, health, request},
    sse::EventStream,
};

/// Events that are published while they stall, of 1 KiB each.
const EVENTS: u64 = 20_000;
/// Events that fill the ring before, so that only what the stalled cost is seen to grow.
const BEFORE: u64 = 10_000;
/// How many are published in one breath.
const BREATH: u64 = 250;
/// What 20 stalled readers may cost, in KiB.
const BOUND: u64 = 10 * 1024;

/// Opens a stream or a socket, reads the answer's head, and then nothing any more.
async fn stall(addr: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Raw {
    let mut raw = Raw::narrow(addr).await;
    raw.say(request(addr, &format!("GET {path}"), headers, ""))
        .await;
    assert!(matches!(raw.head().await.status, 101 | 200));
    raw
}

/// Reads a topic's socket; the channel tells the last number that came. Every number must come.
async fn read_socket(addr: SocketAddr) -> watch::Receiver<u64> {
    let address = format!("ws://{addr}/api/topics/t/ws");
    let (mut socket, _) = soon("the handshake", connect_async(address)).await.unwrap();
    soon("the position", socket.next()).await.unwrap().unwrap();
    let (came, last) = watch::channel(0);
    tokio::spawn(async move {
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else {
                continue;
            };
            let event: serde_json::Value = serde_json::from_str(&text).unwrap();
            let seq = event["seq"]
                .as_u64()
                .unwrap_or_else(|| panic!("no event: {text}"));
            assert_eq!(seq, *came.borrow() + 1);
            came.send_replace(seq);
        }
    });
    last
}

async fn event_stream(addr: SocketAddr, after: &str) -> EventStream {
    let url = format!("http://{addr}/api/topics/t/sse{after}");
    let asked = Dialect::Clear.client().get(url).send();
    let mut stream = EventStream::new(asked.await.unwrap());
    stream.position().await;
    stream
}

/// The same with an event stream.
async fn read_stream(addr: SocketAddr) -> watch::Receiver<u64> {
    let mut stream = event_stream(addr, "").await;
    let (came, last) = watch::channel(0);
    tokio::spawn(async move {
        loop {
            let seq = stream.event().await.seq;
            assert_eq!(seq, *came.borrow() + 1);
            came.send_replace(seq);
        }
    });
    last
}

/// Publishes up to event `to`, each breath when the readers have taken the last.
async fn publish(
    publisher: &mut Raw,
    addr: SocketAddr,
    to: u64,
    readers: &mut [watch::Receiver<u64>],
) {
    let data = "x".repeat(1_024);
    let breath = request(addr, "POST /api/topics/t/events", &[], &data).repeat(BREATH as usize);
    let mut seq = *readers[0].borrow();
    while seq < to {
        publisher.say(&breath).await;
        for _ in 0..BREATH {
            seq += 1;
            assert_eq!(publisher.answer().await.json()["seq"], seq);
        }
        for reader in &mut *readers {
            soon("a reader that reads", reader.wait_for(|came| *came >= seq))
                .await
                .unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_cost_little_and_hold_nobody_up() {
    // They must stall to the end of the test, so they are not to be given up meanwhile.
    let program = Program::serve(&["--write-timeout", "3600", "--heartbeat", "3600"]).await;
    let addr = program.addr;
    if program.memory().is_none() {
        return eprintln!(
            "skipped: no /proc/PID/smaps_rollup here, so a process's memory cannot be read"
        );
    }
    let mut readers = [read_socket(addr).await, read_stream(addr).await];
    let mut publisher = Raw::open(addr).await;
    publish(&mut publisher, addr, BEFORE, &mut readers).await;
    let ring = program.health("held_bytes").await;
    assert!(ring > 7 * 1024 * 1024, "the ring is full");
    let before = program.memory().unwrap();

    let mut stalled = Vec::new();
    for _ in 0..9 {
        stalled.push(stall(addr, "/api/topics/t/sse", &[]).await);
    }
    let mut resuming = event_stream(addr, "").await;
    for _ in 0..10 {
        stalled.push(stall(addr, "/api/topics/t/ws", &HANDSHAKE).await);
    }
    publish(&mut publisher, addr, BEFORE + EVENTS, &mut readers).await;
    assert_eq!(
        program.health("readers").await,
        22,
        "all of them are still there"
    );
    let after = program.memory().unwrap();
    let cost = after.saturating_sub(before);
    assert!(cost < BOUND, "20 stalled readers cost {cost} KiB");
    println!("20 stalled readers cost {cost} KiB");

    // The one that reads again misses events, and is told exactly which.
    let mut seq = BEFORE;
    let mut missed = 0;
    while seq < BEFORE + EVENTS {
        let block = resuming.word().await;
        if block.event.is_some() {
            let gap = block.to_gap();
            assert_eq!(gap.from, seq + 1);
            missed += gap.missed();
            seq = gap.to;
        } else {
            seq += 1;
            assert_eq!(block.to_event().seq, seq);
        }
    }
    assert!(missed > 0, "it did not stall: nothing was missed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_are_given_up_in_the_end() {
    let app = TestApp::with(|options| options.write_timeout = Duration::from_millis(300)).await;
    let mut reading = app.web_socket("t", "").await;
    let reader = tokio::spawn(async move { while let Some(Ok(_)) = reading.next().await {} });
    let mut stalled = vec![
        stall(app.addr, "/api/topics/t/sse", &[]).await,
        stall(app.addr, "/api/topics/t/ws", &HANDSHAKE).await,
    ];
    assert_eq!(app.health("readers").await, 3);
    let data = "x".repeat(64 * 1024);
    let giving_up = async {
        while app.health("readers").await > 1 {
            app.publish("t", &data).await;
        }
    };
    soon("the end of the stalled", giving_up).await;
    for raw in &mut stalled {
        raw.rest().await;
    }
    assert!(!reader.is_finished(), "the one that reads is not given up");
    reader.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_nobody_takes_is_given_up() {
    let app = TestApp::with(|options| options.write_timeout = Duration::from_millis(300)).await;
    let data = "x".repeat(60_000);
    for _ in 0..16 {
        let answer = ask(app.addr, "POST /api/topics/t/events", &[], &data).await;
        assert_eq!(answer.status, 201);
    }
    let mut raw = Raw::narrow(app.addr).await;
    let poll = request(app.addr, "GET /api/topics/t/poll?after=start", &[], "");
    raw.say(poll.repeat(50)).await;
    let given_up = async {
        // This question has one itself.
        while health(app.addr, "connections").await > 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    soon("the connection to be given up", given_up).await;
    raw.rest().await;
}
