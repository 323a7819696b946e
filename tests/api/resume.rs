//! A connection breaks; with the last cursor nothing is lost and nothing told twice.

use pushpull::transport::Transport;

use crate::{
    app::{TestApp, eventually, soon},
    subscriber::{ALL, Subscriber},
};

/// Reads until `last` has come, resuming whenever the connection breaks; all numbers as told.
async fn read_through(mut subscriber: Subscriber<'_>, last: u64) -> Vec<u64> {
    let mut numbers = Vec::new();
    while numbers.last() != Some(&last) {
        match subscriber.try_next().await {
            Some(told) => numbers.push(match told {
                crate::subscriber::Told::Event(event) => event.seq,
                crate::subscriber::Told::Gap(gap) => panic!("nothing is gone: {gap:?}"),
            }),
            None => subscriber = subscriber.resume().await,
        }
    }
    numbers
}

#[tokio::test]
async fn after_a_cut_in_the_middle_nothing_is_lost_and_nothing_repeated() {
    let app = TestApp::with_knobs().await;
    for transport in ALL {
        let topic = transport.slug();
        let mut first = app.publish_numbers(topic, 1..=4).await;
        first.seq = 0;
        let mut subscriber = Subscriber::open(&app, transport, topic, &first.to_string()).await;
        assert_eq!(subscriber.numbers(2).await, [1, 2], "{transport:?}");
        app.cut_all().await;
        app.publish_numbers(topic, 5..=8).await;
        let rest = read_through(subscriber, 8).await;
        assert_eq!(rest, [3, 4, 5, 6, 7, 8], "{transport:?}");
    }
}

#[tokio::test]
async fn a_cut_before_the_first_event_loses_nothing() {
    let app = TestApp::with_knobs().await;
    for transport in ALL {
        let topic = transport.slug();
        // As the lab opens its lanes: with the place before the first event.
        let start = app.poll(topic, "").await.next.to_string();
        let mut subscriber = Subscriber::open(&app, transport, topic, &start).await;
        subscriber.cursor = Some(start.parse().unwrap());
        app.cut_all().await;
        app.publish_numbers(topic, 1..=3).await;
        assert_eq!(
            read_through(subscriber, 3).await,
            [1, 2, 3],
            "{transport:?}"
        );
    }
}

#[tokio::test]
async fn a_client_that_leaves_and_comes_back_goes_on_where_it_was() {
    let app = TestApp::start().await;
    for transport in ALL {
        let topic = transport.slug();
        let mut subscriber = Subscriber::open(&app, transport, topic, "").await;
        let mut numbers = Vec::new();
        for round in 0..5 {
            app.publish_numbers(topic, 3 * round + 1..=3 * round + 3)
                .await;
            // Two of three, so that there is always something under way when it leaves.
            numbers.extend(subscriber.numbers(2).await);
            subscriber = subscriber.resume().await;
        }
        numbers.extend(subscriber.numbers(5).await);
        assert_eq!(numbers, Vec::from_iter(1..=15), "{transport:?}");
    }
}

#[tokio::test]
async fn a_cut_ends_streams_sockets_and_held_requests() {
    let app = TestApp::with_knobs().await;
    for transport in [
        Transport::LongPolling,
        Transport::Sse,
        Transport::WebSocket,
        Transport::ServerFnLongPolling,
        Transport::ServerFnWebSocket,
    ] {
        let mut subscriber = Subscriber::open(&app, transport, "topic", "").await;
        app.cut_all().await;
        assert_eq!(subscriber.try_next().await, None, "{transport:?}");
        eventually("the reader to go", async || {
            app.health("readers").await == 0
        })
        .await;
    }
}

#[tokio::test]
async fn a_cut_comes_without_a_word() {
    let app = TestApp::with_knobs().await;
    let mut stream = app.event_stream("topic", "").await;
    stream.position().await;
    let mut socket = app.web_socket("topic", "").await;
    crate::socket::hear(&mut socket)
        .await
        .expect("the position");
    app.cut_all().await;
    stream
        .try_block()
        .await
        .expect_err("a stream that broke off did not end properly");
    let ended = soon("the end", futures::StreamExt::next(&mut socket)).await;
    assert!(!matches!(ended, Some(Ok(_))), "no close frame: {ended:?}");
}
