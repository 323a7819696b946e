//! Where reading begins: from now on, from the start, behind a cursor.

use crate::{
    app::{TestApp, refusal},
    subscriber::{ALL, Subscriber, WITH_START},
};

#[tokio::test]
async fn without_a_position_reading_begins_now() {
    let app = TestApp::start().await;
    for transport in ALL {
        let topic = transport.slug();
        let head = app.publish_numbers(topic, 1..=2).await;
        let mut subscriber = Subscriber::open(&app, transport, topic, "").await;
        if let Some(position) = subscriber.cursor {
            assert_eq!(position, head, "{transport:?}");
        }
        app.publish(topic, "3").await;
        assert_eq!(subscriber.event().await.data, "3", "{transport:?}");
    }
}

#[tokio::test]
async fn a_topic_that_nobody_has_made_can_be_read_from_now_on() {
    let app = TestApp::start().await;
    for transport in ALL {
        let topic = transport.slug();
        let mut subscriber = Subscriber::open(&app, transport, topic, "").await;
        app.publish(topic, "first").await;
        let event = subscriber.event().await;
        assert_eq!(
            (event.seq, event.data.as_str()),
            (1, "first"),
            "{transport:?}"
        );
    }
}

#[tokio::test]
async fn start_is_the_oldest_event_held_and_never_a_gap() {
    let app = TestApp::holding(3).await;
    app.publish_numbers("topic", 1..=5).await;
    for transport in WITH_START {
        let mut subscriber = Subscriber::open(&app, transport, "topic", "start").await;
        assert_eq!(subscriber.numbers(3).await, [3, 4, 5], "{transport:?}");
    }
}

#[tokio::test]
async fn behind_a_cursor_all_that_follows_is_read_and_goes_on() {
    let app = TestApp::start().await;
    for transport in ALL {
        let topic = transport.slug();
        let second = app.publish_numbers(topic, 1..=2).await;
        app.publish_numbers(topic, 3..=4).await;
        let mut subscriber = Subscriber::open(&app, transport, topic, &second.to_string()).await;
        assert_eq!(subscriber.numbers(2).await, [3, 4], "{transport:?}");
        app.publish(topic, "5").await;
        assert_eq!(subscriber.numbers(1).await, [5], "{transport:?}");
    }
}

#[tokio::test]
async fn the_cursor_of_the_head_waits_for_the_next_event() {
    let app = TestApp::start().await;
    for transport in ALL {
        let topic = transport.slug();
        let head = app.publish_numbers(topic, 1..=3).await;
        let mut subscriber = Subscriber::open(&app, transport, topic, &head.to_string()).await;
        app.publish(topic, "4").await;
        assert_eq!(subscriber.numbers(1).await, [4], "{transport:?}");
        assert_eq!(subscriber.cursor.unwrap().epoch, head.epoch);
    }
}

#[tokio::test]
async fn a_cursor_before_the_first_event_reads_everything() {
    let app = TestApp::start().await;
    for transport in ALL {
        let topic = transport.slug();
        let mut first = app.publish_numbers(topic, 1..=3).await;
        first.seq = 0;
        let mut subscriber = Subscriber::open(&app, transport, topic, &first.to_string()).await;
        assert_eq!(subscriber.numbers(3).await, [1, 2, 3], "{transport:?}");
    }
}

#[tokio::test]
async fn a_cursor_beyond_the_head_is_refused() {
    let app = TestApp::start().await;
    let mut ahead = app.publish_numbers("topic", 1..=3).await;
    for seq in [4, 9_999_999_999_999_999] {
        ahead.seq = seq;
        for transport in ALL {
            let opened =
                Subscriber::try_open(&app, transport, "topic", &ahead.to_string(), "").await;
            // The server function's socket learns its cursor after the handshake; all others are
            // refused before anything is answered, WebSocket before the upgrade.
            let status = if transport.slug() == "server-fn-websocket" {
                101
            } else {
                400
            };
            assert_eq!(
                opened.err(),
                Some(refusal(status, "cursor_ahead")),
                "{transport:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_no_cursor_is_refused() {
    let app = TestApp::start().await;
    let good = app.publish("topic", "x").await.to_string();
    let (epoch, _) = good.split_once('-').unwrap();
    for bad in [
        "1",
        "begin",
        "START",
        epoch,
        &format!("{epoch}-"),
        &format!("{epoch}-01"),
        &format!("{epoch}-1x"),
        &format!("{epoch}--1"),
        &format!("{epoch}-10000000000000000"),
        &format!("{epoch}%2D1%20"),
        "0123456789ABCDEF-1",
        "%ff",
    ] {
        for transport in WITH_START {
            let opened = Subscriber::try_open(&app, transport, "topic", bad, "").await;
            assert_eq!(
                opened.err(),
                Some(refusal(400, "bad_cursor")),
                "{transport:?} {bad}"
            );
        }
    }
}
