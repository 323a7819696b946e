//! A topic's WebSocket: its first frame, publishing through it, and how it ends (RFC 6455).

use std::time::Duration;

use futures::SinkExt;
use pushpull::event::MAX_DATA;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    app::{Socket, TestApp, eventually, refusal, refused},
    socket::{BINARY, CLOSE, PING, PONG, RawSocket, TEXT, hear},
};

const PATH: &str = "/api/topics/topic/ws";

async fn frame(socket: &mut Socket) -> Value {
    let text = hear(socket).await.expect("a frame");
    serde_json::from_slice(&text).unwrap()
}

async fn publish(socket: &mut Socket, data: &str) {
    socket
        .send(Message::Text(data.to_owned().into()))
        .await
        .unwrap();
}

#[tokio::test]
async fn the_first_frame_is_the_position_and_each_other_an_event() {
    let app = TestApp::start().await;
    let head = app.publish_numbers("topic", 1..=3).await;
    for (query, seq) in [
        ("", 3),
        ("after=start", 0),
        (&format!("after={}-2", head.epoch), 2),
    ] {
        let mut socket = app.web_socket("topic", query).await;
        let position = json!({"cursor": format!("{}-{seq}", head.epoch)});
        assert_eq!(frame(&mut socket).await, position, "{query}");
        for seq in seq + 1..=3 {
            let event = frame(&mut socket).await;
            let at = event["at"].as_u64().unwrap();
            assert_eq!(
                event,
                json!({"seq": seq, "at": at, "data": seq.to_string()})
            );
        }
    }
}

#[tokio::test]
async fn a_text_frame_publishes_and_comes_back_to_all() {
    let app = TestApp::start().await;
    let mut own = app.web_socket("topic", "").await;
    let mut other = app.web_socket("topic", "").await;
    let mut stream = app.event_stream("topic", "").await;
    stream.position().await;
    for socket in [&mut own, &mut other] {
        frame(socket).await;
    }
    publish(&mut own, "hello").await;
    publish(&mut own, "").await;
    for (seq, data) in [(1, "hello"), (2, "")] {
        for socket in [&mut own, &mut other] {
            let event = frame(socket).await;
            assert_eq!((&event["seq"], &event["data"]), (&json!(seq), &json!(data)));
        }
        assert_eq!(stream.event().await.data, data);
    }
}

#[tokio::test]
async fn exactly_64_kib_are_published_and_more_closes_with_1009() {
    let app = TestApp::start().await;
    let mut socket = RawSocket::open(&app, PATH).await;
    let longest = "x".repeat(MAX_DATA);
    socket.send(TEXT, longest.as_bytes()).await;
    socket.frame_of(TEXT).await;
    let event: Value = serde_json::from_slice(&socket.frame_of(TEXT).await).unwrap();
    assert!(event["data"] == longest.as_str());
    socket.send(TEXT, "x".repeat(MAX_DATA + 1).as_bytes()).await;
    assert_eq!(socket.close_code().await, 1009);
    assert_eq!(
        app.publish("topic", "next").await.seq,
        2,
        "the long one was not published"
    );
}

#[tokio::test]
async fn parts_of_a_message_that_are_too_long_together_close_with_1009() {
    let app = TestApp::start().await;
    let mut socket = RawSocket::open(&app, PATH).await;
    let half = "x".repeat(MAX_DATA / 2 + 1);
    socket.send(0x01, half.as_bytes()).await;
    socket.send(0x80, half.as_bytes()).await;
    assert_eq!(socket.close_code().await, 1009);
}

#[tokio::test]
async fn a_message_in_parts_is_one_event() {
    let app = TestApp::start().await;
    let mut socket = RawSocket::open(&app, PATH).await;
    // A character and a ping may stand across the parts.
    socket.send(0x01, b"caf\xc3").await;
    socket.send(PING, b"between").await;
    socket.send(0x80, b"\xa9").await;
    assert_eq!(socket.frame_of(PONG).await, b"between");
    let batch = app.long_poll("topic", "after=start").await;
    assert_eq!(batch.events[0].data, "café");
}

