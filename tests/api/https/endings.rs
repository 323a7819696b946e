//! How connections begin slowly and end, encrypted.

use std::time::Duration;

use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

use super::spelt;
use crate::{
    app::{TestApp, eventually, soon},
    raw::request,
    socket::hear,
};

#[tokio::test]
async fn slow_handshakes_hold_nobody_up_and_are_given_up() {
    let head_timeout = |options: &mut pushpull::server::ServeOptions| {
        options.head_timeout = Duration::from_millis(400);
    };
    let [app, _] = TestApp::encrypted(head_timeout).await;
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut stream = app.connect().await;
        // The beginning of a handshake.
        stream.write_all(&[22, 3, 1]).await.unwrap();
        slow.push(stream);
    }
    assert_eq!(app.ask("/healthz").await.status(), 200);
    for stream in &mut slow {
        let mut rest = Vec::new();
        // It ends, orderly or not.
        let _ = soon("the end", stream.read_to_end(&mut rest)).await;
    }
    // The question's own connection.
    eventually("their places to be free", async || {
        app.health("connections").await == 1
    })
    .await;
}

#[tokio::test]
async fn going_down_everything_standing_is_ended_properly() {
    for mut app in TestApp::encrypted(|_| {}).await {
        let mut stream = app.event_stream("t", "").await;
        stream.position().await;
        let mut socket = app.web_socket("t", "").await;
        hear(&mut socket).await.expect("the position");
        let held = tokio::spawn(app.get("/api/topics/t/long-poll?wait=60").send());
        eventually("all to stand", async || app.health("readers").await == 3).await;
        app.begin_shutdown();
        let closed = loop {
            match soon("the close", socket.next()).await {
                Some(Ok(Message::Close(Some(frame)))) => break u16::from(frame.code),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(closed, 1001, "{:?}", app.dialect);
        assert_eq!(stream.try_block().await.unwrap(), None, "a whole body");
        assert_eq!(held.await.unwrap().unwrap().status(), 200);
        app.ended().await;
    }
}

#[tokio::test]
async fn an_end_is_announced_within_tls() {
    let [app, _] = TestApp::encrypted(|_| {}).await;
    let last = request(app.addr, "GET /healthz", &[("Connection", "close")], "");
    let answer = spelt(&app, &last).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}
