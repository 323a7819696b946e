//! Two addresses that measure the way itself.

use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    app::{TestApp, soon},
    socket::{BINARY, RawSocket, hear},
};

#[tokio::test]
async fn the_echo_gives_text_and_binary_back_unchanged() {
    let app = TestApp::start().await;
    let mut socket = app.socket_at("/api/echo").await;
    for message in [
        Message::Text("".into()),
        Message::Text("two\nlines, 한국어 😀".into()),
        Message::Binary(Vec::new().into()),
        Message::Binary((0..=255).collect::<Vec<u8>>().into()),
        Message::Text("x".repeat(1024 * 1024).into()),
        Message::Binary(vec![0xA5; 1024 * 1024].into()),
    ] {
        socket.send(message.clone()).await.unwrap();
        let echo = soon("the echo", socket.next()).await.unwrap().unwrap();
        assert!(echo == message, "{} bytes", message.len());
    }
}

#[tokio::test]
async fn the_echo_puts_the_parts_of_a_message_together() {
    let app = TestApp::start().await;
    let mut socket = RawSocket::open(&app, "/api/echo").await;
    socket.send(0x02, b"one, ").await;
    socket.send(0x00, b"two, ").await;
    socket.send(0x80, b"three").await;
    assert_eq!(socket.frame_of(BINARY).await, b"one, two, three");
}

#[tokio::test]
async fn the_clock_tells_when_it_was_asked_and_when_it_answered() {
    let app = TestApp::start().await;
    let mut last = 0;
    for _ in 0..5 {
        let told: Value = app.ask("/api/clock").await.json().await.unwrap();
        let [received, sent] = ["received", "sent"].map(|name| told[name].as_u64().unwrap());
        assert!(
            last <= received && received <= sent,
            "the clock does not go back"
        );
        assert_eq!(told.as_object().unwrap().len(), 2);
        last = sent;
    }
    // µs since the Unix epoch: after 2020, before 2100.
    assert!((1_577_836_800_000_000..4_102_444_800_000_000).contains(&last));
}

#[tokio::test]
async fn the_clocks_socket_answers_each_frame_with_its_own_text() {
    let app = TestApp::start().await;
    let mut socket = app.socket_at("/api/clock").await;
    let mut last = 0;
    for text in ["1", "1234.5678", "", "\"quoted\"\n"] {
        socket.send(Message::Text(text.into())).await.unwrap();
        let told: Value = serde_json::from_slice(&hear(&mut socket).await.unwrap()).unwrap();
        let [received, sent] = ["received", "sent"].map(|name| told[name].as_u64().unwrap());
        assert!(
            last <= received && received <= sent,
            "the clock does not go back"
        );
        assert_eq!(told["echo"], text);
        last = sent;
    }
}

#[tokio::test]
async fn an_events_time_is_on_the_same_clock() {
    let app = TestApp::start().await;
    let mut clock = app.socket_at("/api/clock").await;
    let mut ask = async || {
        clock.send(Message::Text("".into())).await.unwrap();
        let told = hear(&mut clock).await.unwrap();
        serde_json::from_slice::<Value>(&told).unwrap()["received"]
            .as_u64()
            .unwrap()
    };
    let before = ask().await;
    app.publish("topic", "x").await;
    let after = ask().await;
    let at = app.poll("topic", "after=start").await.events[0].at;
    assert!((before..=after).contains(&at), "{before} {at} {after}");
}

#[tokio::test]
async fn the_clocks_socket_closes_on_what_it_does_not_speak() {
    let app = TestApp::start().await;
    for (code, length, kind) in [(1003, 1, BINARY), (1009, 257, crate::socket::TEXT)] {
        let mut socket = RawSocket::open(&app, "/api/clock").await;
        socket.send(kind, &vec![b'x'; length]).await;
        assert_eq!(socket.close_code().await, code);
    }
}
