//! Server-Sent Events as they stand on the wire.

use std::time::Duration;

use pushpull::event::Cursor;
use reqwest::Response;

use crate::{
    app::{TestApp, eventually, refusal, refused},
    sse::{Block, EventStream},
};

/// Asks as a browser does that lost its stream: with the old address and the last id.
async fn reconnect(app: &TestApp, query: &str, last_event_id: &str) -> Response {
    let path = format!("/api/topics/topic/sse?{query}");
    let request = app.get(&path).header("last-event-id", last_event_id);
    crate::app::soon("the stream", request.send())
        .await
        .unwrap()
}

#[tokio::test]
async fn it_begins_with_the_retry_time_and_the_position() {
    let app = TestApp::start().await;
    let head = app.publish_numbers("topic", 1..=3).await;
    for (query, position) in [
        (String::new(), head),
        ("after=start".to_owned(), Cursor { seq: 0, ..head }),
        (format!("after={}-2", head.epoch), Cursor { seq: 2, ..head }),
    ] {
        let mut stream = app.event_stream("topic", &query).await;
        let first = stream.block().await;
        assert!(
            first.retry.is_some_and(|ms| (100..=10_000).contains(&ms)),
            "{first:?}"
        );
        assert_eq!(
            first,
            Block {
                retry: first.retry,
                ..Block::default()
            }
        );
        let second = stream.block().await;
        let only_id = Block {
            id: Some(position.to_string()),
            ..Block::default()
        };
        assert_eq!(second, only_id, "no data, so that no message is dispatched");
    }
}

#[tokio::test]
async fn an_event_is_one_block_with_its_cursor_and_its_json() {
    let app = TestApp::start().await;
    let mut stream = app.event_stream("topic", "").await;
    stream.position().await;
    let cursor = app.publish("topic", "two\nlines").await;
    let block = stream.block().await;
    assert_eq!(block.id, Some(cursor.to_string()));
    assert_eq!((block.event.as_deref(), block.retry), (None, None));
    let data = block.data.clone().unwrap();
    assert!(!data.contains('\n'), "JSON on one line: {data}");
    let told: serde_json::Value = serde_json::from_str(&data).unwrap();
    let at = told["at"].as_u64().unwrap();
    assert_eq!(
        told,
        serde_json::json!({"seq": 1, "at": at, "data": "two\nlines"})
    );
}

#[tokio::test]
async fn the_last_event_id_beats_the_addresss_cursor() {
    let app = TestApp::start().await;
    let head = app.publish_numbers("topic", 1..=5).await;
    for query in ["", "after=start", &format!("after={}-1", head.epoch)] {
        let answer = reconnect(&app, query, &format!("{}-3", head.epoch)).await;
        let mut stream = EventStream::new(answer);
        assert_eq!(stream.position().await.seq, 3, "{query}");
        assert_eq!(stream.event().await.seq, 4, "{query}");
    }
}

#[tokio::test]
async fn an_empty_last_event_id_is_none() {
    let app = TestApp::start().await;
    let head = app.publish_numbers("topic", 1..=5).await;
    let answer = reconnect(&app, &format!("after={}-1", head.epoch), "").await;
    assert_eq!(EventStream::new(answer).position().await.seq, 1);
    let answer = reconnect(&app, "", "").await;
    assert_eq!(EventStream::new(answer).position().await, head);
}

#[tokio::test]
async fn a_bad_last_event_id_is_refused() {
    let app = TestApp::start().await;
    let head = app.publish("topic", "x").await;
    for (bad, code) in [
        ("x", "bad_cursor"),
        ("start", "bad_cursor"),
        ("7", "bad_cursor"),
        (&format!("{}-2", head.epoch), "cursor_ahead"),
    ] {
        let answer = reconnect(&app, "after=start", bad).await;
        assert_eq!(refused(answer).await, refusal(400, code), "{bad}");
    }
}

#[tokio::test]
async fn a_last_event_id_of_another_epoch_is_a_reset() {
    let app = TestApp::start().await;
    app.publish("topic", "x").await;
    let answer = reconnect(&app, "after=start", "0123456789abcdef-7").await;
    let mut stream = EventStream::new(answer);
    stream.position().await;
    assert!(stream.block().await.to_gap().reset);
    assert_eq!(stream.event().await.seq, 1);
}

#[tokio::test]
async fn silence_is_broken_by_comments_that_no_browser_dispatches() {
    let app = TestApp::with(|options| options.heartbeat = Duration::from_millis(100)).await;
    let mut stream = app.event_stream("topic", "").await;
    let position = stream.position().await;
    for _ in 0..3 {
        let beat = stream.block().await;
        assert_eq!(
            beat,
            Block {
                comments: beat.comments.clone(),
                ..Block::default()
            }
        );
        assert_eq!(beat.comments.len(), 1);
    }
    app.publish("topic", "x").await;
    assert_eq!(stream.event().await.seq, position.seq + 1);
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_no_reader() {
    let app = TestApp::start().await;
    let stream = app.event_stream("topic", "").await;
    assert_eq!(app.health("readers").await, 1);
    drop(stream);
    eventually("the reader to go", async || {
        app.health("readers").await == 0
    })
    .await;
}
