//! A held request: answered as soon as there is something, or empty when the wait is over.

use std::time::Instant;

use pushpull::transport::Transport;

use crate::{
    app::{TestApp, refusal, refused},
    subscriber::Subscriber,
};

const HELD: [Transport; 2] = [Transport::LongPolling, Transport::ServerFnLongPolling];

#[tokio::test]
async fn it_is_answered_as_soon_as_an_event_comes() {
    let app = TestApp::start().await;
    for transport in HELD {
        let topic = transport.slug();
        let head = app.publish(topic, "1").await;
        // It may be held for a minute, and the test has far less patience than that.
        let mut subscriber = Subscriber::open(&app, transport, topic, &head.to_string()).await;
        assert_eq!(app.health("readers").await, 1, "it is held");
        app.publish(topic, "2").await;
        assert_eq!(subscriber.event().await.data, "2", "{transport:?}");
        assert_eq!(app.health("readers").await, 0, "it has been answered");
    }
}

#[tokio::test]
async fn it_is_answered_at_once_when_there_is_something_already() {
    let app = TestApp::start().await;
    app.publish_numbers("topic", 1..=2).await;
    let batch = app.long_poll("topic", "after=start&wait=60").await;
    assert_eq!(batch.events.len(), 2);
}

#[tokio::test]
async fn it_is_answered_empty_when_the_wait_is_over() {
    let app = TestApp::start().await;
    let head = app.publish("topic", "1").await;
    for path in [
        format!("/api/topics/topic/long-poll?after={head}&wait=1"),
        "/api/topics/topic/long-poll?wait=1".to_owned(),
        format!("/api/fn/long-poll?topic=topic&after={head}&wait=1"),
    ] {
        let asked = Instant::now();
        let batch = crate::app::batch(app.ask(&path).await).await;
        assert!(
            asked.elapsed().as_millis() >= 1_000,
            "{path}: not before its time"
        );
        assert!(batch.is_empty(), "{path}");
        assert_eq!((batch.next, batch.more), (head, false), "{path}");
    }
}

#[tokio::test]
async fn an_event_of_another_topic_does_not_answer_it() {
    let app = TestApp::start().await;
    for transport in HELD {
        let mut subscriber = Subscriber::open(&app, transport, "quiet", "").await;
        app.publish("loud", "x").await;
        app.publish("quiet", "y").await;
        assert_eq!(subscriber.event().await.data, "y", "{transport:?}");
    }
}

#[tokio::test]
async fn a_wait_is_one_to_sixty_whole_seconds() {
    let app = TestApp::start().await;
    app.publish("topic", "x").await;
    for bad in [
        "0",
        "61",
        "-1",
        "1.5",
        "",
        "1s",
        "%2B5",
        "+5",
        "99999999999999999999",
    ] {
        let path = format!("/api/topics/topic/long-poll?after=start&wait={bad}");
        assert_eq!(
            refused(app.ask(&path).await).await,
            refusal(400, "bad_wait"),
            "{bad}"
        );
    }
    for good in ["1", "60"] {
        let batch = app
            .long_poll("topic", &format!("after=start&wait={good}"))
            .await;
        assert_eq!(batch.events.len(), 1);
    }
    let path = "/api/fn/long-poll?topic=topic&after=start&wait=";
    for (bad, code) in [
        ("0", "bad_wait"),
        ("61", "bad_wait"),
        ("x", "bad_input"),
        ("-1", "bad_input"),
    ] {
        let answer = app.ask(&format!("{path}{bad}")).await;
        assert_eq!(refused(answer).await, refusal(400, code), "{bad}");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_no_reader() {
    let app = TestApp::start().await;
    for transport in HELD {
        let subscriber = Subscriber::open(&app, transport, "topic", "").await;
        assert_eq!(app.health("readers").await, 1);
        drop(subscriber);
        crate::app::eventually("the reader to go", async || {
            app.health("readers").await == 0
        })
        .await;
    }
}
