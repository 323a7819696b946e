//! Connections taken over from the HTTP library for answers that stand, and given back: whoever
//! carries an answer, its client notices nothing.

mod endings;

use pushpull::{server::config::Takeover, transport::Transport};

use crate::{
    app::{TestApp, eventually},
    raw::{HANDSHAKE, Raw, request},
    subscriber::Subscriber,
    tape::masked,
};

/// How many standing answers of that transport have been carried without the HTTP library.
async fn taken_over(app: &TestApp, transport: Transport) -> u64 {
    let told = app.ask("/metrics").await.text().await.unwrap();
    let name = format!(
        "pushpull_takeovers_total{{transport=\"{}\"}} ",
        transport.slug()
    );
    let line = told.lines().find_map(|line| line.strip_prefix(&name));
    line.expect("the number is told").parse().unwrap()
}

async fn asking(app: &TestApp, line: &str, headers: &[(&str, &str)]) -> Raw {
    let mut raw = Raw::open(app.addr).await;
    raw.say(request(app.addr, line, headers, "")).await;
    raw
}

pub async fn readers(app: &TestApp, wanted: u64) {
    eventually("so many to read", async || {
        app.health("readers").await == wanted
    })
    .await;
}

#[tokio::test]
async fn what_stands_is_carried_without_the_library_unless_that_is_turned_off() {
    for takeover in [Takeover::On, Takeover::Off] {
        let app = TestApp::with(|options| options.takeover = takeover).await;
        let mut stream = asking(&app, "GET /api/topics/t/sse", &[]).await;
        stream.until("id: ").await;
        let mut held = asking(&app, "GET /api/topics/t/long-poll", &[]).await;
        let mut socket = asking(&app, "GET /api/topics/t/ws", &HANDSHAKE).await;
        assert_eq!(socket.head().await.status, 101);
        readers(&app, 3).await;
        app.publish("t", "hello").await;
        stream.until("hello").await;
        socket.until("hello").await;
        assert!(held.answer().await.text().contains("hello"));
        // One that has something to tell at once does not stand.
        app.long_poll("t", "after=start").await;
        let expected = u64::from(takeover == Takeover::On);
        for transport in [Transport::Sse, Transport::LongPolling, Transport::WebSocket] {
            let carried = taken_over(&app, transport).await;
            assert_eq!(carried, expected, "{transport:?}, {takeover:?}");
        }
    }
}

#[tokio::test]
async fn heads_are_the_same_but_for_the_date() {
    let mut heads = Vec::new();
    for takeover in [Takeover::On, Takeover::Off] {
        let app = TestApp::with(|options| options.takeover = takeover).await;
        let mut of_one = Vec::new();
        for (line, headers) in [
            ("GET /api/topics/t/sse", &[][..]),
            ("GET /api/topics/t/ws", &HANDSHAKE),
            ("GET /api/clock", &HANDSHAKE),
            ("GET /api/topics/t/long-poll?wait=1", &[]),
        ] {
            let mut raw = asking(&app, line, headers).await;
            let head = raw.head().await.head;
            let mut lines: Vec<_> = head
                .lines()
                .map(str::to_owned)
                .filter(|line| !line.starts_with("date: "))
                .collect();
            lines.sort();
            of_one.push(lines);
        }
        heads.push(of_one);
    }
    assert_eq!(heads[0], heads[1]);
}

#[tokio::test]
async fn a_held_requests_connection_takes_the_next_ones() {
    let app = TestApp::start().await;
    let mut raw = Raw::open(app.addr).await;
    let held = request(app.addr, "GET /api/topics/t/long-poll", &[], "");
    for number in 1..=3 {
        raw.say(&held).await;
        readers(&app, 1).await;
        app.publish("t", &format!("event {number}")).await;
        let answer = raw.answer().await;
        assert_eq!(answer.status, 200);
        assert!(answer.text().contains(&format!("event {number}")));
        raw.say(request(app.addr, "GET /healthz", &[], "")).await;
        assert_eq!(raw.answer().await.json()["status"], "ok");
        let post = request(app.addr, "POST /api/topics/other/events", &[], "x");
        raw.say(post).await;
        assert_eq!(raw.answer().await.status, 201);
    }
}

#[tokio::test]
async fn a_request_that_comes_while_another_is_held_is_answered_after_it() {
    let app = TestApp::start().await;
    for apart in [false, true] {
        let mut raw = Raw::open(app.addr).await;
        let held = request(app.addr, "GET /api/topics/t/long-poll", &[], "");
        // Longer than what is read at once of a client that should be silent.
        let long = "x".repeat(500);
        let next = request(app.addr, "GET /healthz", &[("X-Long", &long)], "");
        if apart {
            raw.say(&held).await;
            readers(&app, 1).await;
            raw.say(&next).await;
        } else {
            raw.say(held + &next).await;
            readers(&app, 1).await;
        }
        app.publish("t", "at last").await;
        assert!(raw.answer().await.text().contains("at last"), "{apart}");
        assert_eq!(raw.answer().await.json()["status"], "ok", "{apart}");
    }
}