#[tokio::test]
async fn what_the_protocol_does_not_allow_closes_with_its_code() {
    let app = TestApp::start().await;
    let oversize_ping = [&[PING, 0x80 | 126, 0, 126, 0, 0, 0, 0][..], &[0; 126]].concat();
    for (code, what, bytes) in [
        (1002, "a frame without a mask", &[TEXT, 2, b'h', b'i'][..]),
        (1002, "a control frame over 125 bytes", &oversize_ping),
        (1002, "a control frame in parts", &[0x09, 0x80, 0, 0, 0, 0]),
        (1002, "a reserved opcode", &[0x83, 0x80, 0, 0, 0, 0]),
        (1002, "a reserved bit", &[0xC1, 0x80, 0, 0, 0, 0]),
        (1002, "a continuation of nothing", &[0x80, 0x80, 0, 0, 0, 0]),
        (1003, "binary", &[BINARY, 0x81, 0, 0, 0, 0, 7]),
        (
            1007,
            "text that is not UTF-8",
            &[TEXT, 0x81, 0, 0, 0, 0, 0xFF],
        ),
        (
            1009,
            "a length over 64 KiB",
            &[TEXT, 0xFF, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0],
        ),
    ] {
        let mut socket = RawSocket::open(&app, PATH).await;
        socket.send_bytes(bytes).await;
        assert_eq!(socket.close_code().await, code, "{what}");
    }
    assert_eq!(
        app.publish("topic", "x").await.seq,
        1,
        "nothing was published"
    );
    eventually("all readers to go", async || {
        app.health("readers").await == 0
    })
    .await;
}

#[tokio::test]
async fn a_close_is_answered_and_a_ping_as_well() {
    let app = TestApp::start().await;
    let mut socket = RawSocket::open(&app, PATH).await;
    socket.send(PING, b"are you there?").await;
    assert_eq!(socket.frame_of(PONG).await, b"are you there?");
    socket.send(CLOSE, &1000_u16.to_be_bytes()).await;
    assert_eq!(socket.close_code().await, 1000);
    assert_eq!(socket.frame().await, None);
    eventually("the reader to go", async || {
        app.health("readers").await == 0
    })
    .await;
}

#[tokio::test]
async fn a_client_that_answers_pings_stays() {
    let app = TestApp::with(|options| options.heartbeat = Duration::from_millis(100)).await;
    let mut socket = RawSocket::open(&app, PATH).await;
    for _ in 0..4 {
        let ping = socket.frame_of(PING).await;
        socket.send(PONG, &ping).await;
    }
    app.publish("topic", "still there").await;
    let event: Value = serde_json::from_slice(&socket.frame_of(TEXT).await).unwrap();
    assert_eq!(event["data"], "still there");
}

#[tokio::test]
async fn a_client_that_does_not_answer_its_ping_is_let_go() {
    let app = TestApp::with(|options| options.heartbeat = Duration::from_millis(100)).await;
    let mut socket = RawSocket::open(&app, PATH).await;
    socket.frame_of(TEXT).await;
    socket.frame_of(PING).await;
    while let Some((first, _)) = socket.frame().await {
        assert_eq!(first, CLOSE, "no second ping without a pong");
    }
    eventually("the reader to go", async || {
        app.health("readers").await == 0
    })
    .await;
}

#[tokio::test]
async fn who_does_not_shake_hands_is_told_what_is_spoken_here() {
    let app = TestApp::start().await;
    for path in [PATH, "/api/echo"] {
        let answer = app.ask(path).await;
        assert_eq!(answer.headers()["upgrade"], "websocket");
        assert_eq!(
            refused(answer).await,
            refusal(426, "not_websocket"),
            "{path}"
        );
    }
}
