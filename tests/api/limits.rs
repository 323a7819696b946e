//! How much there may be of everything, and what one too many is told.

use crate::{
    app::{TestApp, eventually},
    raw::{HANDSHAKE, Raw, ask, request, shake},
};

#[tokio::test]
async fn one_connection_too_many_is_told_so_and_served_when_another_went() {
    let app = TestApp::with(|options| options.max_connections = 5).await;
    let mut held = Vec::new();
    for _ in 0..5 {
        let mut raw = Raw::open(app.addr).await;
        raw.say(request(app.addr, "GET /healthz", &[], "")).await;
        assert_eq!(raw.answer().await.status, 200);
        held.push(raw);
    }
    // Once with a request under way already, once in silence: a whole answer both times.
    for round in 0..20 {
        let mut sixth = Raw::open(app.addr).await;
        if round % 2 == 0 {
            let _ = sixth
                .try_say(request(app.addr, "GET /healthz", &[], ""))
                .await;
        }
        let answer = sixth.answer().await;
        assert_eq!(answer.refusal(), (503, "too_many_connections".to_owned()));
        assert!(answer.header("retry-after").is_some());
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(sixth.rest().await.is_empty(), "nothing after the answer");
    }
    held.pop();
    eventually("a place", async || {
        ask(app.addr, "GET /healthz", &[], "").await.status == 200
    })
    .await;
    // The four that stayed were not disturbed.
    for raw in &mut held {
        raw.say(request(app.addr, "GET /healthz", &[], "")).await;
        assert_eq!(raw.answer().await.status, 200);
    }
}

#[tokio::test]
async fn upgraded_connections_take_places_too() {
    let app = TestApp::with(|options| options.max_connections = 1).await;
    let mut socket = Raw::open(app.addr).await;
    socket
        .say(request(app.addr, "GET /api/clock", &HANDSHAKE, ""))
        .await;
    assert_eq!(socket.answer().await.status, 101);
    assert_eq!(ask(app.addr, "GET /healthz", &[], "").await.status, 503);
    drop(socket);
    eventually("a place", async || {
        ask(app.addr, "GET /healthz", &[], "").await.status == 200
    })
    .await;
}

#[tokio::test]
async fn one_topic_too_many_is_refused_while_all_are_young() {
    let app = TestApp::with(|options| options.max_topics = 2).await;
    app.publish("one", "x").await;
    app.publish("two", "x").await;
    let full = (503, "too_many_topics".to_owned());
    for (line, body) in [
        ("POST /api/topics/three/events", "x"),
        ("GET /api/topics/three/poll", ""),
        ("GET /api/topics/three/long-poll", ""),
        ("GET /api/topics/three/sse", ""),
    ] {
        let answer = ask(app.addr, line, &[], body).await;
        assert_eq!(answer.refusal(), full, "{line}");
        assert!(answer.header("retry-after").is_some(), "{line}");
    }
    assert_eq!(
        shake(app.addr, "/api/topics/three/ws", &[]).await.refusal(),
        full
    );
    assert_eq!(
        app.publish("one", "x").await.seq,
        2,
        "what is there stays usable"
    );
}

#[tokio::test]
async fn echo_sockets_are_few() {
    let app = TestApp::start().await;
    let mut sockets = Vec::new();
    for _ in 0..16 {
        sockets.push(app.socket_at("/api/echo").await);
    }
    let refused = shake(app.addr, "/api/echo", &[]).await;
    assert_eq!(refused.refusal(), (503, "too_many_sockets".to_owned()));
    sockets.pop();
    eventually("a place", async || {
        shake(app.addr, "/api/echo", &[]).await.status == 101
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_lanes_are_counted_and_further_ones_served_unmetered() {
    let app = TestApp::start().await;
    let mut raw = Raw::open(app.addr).await;
    for thousand in 0..10 {
        let ask_for = |n: usize| {
            let line = format!("GET /api/topics/t/poll?lane=l{}", thousand * 1_000 + n);
            request(app.addr, &line, &[], "")
        };
        // In one breath: a thousand requests, then a thousand answers.
        let (mut reader, requests) = (raw, (0..1_000).map(ask_for).collect::<String>());
        reader.say(requests).await;
        for n in 0..1_000 {
            let answer = reader.answer().await;
            assert_eq!(
                (answer.status, answer.header("lane")),
                (200, None),
                "{thousand} {n}"
            );
        }
        raw = reader;
    }
    let beyond = ask(app.addr, "GET /api/topics/t/poll?lane=one-more", &[], "").await;
    assert_eq!(
        (beyond.status, beyond.header("lane")),
        (200, Some("refused"))
    );
    let known = ask(app.addr, "GET /api/topics/t/poll?lane=l0", &[], "").await;
    assert_eq!((known.status, known.header("lane")), (200, None));
    assert_eq!(app.lane("l0").await.requests, 2);
    assert_eq!(
        ask(app.addr, "GET /api/lanes/one-more", &[], "")
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn what_all_topics_hold_is_bounded() {
    let bound = 1024 * 1024;
    let app = TestApp::with(|options| options.total_bytes = bound).await;
    let data = "x".repeat(60_000);
    for n in 0..60 {
        app.publish(&format!("t{}", n % 3), &data).await;
        assert!(app.health("held_bytes").await <= bound as u64, "after {n}");
    }
    assert!(
        app.health("held_bytes").await > bound as u64 / 2,
        "it holds what it may"
    );
}
