//! The way in: what is an event, and what is refused.

use pushpull::event::MAX_DATA;
use serde_json::{Value, json};

use crate::app::{TestApp, refusal, refused};

#[tokio::test]
async fn a_publisher_is_told_the_events_place() {
    let app = TestApp::start().await;
    let first = app.try_publish("topic", "a").await;
    assert_eq!(first.status(), 201);
    let first: Value = first.json().await.unwrap();
    let epoch = first["epoch"].clone();
    assert_eq!(first, json!({"epoch": epoch, "seq": 1}));
    let second: Value = app.try_publish("topic", "b").await.json().await.unwrap();
    assert_eq!(second, json!({"epoch": epoch, "seq": 2}));
    let elsewhere: Value = app
        .try_publish("elsewhere", "c")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(elsewhere["seq"], 1);
    assert_ne!(
        elsewhere["epoch"], epoch,
        "every log has an epoch of its own"
    );
}

#[tokio::test]
async fn exactly_64_kib_are_accepted() {
    let app = TestApp::start().await;
    let longest = "é".repeat(MAX_DATA / 2);
    assert_eq!(longest.len(), 65_536);
    app.publish("topic", &longest).await;
    let batch = app.poll("topic", "after=start").await;
    assert!(batch.events[0].data == longest);
}

#[tokio::test]
async fn a_longer_body_is_refused_and_nothing_is_published() {
    let app = TestApp::start().await;
    app.publish("topic", "before").await;
    for length in [MAX_DATA + 1, 4 * MAX_DATA] {
        let answer = app.try_publish("topic", "x".repeat(length)).await;
        assert_eq!(refused(answer).await, refusal(413, "too_large"), "{length}");
    }
    assert_eq!(app.publish("topic", "after").await.seq, 2);
}

#[tokio::test]
async fn what_is_not_utf_8_is_refused_and_nothing_is_published() {
    let app = TestApp::start().await;
    app.publish("topic", "before").await;
    for bad in [
        &b"\xff"[..],
        b"half \xe2\x82",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
    ] {
        let answer = app.try_publish("topic", bad).await;
        assert_eq!(refused(answer).await, refusal(400, "not_utf8"), "{bad:?}");
    }
    assert_eq!(app.publish("topic", "after").await.seq, 2);
}

#[tokio::test]
async fn the_body_is_the_data_whatever_its_type_says() {
    let app = TestApp::start().await;
    for (kind, data) in [
        ("application/json", r#"{"a":1}"#),
        ("application/x-www-form-urlencoded", "a=1&b=%20"),
        ("application/octet-stream", "\u{feff}text"),
    ] {
        let request = app
            .post("/api/topics/topic/events")
            .header("content-type", kind);
        let answer = request.body(data).send().await.unwrap();
        assert_eq!(answer.status(), 201, "{kind}");
        let batch = app.poll("topic", "after=start").await;
        assert_eq!(batch.events.last().unwrap().data, data, "{kind}");
    }
}

#[tokio::test]
async fn a_topics_times_never_go_back() {
    let app = TestApp::start().await;
    app.publish_numbers("topic", 1..=50).await;
    let batch = app.poll("topic", "after=start").await;
    assert_eq!(batch.events.len(), 50);
    assert!(batch.events.is_sorted_by_key(|event| event.at));
}

#[tokio::test]
async fn a_bad_topic_is_refused_everywhere() {
    let app = TestApp::start().await;
    let too_long = "x".repeat(65);
    for bad in [
        "", "Topic", "a_b", "a.b", "%20", "a%2Fb", "%C3%A4", "%ff", "topic%00", &too_long,
    ] {
        let published = app.try_publish(bad, "x").await;
        assert_eq!(
            refused(published).await,
            refusal(400, "bad_topic"),
            "publishing to {bad}"
        );
        for path in [
            format!("/api/topics/{bad}/poll"),
            format!("/api/topics/{bad}/long-poll"),
            format!("/api/topics/{bad}/sse"),
            format!("/api/fn/poll?topic={bad}"),
            format!("/api/fn/long-poll?topic={bad}&wait=1"),
        ] {
            let answer = app.ask(&path).await;
            assert_eq!(refused(answer).await, refusal(400, "bad_topic"), "{path}");
        }
        let socket = app.try_socket_at(&format!("/api/topics/{bad}/ws")).await;
        assert_eq!(socket.err(), Some(refusal(400, "bad_topic")), "{bad}");
    }
    assert_eq!(app.health("topics").await, 0, "none was made");
}

#[tokio::test]
async fn the_longest_name_is_a_topic() {
    let app = TestApp::start().await;
    let longest = "0-z9".repeat(16);
    app.publish(&longest, "x").await;
    assert_eq!(app.poll(&longest, "after=start").await.events.len(), 1);
}
