//! However what stands comes to its end, nothing of it is left: neither its reader nor its place
//! among the connections.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use tokio::net::TcpSocket;
use tokio_tungstenite::{client_async, tungstenite::Message};

use super::asking;
use crate::{
    app::{TestApp, eventually, soon},
    raw::{HANDSHAKE, Raw, ask, health, request},
    tape::masked,
};

/// One of each that stands.
async fn standing(app: &TestApp) -> [Raw; 3] {
    let all = [
        asking(app, "GET /api/topics/t/sse", &[]).await,
        asking(app, "GET /api/topics/t/long-poll?wait=60", &[]).await,
        asking(app, "GET /api/topics/t/ws", &HANDSHAKE).await,
    ];
    stand(app, 3).await;
    all
}

/// Waits until so many stand. Who asks leaves no connection behind.
async fn stand(app: &TestApp, wanted: u64) {
    eventually("so many to stand", async || {
        health(app.addr, "readers").await == wanted
    })
    .await;
}

/// Waits until there is nobody but who asks.
async fn alone(app: &TestApp) {
    eventually("all to be gone", async || {
        let readers = health(app.addr, "readers").await;
        readers == 0 && health(app.addr, "connections").await == 1
    })
    .await;
}

#[tokio::test]
async fn a_client_that_hangs_up_leaves_nothing() {
    let app = TestApp::start().await;
    drop(standing(&app).await);
    alone(&app).await;
    for raw in standing(&app).await {
        raw.vanish();
    }
    alone(&app).await;
}

#[tokio::test]
async fn a_client_that_falls_silent_has_hung_up() {
    let app = TestApp::start().await;
    let mut all = standing(&app).await;
    for raw in &mut all {
        raw.fall_silent().await;
    }
    alone(&app).await;
    for mut raw in all {
        raw.rest().await;
    }
}

#[tokio::test]
async fn a_network_that_goes_away_leaves_nothing() {
    let app = TestApp::with_knobs().await;
    let all = standing(&app).await;
    app.cut_all().await;
    alone(&app).await;
    drop(all);
}

#[tokio::test]
async fn who_has_said_too_much_and_hangs_up_is_noticed_with_the_next_word() {
    let app = TestApp::with(|options| options.heartbeat = Duration::from_millis(200)).await;
    let mut raw = asking(&app, "GET /api/topics/t/sse", &[]).await;
    raw.until("id: ").await;
    raw.say("GET /never HTTP/1.1\r\n".repeat(20)).await;
    raw.until(":\n\n").await;
    raw.vanish();
    alone(&app).await;
}

#[tokio::test]
async fn a_socket_that_is_ended_for_what_its_client_did_leaves_nothing() {
    let app = TestApp::with(|options| options.heartbeat = Duration::from_millis(300)).await;
    let unmasked = b"\x81\x02hi".to_vec();
    let binary = masked(2, b"hi");
    let closed = masked(8, &[3, 232]);
    // The last one says nothing: it does not answer its ping.
    for said in [unmasked, binary, closed, Vec::new()] {
        let mut socket = asking(&app, "GET /api/topics/t/ws", &HANDSHAKE).await;
        assert_eq!(socket.head().await.status, 101);
        socket.say(said).await;
        socket.rest().await;
        alone(&app).await;
    }
}

#[tokio::test]
async fn a_held_request_that_the_server_ends_says_that_the_connection_does() {
    let mut app = TestApp::start().await;
    let mut held = asking(&app, "GET /api/topics/t/long-poll?wait=60", &[]).await;
    stand(&app, 1).await;
    app.begin_shutdown();
    let answer = held.answer().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(held.rest().await.is_empty());
    app.ended().await;
}

#[tokio::test]
async fn a_head_that_begins_while_another_request_is_held_has_no_longer_than_others() {
    let app = TestApp::with(|options| options.head_timeout = Duration::from_millis(300)).await;
    let mut raw = asking(&app, "GET /api/topics/t/long-poll?wait=60", &[]).await;
    stand(&app, 1).await;
    raw.say("GET /healthz HTTP/1.1\r\n").await;
    ask(app.addr, "POST /api/topics/t/events", &[], "hello").await;
    assert!(raw.answer().await.text().contains("hello"));
    raw.rest().await;
    alone(&app).await;
}

#[tokio::test]
async fn what_a_socket_is_told_by_two_hands_arrives_whole_and_in_order() {
    const MESSAGES: usize = 200;
    let app = TestApp::start().await;
    // So little fits on the way that writing stops in the middle of frames.
    let narrow = TcpSocket::new_v4().unwrap();
    narrow.set_recv_buffer_size(4096).unwrap();
    let stream = soon("a connection", narrow.connect(app.addr))
        .await
        .unwrap();
    let address = format!("ws://{}/api/topics/t/ws", app.addr);
    let (socket, _) = client_async(address, stream).await.unwrap();
    let (mut to_server, mut from_server) = socket.split();
    let speak = async {
        for n in 0..MESSAGES {
            let text = format!("{n} {}", "x".repeat(n * 50));
            to_server.send(Message::text(text)).await.unwrap();
            let ping = Message::Ping(n.to_string().into());
            to_server.send(ping).await.unwrap();
        }
    };
    let listen = async {
        let (mut events, mut last_pong) = (0, None);
        while events < MESSAGES || last_pong != Some(MESSAGES - 1) {
            match from_server.next().await.unwrap().unwrap() {
                Message::Text(text) if text.contains("cursor") => {}
                Message::Text(text) => {
                    let event: serde_json::Value = serde_json::from_str(&text).unwrap();
                    let data = event["data"].as_str().unwrap();
                    assert_eq!(data, format!("{events} {}", "x".repeat(events * 50)));
                    events += 1;
                }
                // Of several pings only the last has to be answered.
                Message::Pong(payload) => {
                    let n: usize = std::str::from_utf8(&payload).unwrap().parse().unwrap();
                    assert!(last_pong < Some(n));
                    last_pong = Some(n);
                }
                other => panic!("{other:?}"),
            }
        }
    };
    soon("all of it", async { tokio::join!(speak, listen) }).await;
}

#[tokio::test]
async fn one_connection_takes_both_kinds_of_answers_in_any_order() {
    let app = TestApp::start().await;
    let mut raw = Raw::open(app.addr).await;
    for n in 0..5 {
        raw.say(request(app.addr, "GET /api/topics/t/long-poll", &[], ""))
            .await;
        stand(&app, 1).await;
        app.publish("t", "hello").await;
        assert!(raw.answer().await.text().contains("hello"));
        let poll = request(app.addr, "GET /api/topics/t/poll?after=start", &[], "");
        raw.say(poll).await;
        let events = raw.answer().await.json()["events"]
            .as_array()
            .unwrap()
            .len();
        assert_eq!(events, n + 1);
    }
    // And what it becomes in the end is a socket.
    raw.say(request(app.addr, "GET /api/topics/t/ws", &HANDSHAKE, ""))
        .await;
    assert_eq!(raw.head().await.status, 101);
    raw.say(masked(1, b"from here")).await;
    raw.until("from here").await;
}
