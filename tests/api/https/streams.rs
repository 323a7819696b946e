//! Many streams on one connection of HTTP/2, and those that stand still.

use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::http::Request;

use crate::{
    app::{Dialect, TestApp, eventually, soon},
    dialect::http2,
};

async fn http2_app(write_timeout: Duration) -> TestApp {
    let [_, app] = TestApp::encrypted(|options| options.write_timeout = write_timeout).await;
    app
}

#[tokio::test]
async fn twenty_event_streams_leave_room_for_a_question() {
    let app = http2_app(Duration::from_secs(30)).await;
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut stream = app.event_stream("t", "").await;
        stream.position().await;
        streams.push(stream);
    }
    app.publish("t", "hello").await;
    for stream in &mut streams {
        assert_eq!(stream.event().await.data, "hello");
    }
    assert_eq!(app.health("readers").await, 20);
    assert_eq!(app.health("connections").await, 1, "all on one connection");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_stands_still_is_given_up_and_the_others_go_on() {
    let app = http2_app(Duration::from_millis(300)).await;
    let Dialect::Http2(known) = app.dialect else {
        unreachable!("it speaks HTTP/2")
    };
    let mut asking = http2(app.addr, known).await;
    let mut open = async |path: &str| {
        let request = Request::get(app.url(path)).body(Empty::new()).unwrap();
        let answer = soon(path, asking.send_request(request)).await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.into_body()
    };
    let mut stalled = open("/api/topics/big/sse").await;
    let mut reading = open("/api/topics/small/sse").await;
    // The position; from then on the one is read and the other is not.
    for body in [&mut stalled, &mut reading] {
        soon("the position", body.frame()).await.unwrap().unwrap();
    }
    let data = "x".repeat(60_000);
    let giving_up = async {
        while app.health("readers").await > 1 {
            app.publish("big", &data).await;
        }
    };
    soon("the stalled stream's end", giving_up).await;
    app.publish("small", "still here").await;
    let mut told = Vec::new();
    while !told.ends_with(b"\n\n") || !String::from_utf8_lossy(&told).contains("still here") {
        let frame = soon("an event", reading.frame()).await.unwrap().unwrap();
        told.extend(frame.into_data().unwrap());
    }
    let ended = async { while let Some(Ok(_)) = stalled.frame().await {} };
    soon("the reset", ended).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_stands_still_is_given_up() {
    let app = http2_app(Duration::from_millis(300)).await;
    let _stalled = app.web_socket("t", "").await;
    eventually("the reader", async || app.health("readers").await == 1).await;
    let data = "x".repeat(60_000);
    let giving_up = async {
        while app.health("readers").await > 0 {
            app.publish("t", &data).await;
        }
    };
    soon("the socket's end", giving_up).await;
}
