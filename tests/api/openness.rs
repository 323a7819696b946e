//! Topics are made by publishing or reading, and their number is bounded.

use crate::{
    app::{Refusal, TestApp, refusal, refused},
    subscriber::{ALL, Subscriber},
};

#[tokio::test]
async fn a_topic_is_made_by_publishing() {
    let app = TestApp::start().await;
    assert_eq!(app.health("topics").await, 0);
    for (topic, topics) in [("one", 1), ("two", 2), ("one", 2)] {
        app.publish(topic, "x").await;
        assert_eq!(app.health("topics").await, topics);
    }
}

#[tokio::test]
async fn a_topic_is_made_by_reading() {
    let app = TestApp::start().await;
    let mut topics = 0;
    for transport in ALL {
        let subscriber = Subscriber::open(&app, transport, transport.slug(), "").await;
        topics += 1;
        assert_eq!(app.health("topics").await, topics, "{transport:?}");
        drop(subscriber);
    }
}

#[tokio::test]
async fn where_none_is_idle_another_topic_is_refused_for_a_while() {
    let app = TestApp::with(|options| options.max_topics = 2).await;
    app.publish("one", "x").await;
    app.publish("two", "x").await;
    for path in [
        "/api/topics/three/poll",
        "/api/topics/three/long-poll",
        "/api/topics/three/sse",
        "/api/fn/poll?topic=three",
        "/api/fn/long-poll?topic=three&wait=1",
    ] {
        let answer = app.ask(path).await;
        assert!(answer.headers().contains_key("retry-after"), "{path}");
        assert_eq!(refused(answer).await, full(503), "{path}");
    }
    let published = app.try_publish("three", "x").await;
    assert!(published.headers().contains_key("retry-after"));
    assert_eq!(refused(published).await, full(503));
    assert_eq!(app.health("topics").await, 2);
}

#[tokio::test]
async fn every_transport_tells_that_there_are_too_many_topics() {
    let app = TestApp::with(|options| options.max_topics = 1).await;
    app.publish("one", "x").await;
    for transport in ALL {
        let status = if transport.slug() == "server-fn-websocket" {
            101
        } else {
            503
        };
        let opened = Subscriber::try_open(&app, transport, "two", "", "").await;
        assert_eq!(opened.err(), Some(full(status)), "{transport:?}");
        Subscriber::open(&app, transport, "one", "").await;
    }
}

/// What another topic is told, with the status that its transport has for it.
fn full(status: u16) -> Refusal {
    refusal(status, "too_many_topics")
}
