//! What a cursor asks for and the log no longer holds is told, exactly, before what follows.

use pushpull::event::{Cursor, Epoch, Gap};
use serde_json::{Value, json};

use crate::{
    app::TestApp,
    socket::hear,
    subscriber::{ALL, Subscriber, Told},
};

/// A cursor of a log that is gone.
const STRANGE: &str = "0123456789abcdef-7";

/// A topic with the events 7 to 10, after ten were published.
async fn with_gap() -> (TestApp, Epoch) {
    let app = TestApp::holding(4).await;
    let head = app.publish_numbers("topic", 1..=10).await;
    (app, head.epoch)
}

#[tokio::test]
async fn a_cursor_that_fell_out_of_the_ring_gets_the_exact_gap() {
    let (app, epoch) = with_gap().await;
    for transport in ALL {
        for (seen, from) in [(0, 1), (2, 3), (5, 6)] {
            let cursor = Cursor { epoch, seq: seen }.to_string();
            let mut subscriber = Subscriber::open(&app, transport, "topic", &cursor).await;
            let gap = Gap {
                epoch,
                from,
                to: 6,
                reset: false,
            };
            assert_eq!(subscriber.next().await, Told::Gap(gap), "{transport:?}");
            assert_eq!(subscriber.numbers(4).await, [7, 8, 9, 10], "{transport:?}");
        }
        let last_gone = Cursor { epoch, seq: 6 }.to_string();
        let mut subscriber = Subscriber::open(&app, transport, "topic", &last_gone).await;
        assert_eq!(
            subscriber.numbers(1).await,
            [7],
            "nothing is missed: {transport:?}"
        );
    }
}

#[tokio::test]
async fn a_cursor_of_another_epoch_is_a_reset() {
    let (app, epoch) = with_gap().await;
    for transport in ALL {
        let mut subscriber = Subscriber::open(&app, transport, "topic", STRANGE).await;
        let gap = Gap {
            epoch,
            from: 1,
            to: 6,
            reset: true,
        };
        assert_eq!(subscriber.next().await, Told::Gap(gap), "{transport:?}");
        assert_eq!(subscriber.numbers(4).await, [7, 8, 9, 10], "{transport:?}");
    }
}

#[tokio::test]
async fn a_reset_that_lost_nothing_says_so() {
    let app = TestApp::start().await;
    let epoch = app.publish_numbers("topic", 1..=2).await.epoch;
    for transport in ALL {
        let mut subscriber = Subscriber::open(&app, transport, "topic", STRANGE).await;
        let gap = Gap {
            epoch,
            from: 1,
            to: 0,
            reset: true,
        };
        assert_eq!(subscriber.next().await, Told::Gap(gap), "{transport:?}");
        assert_eq!(subscriber.numbers(2).await, [1, 2], "{transport:?}");
    }
}

#[tokio::test]
async fn a_reset_of_an_empty_log_is_told_at_once() {
    let app = TestApp::start().await;
    for transport in ALL {
        let topic = transport.slug();
        let mut subscriber = Subscriber::open(&app, transport, topic, STRANGE).await;
        let Told::Gap(gap) = subscriber.next().await else {
            panic!("{transport:?}: an event out of nowhere");
        };
        assert_eq!((gap.from, gap.to, gap.reset), (1, 0, true), "{transport:?}");
        assert_eq!(
            subscriber.cursor,
            Some(Cursor {
                epoch: gap.epoch,
                seq: 0
            })
        );
        let first = app.publish(topic, "x").await;
        assert_eq!(first.epoch, gap.epoch);
        assert_eq!(subscriber.numbers(1).await, [1], "{transport:?}");
    }
}

#[tokio::test]
async fn the_place_behind_a_gap_resumes_without_another() {
    let (app, epoch) = with_gap().await;
    for transport in ALL {
        let cursor = Cursor { epoch, seq: 1 }.to_string();
        let mut subscriber = Subscriber::open(&app, transport, "topic", &cursor).await;
        assert!(matches!(subscriber.next().await, Told::Gap(_)));
        let behind = subscriber.cursor.unwrap();
        assert_eq!(behind, Cursor { epoch, seq: 6 }, "{transport:?}");
        let mut again = Subscriber::open(&app, transport, "topic", &behind.to_string()).await;
        assert_eq!(again.numbers(4).await, [7, 8, 9, 10], "{transport:?}");
    }
}

#[tokio::test]
async fn a_poll_gives_the_gap_and_what_follows_together() {
    let (app, epoch) = with_gap().await;
    for path in [
        format!("/api/topics/topic/poll?after={epoch}-2"),
        format!("/api/topics/topic/long-poll?after={epoch}-2"),
        format!("/api/fn/poll?topic=topic&after={epoch}-2"),
        format!("/api/fn/long-poll?topic=topic&wait=60&after={epoch}-2"),
    ] {
        let told: Value = app.ask(&path).await.json().await.unwrap();
        let gap = json!({"epoch": epoch, "from": 3, "to": 6, "reset": false});
        assert_eq!(told["gap"], gap, "{path}");
        assert_eq!(told["events"].as_array().unwrap().len(), 4, "{path}");
        assert_eq!(told["next"], format!("{epoch}-10"), "{path}");
    }
}

#[tokio::test]
async fn an_event_stream_tells_a_gap_under_an_id_of_its_own() {
    let (app, epoch) = with_gap().await;
    let mut stream = app.event_stream("topic", &format!("after={epoch}-2")).await;
    assert_eq!(stream.position().await, Cursor { epoch, seq: 2 });
    let block = stream.block().await;
    assert_eq!(block.event.as_deref(), Some("gap"));
    assert_eq!(block.id, Some(format!("{epoch}-6")));
    let data: Value = serde_json::from_str(&block.data.unwrap()).unwrap();
    assert_eq!(
        data,
        json!({"epoch": epoch, "from": 3, "to": 6, "reset": false})
    );
    assert_eq!(stream.event().await.seq, 7);
}

#[tokio::test]
async fn a_socket_tells_a_gap_with_the_position_behind_it() {
    let (app, epoch) = with_gap().await;
    for (after, position, gap) in [
        (
            format!("{epoch}-2"),
            format!("{epoch}-2"),
            json!({"epoch": epoch, "from": 3, "to": 6, "reset": false}),
        ),
        // The first frame's epoch holds for the whole connection, so it is not the asked one.
        (
            STRANGE.to_owned(),
            format!("{epoch}-0"),
            json!({"epoch": epoch, "from": 1, "to": 6, "reset": true}),
        ),
    ] {
        let mut socket = app.web_socket("topic", &format!("after={after}")).await;
        let mut frames = Vec::new();
        for _ in 0..2 {
            let frame = hear(&mut socket).await.unwrap();
            frames.push(serde_json::from_slice::<Value>(&frame).unwrap());
        }
        assert_eq!(frames[0], json!({"cursor": position}));
        assert_eq!(frames[1], json!({"gap": gap, "next": format!("{epoch}-6")}));
    }
}
