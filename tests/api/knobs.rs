//! What tests may distort, so that they can see whether the measuring tells the truth.

use pushpull::transport::Transport;
use serde_json::{Value, json};

use crate::{
    app::{TestApp, refusal, refused},
    subscriber::Subscriber,
};

const LANES: [Transport; 4] = [
    Transport::Polling,
    Transport::LongPolling,
    Transport::Sse,
    Transport::WebSocket,
];

/// Events 1 to 8 as a lane gets them that is distorted so; the last one must arrive undistorted.
async fn deliver(app: &TestApp, transport: Transport, knobs: Value) -> Vec<u64> {
    let lane = transport.slug();
    app.set_knobs(lane, knobs).await;
    let start = app.poll(lane, "").await.next;
    let mut subscriber = Subscriber::open_in(app, transport, lane, &start.to_string(), lane).await;
    app.publish_numbers(lane, 1..=8).await;
    let mut numbers = Vec::new();
    while numbers.last() != Some(&(start.seq + 8)) {
        numbers.push(subscriber.event().await.seq);
    }
    numbers.iter().map(|seq| seq - start.seq).collect()
}

#[tokio::test]
async fn without_the_flag_there_are_no_knobs() {
    let app = TestApp::start().await;
    for path in ["/api/test/cut", "/api/test/lanes/lane"] {
        let answer = app.post(path).json(&json!({})).send().await.unwrap();
        assert_eq!(refused(answer).await, refusal(404, "not_found"), "{path}");
    }
}

#[tokio::test]
async fn a_knob_that_is_none_is_refused() {
    let app = TestApp::with_knobs().await;
    for bad in [
        json!({"delay": 1}),
        json!({"delay_ms": "1"}),
        json!({"drop_every": -1}),
        json!(7),
    ] {
        let answer = app
            .post("/api/test/lanes/lane")
            .json(&bad)
            .send()
            .await
            .unwrap();
        assert_eq!(refused(answer).await, refusal(400, "bad_knob"), "{bad}");
    }
    let answer = app
        .post("/api/test/lanes/Lane")
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(refused(answer).await, refusal(400, "bad_lane"));
}

#[tokio::test]
async fn a_lane_can_lose_events() {
    let app = TestApp::with_knobs().await;
    for transport in LANES {
        let numbers = deliver(&app, transport, json!({"drop_every": 3})).await;
        assert_eq!(numbers, [1, 2, 4, 5, 7, 8], "{transport:?}");
    }
}

#[tokio::test]
async fn a_lane_can_repeat_events() {
    let app = TestApp::with_knobs().await;
    for transport in LANES {
        let numbers = deliver(&app, transport, json!({"repeat_every": 3})).await;
        assert_eq!(numbers, [1, 2, 3, 3, 4, 5, 6, 6, 7, 8], "{transport:?}");
    }
}

#[tokio::test]
async fn a_lane_can_swap_events() {
    let app = TestApp::with_knobs().await;
    for transport in LANES {
        let numbers = deliver(&app, transport, json!({"swap_every": 3})).await;
        assert_eq!(numbers, [1, 2, 4, 3, 5, 7, 6, 8], "{transport:?}");
    }
}

#[tokio::test]
async fn a_lane_can_hold_events_back() {
    let app = TestApp::with_knobs().await;
    for transport in LANES {
        let lane = transport.slug();
        app.set_knobs(lane, json!({"delay_ms": 300})).await;
        let start = app.poll(lane, "").await.next.to_string();
        let mut subscriber = Subscriber::open_in(&app, transport, lane, &start, lane).await;
        let mut undelayed = Subscriber::open(&app, transport, lane, &start).await;
        app.publish_numbers(lane, 1..=2).await;
        assert_eq!(
            undelayed.numbers(2).await,
            [1, 2],
            "another lane is not touched"
        );
        for seq in 1..=2 {
            let event = subscriber.event().await;
            let told: Value = app.ask("/api/clock").await.json().await.unwrap();
            let now = told["sent"].as_u64().unwrap();
            assert_eq!(event.seq, seq);
            assert!(
                now >= event.at + 300_000,
                "{transport:?}: {} µs",
                now - event.at
            );
        }
    }
}

#[tokio::test]
async fn what_is_set_back_to_nothing_is_undistorted() {
    let app = TestApp::with_knobs().await;
    for transport in LANES {
        deliver(
            &app,
            transport,
            json!({"drop_every": 3, "repeat_every": 4, "swap_every": 5, "delay_ms": 1}),
        )
        .await;
        let numbers = deliver(&app, transport, json!({})).await;
        assert_eq!(numbers, Vec::from_iter(1..=8), "{transport:?}");
    }
}
