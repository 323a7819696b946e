//! The server's counters of a lane.

use pushpull::transport::{Transport, counters::LaneCounters};
use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    app::{TestApp, eventually, refusal, refused, soon},
    subscriber::{ALL, Subscriber},
};

#[tokio::test]
async fn a_lane_that_nobody_has_named_is_unknown() {
    let app = TestApp::start().await;
    for _ in 0..2 {
        // Asking for it does not make it.
        let answer = app.ask("/api/lanes/nobody").await;
        assert_eq!(refused(answer).await, refusal(404, "unknown_lane"));
    }
}

#[tokio::test]
async fn events_are_counted_for_the_lane_that_got_them() {
    let app = TestApp::start().await;
    for transport in ALL {
        let lane = transport.slug();
        let head = app.publish(lane, "before").await;
        let mut subscriber =
            Subscriber::open_in(&app, transport, lane, &head.to_string(), lane).await;
        app.publish_numbers(lane, 100..=104).await;
        subscriber.numbers(5).await;
        let counters = app.lane(lane).await;
        assert_eq!((counters.written, counters.gaps), (5, 0), "{transport:?}");
        assert_eq!(
            counters.payload_bytes, 15,
            "five numbers of three digits: {transport:?}"
        );
    }
}

#[tokio::test]
async fn a_standing_connection_is_one_request_that_is_open() {
    let app = TestApp::start().await;
    for transport in [
        Transport::LongPolling,
        Transport::Sse,
        Transport::WebSocket,
        Transport::ServerFnLongPolling,
        Transport::ServerFnWebSocket,
    ] {
        let lane = transport.slug();
        let first = Subscriber::open_in(&app, transport, "topic", "", lane).await;
        let second = Subscriber::open_in(&app, transport, "topic", "", lane).await;
        let counters = app.lane(lane).await;
        assert_eq!((counters.requests, counters.open), (2, 2), "{transport:?}");
        drop((first, second));
        eventually("the lane to empty", async || app.lane(lane).await.open == 0).await;
        let counters = app.lane(lane).await;
        assert_eq!(
            (counters.requests, counters.wasted),
            (2, 0),
            "{transport:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_with_neither_event_nor_gap_is_wasted() {
    let app = TestApp::holding(1).await;
    app.publish_numbers("topic", 1..=3).await;
    let strange = "0123456789abcdef-7";
    for (lane, address) in [
        ("poll", "/api/topics/topic/poll?lane=poll"),
        ("long", "/api/topics/topic/long-poll?wait=1&lane=long"),
        ("fn-poll", "/api/fn/poll?topic=topic&lane=fn-poll"),
        (
            "fn-long",
            "/api/fn/long-poll?topic=topic&wait=1&lane=fn-long",
        ),
    ] {
        // An event, a gap with an event, nothing.
        for query in ["&after=start", &format!("&after={strange}"), ""] {
            let answer = app.ask(&format!("{address}{query}")).await;
            assert_eq!(answer.status(), 200);
        }
        let LaneCounters {
            requests,
            wasted,
            written,
            gaps,
            payload_bytes,
            open,
            ..
        } = app.lane(lane).await;
        let counted = [requests, wasted, written, gaps, payload_bytes, open];
        assert_eq!(counted, [3, 1, 2, 1, 2, 0], "{lane}");
    }
}

#[tokio::test]
async fn refused_requests_count_and_so_do_preflights() {
    let app = TestApp::start().await;
    let mut requests = 0;
    for (method, path) in [
        (Method::GET, "/api/topics/topic/poll?after=x&lane=lane"),
        (Method::GET, "/api/topics/Topic/sse?lane=lane"),
        (Method::GET, "/api/topics/topic/ws?lane=lane"),
        (Method::POST, "/api/topics/topic/poll?lane=lane"),
        (Method::GET, "/api/nothing?lane=lane"),
        (Method::GET, "/api/fn/poll?topic=Topic&lane=lane"),
        (Method::POST, "/api/topics/topic/events?lane=lane"),
    ] {
        // A page of a foreign origin: its POST is refused.
        let request = app
            .request(method.clone(), path)
            .header("origin", "https://example.org");
        let answer = soon(path, request.send()).await.unwrap();
        assert!(
            answer.status().is_client_error(),
            "{method} {path}: {}",
            answer.status()
        );
        requests += 1;
        assert_eq!(app.lane("lane").await.requests, requests, "{method} {path}");
    }
    let preflight = app
        .request(Method::OPTIONS, "/api/topics/topic/poll?lane=lane")
        .header("origin", "https://example.org")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "last-event-id");
    soon("the preflight", preflight.send()).await.unwrap();
    let counters = app.lane("lane").await;
    assert_eq!((counters.requests, counters.written), (requests + 1, 0));
    assert_eq!(counters.wasted, 0, "a refusal is no empty answer");
}

#[tokio::test]
async fn lanes_are_counted_apart() {
    let app = TestApp::start().await;
    for (lane, times) in [("a", 1), ("b", 3)] {
        for _ in 0..times {
            app.poll("topic", &format!("lane={lane}")).await;
        }
    }
    app.poll("topic", "").await;
    assert_eq!(
        (app.lane("a").await.requests, app.lane("b").await.requests),
        (1, 3)
    );
}

#[tokio::test]
async fn beyond_ten_thousand_lanes_a_request_is_served_unmetered_and_told_so() {
    let app = TestApp::start().await;
    // One connection, many requests in one go: ten thousand one by one would take long.
    let mut connection = app.connect().await;
    for hundred in 0..100 {
        let requests: String = (0..100)
            .map(|n| {
                let addr = app.addr;
                format!("GET /api/clock?lane=l{hundred}-{n} HTTP/1.1\r\nHost: {addr}\r\n\r\n")
            })
            .collect();
        connection.write_all(requests.as_bytes()).await.unwrap();
        let mut answers = Vec::new();
        while answers
            .windows(8)
            .filter(|window| window == b"HTTP/1.1")
            .count()
            < 100
            || !answers.ends_with(b"}")
        {
            let read = soon("answers", connection.read_buf(&mut answers))
                .await
                .unwrap();
            assert_ne!(read, 0, "the connection goes on");
        }
        assert!(!String::from_utf8_lossy(&answers).contains("lane: refused"));
    }
    app.publish("topic", "x").await;
    let answer = app
        .ask("/api/topics/topic/poll?after=start&lane=one-more")
        .await;
    assert_eq!(answer.headers()["lane"], "refused");
    let batch: Value = answer.json().await.unwrap();
    assert_eq!(batch["events"][0]["data"], "x", "served all the same");
    assert_eq!(
        refused(app.ask("/api/lanes/one-more").await).await,
        refusal(404, "unknown_lane")
    );
    assert_eq!(app.lane("l99-99").await.requests, 1);
}
