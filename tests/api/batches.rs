//! How much one answer gives, and that nothing is lost at its end.

use pushpull::event::{Cursor, MAX_DATA};

use crate::{
    app::{TestApp, batch},
    subscriber::{ALL, Subscriber, WITH_START},
};

/// One answer gives at most that many events, and that many bytes of them.
const EVENTS: usize = 256;
const BYTES: usize = 1024 * 1024;

/// The addresses that answer with a batch, each complete but for the cursor.
const ANSWERS: [&str; 4] = [
    "/api/topics/topic/poll?after=",
    "/api/topics/topic/long-poll?wait=60&after=",
    "/api/fn/poll?topic=topic&after=",
    "/api/fn/long-poll?topic=topic&wait=60&after=",
];

#[tokio::test]
async fn an_answer_has_at_most_256_events_and_says_that_there_are_more() {
    let app = TestApp::start().await;
    let head = app.publish_numbers("topic", 1..=600).await;
    for address in ANSWERS {
        let mut after = "start".to_owned();
        for (first, last, more) in [(1, 256, true), (257, 512, true), (513, 600, false)] {
            let batch = batch(app.ask(&format!("{address}{after}")).await).await;
            let numbers: Vec<u64> = batch.events.iter().map(|event| event.seq).collect();
            assert_eq!(numbers, Vec::from_iter(first..=last), "{address}");
            assert_eq!(
                batch.next,
                Cursor {
                    epoch: head.epoch,
                    seq: last
                }
            );
            assert_eq!((batch.more, batch.gap), (more, None), "{address}");
            after = batch.next.to_string();
        }
    }
}

#[tokio::test]
async fn exactly_256_events_are_not_cut_off() {
    let app = TestApp::start().await;
    app.publish_numbers("topic", 1..=256).await;
    for address in ANSWERS {
        let batch = batch(app.ask(&format!("{address}start")).await).await;
        assert_eq!(
            (batch.events.len(), batch.more),
            (EVENTS, false),
            "{address}"
        );
    }
}

#[tokio::test]
async fn an_answer_has_at_most_a_mebibyte_of_events() {
    let app = TestApp::start().await;
    let large = "x".repeat(MAX_DATA);
    for _ in 0..20 {
        app.publish("topic", &large).await;
    }
    for address in ANSWERS {
        let mut seen = Vec::new();
        let mut after = "start".to_owned();
        for round in 0.. {
            let answer = app.ask(&format!("{address}{after}")).await;
            let body = answer.bytes().await.unwrap();
            // The brace around the events is short.
            assert!(body.len() <= BYTES + 256, "{address}: {} bytes", body.len());
            let batch: pushpull::event::Batch = serde_json::from_slice(&body).unwrap();
            assert!(
                round > 0 || batch.more,
                "20 of 64 KiB do not fit into one answer"
            );
            seen.extend(batch.events.iter().map(|event| event.seq));
            after = batch.next.to_string();
            if !batch.more {
                break;
            }
        }
        assert_eq!(seen, Vec::from_iter(1..=20), "{address}");
    }
}

#[tokio::test]
async fn the_largest_event_is_given_however_much_its_encoding_swells() {
    let app = TestApp::start().await;
    // JSON needs six bytes for each of these.
    let swelling = "\u{1}".repeat(MAX_DATA);
    for _ in 0..3 {
        app.publish("topic", &swelling).await;
    }
    for transport in WITH_START {
        let mut subscriber = Subscriber::open(&app, transport, "topic", "start").await;
        for _ in 0..3 {
            assert!(subscriber.event().await.data == swelling, "{transport:?}");
        }
    }
}

#[tokio::test]
async fn whoever_reads_on_gets_everything_however_many_batches_it_takes() {
    let app = TestApp::start().await;
    let mut first = app.publish_numbers("topic", 1..=700).await;
    first.seq = 0;
    for transport in ALL {
        let mut subscriber = Subscriber::open(&app, transport, "topic", &first.to_string()).await;
        assert_eq!(
            subscriber.numbers(700).await,
            Vec::from_iter(1..=700),
            "{transport:?}"
        );
    }
}

#[tokio::test]
async fn a_batch_says_all_that_the_contract_names() {
    let app = TestApp::start().await;
    let before: serde_json::Value = app.ask("/api/clock").await.json().await.unwrap();
    let head = app.publish("topic", "hello").await;
    let after: serde_json::Value = app.ask("/api/clock").await.json().await.unwrap();
    for address in ANSWERS {
        let mut told: serde_json::Value = app
            .ask(&format!("{address}start"))
            .await
            .json()
            .await
            .unwrap();
        let at = told["events"][0]["at"].take().as_u64().unwrap();
        assert!(
            before["sent"].as_u64().unwrap() <= at,
            "the time of arrival"
        );
        assert!(
            at <= after["received"].as_u64().unwrap(),
            "the time of arrival"
        );
        let expected = serde_json::json!({
            "epoch": head.epoch,
            "events": [{"seq": 1, "at": null, "data": "hello"}],
            "next": head,
            "gap": null,
            "more": false,
        });
        assert_eq!(told, expected, "{address}");
    }
}

#[tokio::test]
async fn a_poll_with_nothing_to_tell_gives_its_cursor_back_or_the_head() {
    let app = TestApp::start().await;
    let head = app.publish_numbers("topic", 1..=2).await;
    for query in [format!("after={head}"), String::new()] {
        let batch = app.poll("topic", &query).await;
        assert!(batch.is_empty(), "{query}");
        assert_eq!((batch.next, batch.more), (head, false), "{query}");
    }
}
