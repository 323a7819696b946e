//! The server function's WebSocket: what it says before, beside and against the common tongue.

use pushpull::{
    event::MAX_DATA,
    transport::server_fn::{ToBrowser, ToServer},
};
use serde_json::json;

use crate::{
    app::{Socket, TestApp, eventually},
    socket::{BINARY, RawSocket, hear, say},
};

const PATH: &str = "/api/fn/socket";

fn open(topic: &str) -> ToServer {
    ToServer::Open {
        topic: topic.parse().unwrap(),
        after: None,
        lane: None,
    }
}

async fn told(socket: &mut Socket) -> ToBrowser {
    let message = hear(socket).await.expect("a message");
    serde_json::from_slice(&message).unwrap()
}

async fn assert_refused(socket: &mut Socket, expected: &str) {
    match told(socket).await {
        ToBrowser::Refused { code, message } => {
            assert_eq!(code, expected);
            assert!(!message.is_empty());
        }
        other => panic!("{other:?} instead of {expected}"),
    }
}

#[tokio::test]
async fn the_first_message_opens_the_topic_and_its_position_is_told() {
    let app = TestApp::start().await;
    let head = app.publish("topic", "x").await;
    let mut socket = app.socket_at(PATH).await;
    say(&mut socket, &open("topic")).await;
    assert_eq!(
        told(&mut socket).await,
        ToBrowser::Position { cursor: head }
    );
}

#[tokio::test]
async fn what_it_publishes_comes_back_to_it_and_to_others() {
    let app = TestApp::start().await;
    let mut stream = app.event_stream("topic", "").await;
    stream.position().await;
    let mut socket = app.socket_at(PATH).await;
    say(&mut socket, &open("topic")).await;
    told(&mut socket).await;
    say(
        &mut socket,
        &ToServer::Publish {
            data: "hello".to_owned(),
        },
    )
    .await;
    let event = stream.event().await;
    assert_eq!(event.data, "hello");
    assert_eq!(told(&mut socket).await, ToBrowser::Event(event));
}

#[tokio::test]
async fn what_is_out_of_order_or_too_long_is_refused_and_the_socket_stays() {
    let app = TestApp::start().await;
    let mut socket = app.socket_at(PATH).await;
    say(
        &mut socket,
        &ToServer::Publish {
            data: "too early".to_owned(),
        },
    )
    .await;
    assert_refused(&mut socket, "bad_query").await;
    say(&mut socket, &open("topic")).await;
    told(&mut socket).await;
    say(&mut socket, &open("other")).await;
    assert_refused(&mut socket, "bad_query").await;
    say(
        &mut socket,
        &ToServer::Publish {
            data: "x".repeat(MAX_DATA + 1),
        },
    )
    .await;
    assert_refused(&mut socket, "too_large").await;
    say(
        &mut socket,
        &ToServer::Publish {
            data: "x".repeat(MAX_DATA),
        },
    )
    .await;
    assert!(matches!(told(&mut socket).await, ToBrowser::Event(event) if event.seq == 1));
}

#[tokio::test]
async fn what_is_no_message_ends_the_socket_without_an_event() {
    let app = TestApp::start().await;
    for bad in [
        &b"\0not JSON"[..],
        b"\0{\"Open\":{\"topic\":\"Topic\",\"after\":null,\"lane\":null}}",
        b"\0{\"Open\":{\"topic\":\"topic\",\"after\":\"x\",\"lane\":null}}",
        b"\x07{}",
        b"",
    ] {
        let mut socket = RawSocket::open(&app, PATH).await;
        socket.send(BINARY, bad).await;
        while let Some((first, message)) = socket.frame().await {
            assert_ne!(first, BINARY, "{:?}", String::from_utf8_lossy(&message));
        }
    }
    assert_eq!(app.health("topics").await, 0);
    eventually("all readers to go", async || {
        app.health("readers").await == 0
    })
    .await;
}

#[tokio::test]
async fn its_messages_are_binary_with_a_byte_that_says_no_error() {
    let app = TestApp::start().await;
    let mut socket = RawSocket::open(&app, PATH).await;
    let opening = json!({"Open": {"topic": "topic", "after": null, "lane": null}});
    socket.send(BINARY, format!("\0{opening}").as_bytes()).await;
    let position = socket.frame_of(BINARY).await;
    assert!(
        position.starts_with(b"\0{\"Position\":{\"cursor\":\""),
        "{position:?}"
    );
}