#[tokio::test]
async fn a_long_answer_ends_before_the_next_ones_begins_however_little_is_taken_at_once() {
    let app = TestApp::start().await;
    // Six bytes of JSON for each of its own: more than the system takes for a client that waits.
    let event = "\u{1}".repeat(60_000);
    for early in ["", "\r\n"] {
        let mut raw = Raw::narrow(app.addr).await;
        let held = request(app.addr, "GET /api/topics/t/long-poll", &[], "");
        let next = request(app.addr, "GET /healthz", &[], "");
        raw.say(held).await;
        readers(&app, 1).await;
        raw.say(early).await;
        if early.is_empty() {
            raw.say(&next).await;
        }
        app.publish("t", &event).await;
        readers(&app, 0).await;
        let batch = raw.answer().await.json();
        assert_eq!(batch["events"][0]["data"], event.as_str(), "{early:?}");
        if !early.is_empty() {
            raw.say(&next).await;
        }
        assert_eq!(raw.answer().await.json()["status"], "ok", "{early:?}");
    }
}

#[tokio::test]
async fn a_stream_whose_client_talks_on_goes_on() {
    let app = TestApp::start().await;
    let mut raw = asking(&app, "GET /api/topics/t/sse", &[]).await;
    raw.until("id: ").await;
    raw.say("GET /never HTTP/1.1\r\n".repeat(20)).await;
    for number in 1..=3 {
        app.publish("t", &format!("event {number}")).await;
        raw.until(&format!("event {number}")).await;
    }
}

#[tokio::test]
async fn what_a_socket_says_along_with_its_handshake_is_heard() {
    let app = TestApp::start().await;
    let mut raw = Raw::open(app.addr).await;
    let handshake = request(app.addr, "GET /api/topics/t/ws", &HANDSHAKE, "");
    let early = [handshake.as_bytes(), &masked(1, b"in haste")].concat();
    raw.say(early).await;
    assert_eq!(raw.head().await.status, 101);
    raw.until("in haste").await;
}

#[tokio::test]
async fn who_asks_for_an_end_behind_the_answer_gets_it() {
    let app = TestApp::start().await;
    let close = [("Connection", "close")];
    let mut raw = asking(&app, "GET /api/topics/t/long-poll", &close).await;
    readers(&app, 1).await;
    app.publish("t", "the last").await;
    let all = String::from_utf8(raw.rest().await).unwrap();
    assert!(all.contains("the last") && all.to_lowercase().contains("connection: close"));
}

#[tokio::test]
async fn a_client_that_goes_away_is_let_go_at_once() {
    let app = TestApp::start().await;
    let held = asking(&app, "GET /api/topics/t/long-poll?wait=60", &[]).await;
    let stream = asking(&app, "GET /api/topics/t/sse", &[]).await;
    let socket = asking(&app, "GET /api/topics/t/ws", &HANDSHAKE).await;
    readers(&app, 3).await;
    drop((held, stream, socket));
    readers(&app, 0).await;
}

#[tokio::test]
async fn who_only_wants_the_head_gets_no_more() {
    let app = TestApp::start().await;
    let mut raw = Raw::open(app.addr).await;
    let head = request(app.addr, "HEAD /api/topics/t/sse", &[], "");
    raw.say(head + &request(app.addr, "GET /healthz", &[], ""))
        .await;
    let answer = raw.head().await;
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert_eq!(raw.answer().await.json()["status"], "ok");
}

#[tokio::test]
async fn requests_that_queue_behind_a_held_one_are_held_in_their_turn() {
    let app = TestApp::start().await;
    let topics = ["a", "b", "c"];
    let all: String = topics
        .iter()
        .map(|topic| format!("GET /api/topics/{topic}/long-poll"))
        .map(|line| request(app.addr, &line, &[], ""))
        .collect();
    let mut raw = Raw::open(app.addr).await;
    raw.say(all).await;
    for topic in topics {
        readers(&app, 1).await;
        app.publish(topic, &format!("for {topic}")).await;
        assert!(raw.answer().await.text().contains(&format!("for {topic}")));
    }
}

#[tokio::test]
async fn an_older_client_and_one_that_wants_an_end_get_the_same_stream_from_the_library() {
    let app = TestApp::start().await;
    let older = format!(
        "GET /api/topics/t/sse HTTP/1.0\r\nHost: {}\r\n\r\n",
        app.addr
    );
    let close = [("Connection", "close")];
    let ending = request(app.addr, "GET /api/topics/t/sse", &close, "");
    for (asked, chunked) in [(older, false), (ending, true)] {
        let mut raw = Raw::open(app.addr).await;
        raw.say(asked).await;
        let head = raw.head().await;
        assert_eq!(head.header("transfer-encoding").is_some(), chunked);
        raw.until("id: ").await;
        app.publish("t", "hello").await;
        raw.until("hello").await;
    }
    assert_eq!(taken_over(&app, Transport::Sse).await, 0);
}

#[tokio::test]
async fn what_is_encrypted_is_taken_over_as_well_but_http_2_is_not() {
    let on = |options: &mut pushpull::server::ServeOptions| options.takeover = Takeover::On;
    let [http1, http2] = TestApp::encrypted(on).await;
    for (app, expected) in [(http1, 1), (http2, 0)] {
        for transport in [Transport::Sse, Transport::WebSocket] {
            let topic = transport.slug();
            let mut subscriber = Subscriber::open(&app, transport, topic, "").await;
            app.publish_numbers(topic, 1..=3).await;
            assert_eq!(subscriber.numbers(3).await, [1, 2, 3]);
            let carried = taken_over(&app, transport).await;
            assert_eq!(carried, expected, "{transport:?} {:?}", app.dialect);
        }
        let held = async { app.long_poll("held", "wait=60").await };
        let publish = async {
            readers(&app, 1).await;
            app.publish("held", "hello").await;
        };
        let (batch, ()) = tokio::join!(held, publish);
        assert_eq!(batch.events.len(), 1);
        assert_eq!(taken_over(&app, Transport::LongPolling).await, expected);
    }
}
