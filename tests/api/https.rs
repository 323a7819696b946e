//! The contract over TLS, by HTTP/1.1 and by HTTP/2.

mod certificates;
mod endings;
mod streams;

use futures::SinkExt;
use pushpull::event::Gap;
use reqwest::{Method, Version, header};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    app::{Dialect, TestApp, eventually, refusal, refused, soon},
    dialect::encrypted,
    raw::{ask, request},
    socket::hear,
    subscriber::{ALL, Subscriber, Told},
};

/// What is answered to exactly these bytes, encrypted. It fails where the connection ends without
/// TLS's own word.
async fn spelt(app: &TestApp, request: &str) -> String {
    let Dialect::Tls(known) = app.dialect else {
        unreachable!("it speaks HTTP/1.1")
    };
    let mut stream = encrypted(app.addr, known, "http/1.1").await;
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon("the end", stream.read_to_string(&mut answer))
        .await
        .unwrap();
    answer
}

fn version(app: &TestApp) -> Version {
    match app.dialect {
        Dialect::Http2(_) => Version::HTTP_2,
        _ => Version::HTTP_11,
    }
}

#[tokio::test]
async fn every_transport_tells_every_event_in_order() {
    for app in TestApp::encrypted(|_| {}).await {
        assert_eq!(app.ask("/healthz").await.version(), version(&app));
        for transport in ALL {
            let topic = transport.slug();
            let mut subscriber = Subscriber::open(&app, transport, topic, "").await;
            app.publish_numbers(topic, 1..=5).await;
            let numbers = subscriber.numbers(5).await;
            assert_eq!(numbers, [1, 2, 3, 4, 5], "{transport:?} {:?}", app.dialect);
        }
    }
}

#[tokio::test]
async fn every_transport_resumes_where_it_was_cut() {
    for app in TestApp::encrypted(|options| options.test_knobs = true).await {
        for transport in ALL {
            let topic = transport.slug();
            let mut subscriber = Subscriber::open(&app, transport, topic, "").await;
            app.publish_numbers(topic, 1..=2).await;
            assert_eq!(subscriber.numbers(1).await, [1], "{transport:?}");
            app.cut_all().await;
            eventually("the server to have cut", async || {
                app.health("readers").await == 0
            })
            .await;
            app.publish_numbers(topic, 3..=4).await;
            let mut subscriber = subscriber.resume().await;
            let numbers = subscriber.numbers(3).await;
            assert_eq!(numbers, [2, 3, 4], "{transport:?} {:?}", app.dialect);
        }
    }
}

#[tokio::test]
async fn every_transport_tells_the_exact_gap() {
    for app in TestApp::encrypted(|options| options.topic_events = 4).await {
        let mut cursor = app.publish_numbers("topic", 1..=10).await;
        cursor.seq = 2;
        for transport in ALL {
            let mut subscriber =
                Subscriber::open(&app, transport, "topic", &cursor.to_string()).await;
            let gap = Gap {
                epoch: cursor.epoch,
                from: 3,
                to: 6,
                reset: false,
            };
            assert_eq!(subscriber.next().await, Told::Gap(gap), "{transport:?}");
            assert_eq!(subscriber.numbers(4).await, [7, 8, 9, 10], "{transport:?}");
        }
    }
}

#[tokio::test]
async fn http_2_overtakes_no_answer_but_its_heads_are_not_counted() {
    for app in TestApp::encrypted(|_| {}).await {
        app.publish_numbers("topic", 1..=3).await;
        for _ in 0..3 {
            let answer = app.ask("/api/topics/topic/poll?lane=a").await;
            assert_eq!(answer.status(), 200);
            answer.bytes().await.unwrap();
        }
        eventually("the last answer to be counted", async || {
            app.lane("a").await.bytes_out > 0
        })
        .await;
        let counted = app.lane("a").await;
        assert!(!counted.approximate, "{counted:?}");
        let is_http2 = version(&app) == Version::HTTP_2;
        assert_eq!(counted.bodies_only(), is_http2);
        assert_eq!(counted.header_bytes == 0, is_http2, "{counted:?}");
    }
}

#[tokio::test]
async fn a_socket_carries_messages_longer_than_a_frame_both_ways() {
    for app in TestApp::encrypted(|_| {}).await {
        let mut socket = app.socket_at("/api/echo").await;
        let long = "0123456789abcdef".repeat(40_000);
        soon(
            "the echo to take it",
            socket.send(Message::text(long.clone())),
        )
        .await
        .unwrap();
        assert!(hear(&mut socket).await == Some(long.into_bytes()));
    }
}

#[tokio::test]
async fn a_page_that_came_in_clear_is_foreign() {
    for app in TestApp::encrypted(|_| {}).await {
        let publish = |origin: String| {
            let request = app.request(Method::POST, "/api/topics/t/events").body("x");
            request.header(header::ORIGIN, origin).send()
        };
        let own = soon("an answer", publish(format!("https://{}", app.addr)))
            .await
            .unwrap();
        assert_eq!(own.status(), 201);
        let clear = soon("an answer", publish(format!("http://{}", app.addr)))
            .await
            .unwrap();
        assert_eq!(refused(clear).await, refusal(403, "foreign_origin"));
    }
}

#[tokio::test]
async fn another_host_is_unknown_whichever_way_it_is_named() {
    for app in TestApp::encrypted(|_| {}).await {
        let asked = app
            .get("/healthz")
            .header(header::HOST, "evil.example")
            .send();
        let answer = refused(soon("an answer", asked).await.unwrap()).await;
        let expected = match app.dialect {
            // There the address names the server as well, and the two contradict each other.
            Dialect::Http2(_) => refusal(400, "malformed"),
            _ => refusal(421, "unknown_host"),
        };
        assert_eq!(answer, expected);
    }
}

#[tokio::test]
async fn cookies_never_travel_in_clear() {
    let [app, _] = TestApp::encrypted(|_| {}).await;
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Connection", "close"),
    ];
    let form = "lang=ko&theme=dark";
    let answer = spelt(
        &app,
        &request(app.addr, "POST /preferences", &headers, form),
    )
    .await;
    let cookies: Vec<_> = answer
        .lines()
        .filter(|line| line.to_ascii_lowercase().starts_with("set-cookie:"))
        .collect();
    assert_eq!(cookies.len(), 2, "{answer}");
    for cookie in cookies {
        assert!(cookie.ends_with("; Secure"), "{cookie}");
    }
}

#[tokio::test]
async fn who_speaks_in_clear_is_told_what_is_spoken() {
    let [app, _] = TestApp::encrypted(|_| {}).await;
    let answer = ask(app.addr, "GET /healthz", &[], "").await;
    assert_eq!(answer.refusal(), (400, "clear_text".to_owned()));
}
