//! Heads that come slowly, or never to an end.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    app::{TestApp, eventually, soon},
    raw::{HANDSHAKE, Raw, ask, request},
};

/// A server that is short of patience for heads.
async fn impatient() -> TestApp {
    TestApp::with(|options| options.head_timeout = Duration::from_millis(300)).await
}

/// A part of a head; the rest never comes.
const HALF: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";

/// Waits until the server has given up on a head: more than the head's time has passed then.
async fn outwait(app: &TestApp) {
    let mut half = Raw::open(app.addr).await;
    half.say(HALF).await;
    half.rest().await;
}

#[tokio::test]
async fn half_sent_heads_are_given_up_while_others_are_served() {
    let app = impatient().await;
    let mut halves = Vec::new();
    for n in 0..200 {
        let mut raw = Raw::open(app.addr).await;
        raw.say(&HALF[..1 + n % HALF.len()]).await;
        halves.push(raw);
        if n % 20 == 0 {
            assert_eq!(ask(app.addr, "GET /healthz", &[], "").await.status, 200);
        }
    }
    for mut raw in halves {
        raw.rest().await;
    }
    eventually("the places to be free", async || {
        app.health("connections").await <= 2
    })
    .await;
}

#[tokio::test]
async fn a_head_that_trickles_is_given_up_as_well() {
    let app = impatient().await;
    let mut raw = Raw::open(app.addr).await;
    raw.say(HALF).await;
    let trickle = async {
        while raw.try_say("x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    soon("the end of a trickling head", trickle).await;
}

#[tokio::test]
async fn a_second_head_on_a_connection_has_no_more_time_than_the_first() {
    let app = impatient().await;
    let mut raw = Raw::open(app.addr).await;
    raw.say(request(app.addr, "GET /healthz", &[], "")).await;
    assert_eq!(raw.answer().await.status, 200);
    raw.say(HALF).await;
    raw.rest().await;
}

#[tokio::test]
async fn an_idle_connection_is_kept() {
    let app = impatient().await;
    let mut raw = Raw::open(app.addr).await;
    for _ in 0..3 {
        raw.say(request(app.addr, "GET /healthz", &[], "")).await;
        assert_eq!(raw.answer().await.status, 200);
        outwait(&app).await;
    }
    raw.say(request(app.addr, "POST /api/topics/t/events", &[], "x"))
        .await;
    assert_eq!(raw.answer().await.status, 201);
    outwait(&app).await;
    raw.say(request(app.addr, "GET /healthz", &[], "")).await;
    assert_eq!(raw.answer().await.status, 200);
}

#[tokio::test]
async fn what_stands_outlives_the_time_for_heads() {
    let app = impatient().await;
    let mut stream = app.event_stream("t", "").await;
    let mut sse = Raw::open(app.addr).await;
    sse.say(request(app.addr, "GET /api/topics/t/sse", &[], ""))
        .await;
    sse.until("id: ").await;
    let mut held = Raw::open(app.addr).await;
    held.say(request(app.addr, "GET /api/topics/t/long-poll", &[], ""))
        .await;
    let mut plain = app.web_socket("t", "").await;
    let mut echo = app.socket_at("/api/echo").await;
    soon("the position", plain.next()).await.unwrap().unwrap();
    // Frames that come in pieces are no heads either.
    let mut pieces = Raw::open(app.addr).await;
    pieces
        .say(request(app.addr, "GET /api/echo", &HANDSHAKE, ""))
        .await;
    assert_eq!(pieces.answer().await.status, 101);
    pieces.say([0x81, 0x82, 0, 0]).await;
    eventually("all to stand", async || app.health("readers").await == 4).await;
    outwait(&app).await;
    outwait(&app).await;

    app.publish("t", "still there").await;
    let said = soon("the event", plain.next()).await.unwrap().unwrap();
    assert!(said.to_text().unwrap().contains("still there"));
    sse.until("still there").await;
    assert!(held.answer().await.text().contains("still there"));
    echo.send(Message::text("hi")).await.unwrap();
    assert_eq!(
        soon("the echo", echo.next()).await.unwrap().unwrap(),
        Message::text("hi")
    );
    pieces.say([0, 0, b'h', b'i']).await;
    pieces.until("hi").await;
    stream.position().await;
}

#[tokio::test]
async fn a_head_is_bounded_in_bytes_and_in_fields() {
    let app = TestApp::start().await;
    // Twice what is promised: the server reads a little ahead.
    let long = "x".repeat(128 * 1024);
    let path = format!("GET /{long}");
    let many: Vec<_> = std::iter::repeat_n(("X-A", "b"), 5_000).collect();
    for (line, headers) in [
        ("GET /healthz", &[("X-Long", &*long)][..]),
        (&path, &[]),
        ("GET /healthz", &many),
    ] {
        let mut raw = Raw::open(app.addr).await;
        // The server may hang up before it has taken everything.
        let _ = raw.try_say(request(app.addr, line, headers, "")).await;
        let answer = raw.answer().await;
        assert!(
            matches!(answer.status, 400 | 414 | 431),
            "{} {}",
            answer.status,
            line.len()
        );
        raw.rest().await;
    }
    let fits = "x".repeat(30 * 1024);
    assert_eq!(
        ask(app.addr, "GET /healthz", &[("X-Long", &fits)], "")
            .await
            .status,
        200
    );
}
