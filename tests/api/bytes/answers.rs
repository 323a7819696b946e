//! Requests and their answers.

use super::{DATA, Found, counted};
use crate::{
    app::{TestApp, eventually},
    raw::request,
    tape::{Tape, head_length, whole_answers},
};

#[tokio::test]
async fn polls_on_one_connection_are_counted_to_the_byte() {
    let app = TestApp::start().await;
    for data in DATA {
        app.publish("topic", data).await;
    }
    for (lane, address) in [
        ("poll", "/api/topics/topic/poll?lane=poll"),
        ("long", "/api/topics/topic/long-poll?wait=1&lane=long"),
        ("fn-poll", "/api/fn/poll?topic=topic&lane=fn-poll"),
        (
            "fn-long",
            "/api/fn/long-poll?topic=topic&wait=1&lane=fn-long",
        ),
    ] {
        let mut tape = Tape::open(&app).await;
        let mut found = Found::default();
        // Events, nothing, a refusal, events again; between them requests of nobody.
        for (n, query) in ["&after=start", "", "&after=nonsense", "&after=start"]
            .iter()
            .enumerate()
        {
            let line = format!("GET {address}{query}");
            let asked = request(app.addr, &line, &[("X-Long", &"x".repeat(100 * n))], "");
            let (sent, heard) = (asked.len(), tape.heard.len());
            tape.say(asked).await;
            tape.hear(|heard| whole_answers(heard) == 2 * n + 1).await;
            let answer = &tape.heard[heard..];
            let head = head_length(answer);
            found.bytes_in += sent;
            found.bytes_out += answer.len();
            found.header += sent + head;
            found.json(&answer[head..]);
            tape.say(request(app.addr, "GET /healthz", &[], "")).await;
            tape.hear(|heard| whole_answers(heard) == 2 * n + 2).await;
        }
        let lane = counted(&app, lane, &found).await;
        assert_eq!(
            lane.payload_bytes,
            2 * DATA.map(str::len).iter().sum::<usize>() as u64
        );
        assert_eq!((lane.connections_opened, lane.connections_reused), (1, 3));
        assert_eq!((lane.http1, lane.http2, lane.approximate), (4, 0, false));
        tape.end().await;
    }
}

#[tokio::test]
async fn a_held_request_is_counted_while_it_is_held() {
    let app = TestApp::start().await;
    let mut tape = Tape::open(&app).await;
    let asked = request(
        app.addr,
        "GET /api/topics/topic/long-poll?lane=held",
        &[],
        "",
    );
    tape.say(&asked).await;
    let mut found = Found {
        bytes_in: asked.len(),
        header: asked.len(),
        ..Found::default()
    };
    counted_once_known(&app, "held", &found).await;
    app.publish("topic", "x").await;
    tape.hear(|heard| whole_answers(heard) == 1).await;
    let head = head_length(&tape.heard);
    found.bytes_out = tape.heard.len();
    found.header += head;
    found.json(&tape.heard[head..]);
    counted(&app, "held", &found).await;
}

async fn counted_once_known(app: &TestApp, lane: &str, found: &Found) {
    let address = format!("/api/lanes/{lane}");
    eventually("the lane", async || app.ask(&address).await.status() == 200).await;
    counted(app, lane, found).await;
}

#[tokio::test]
async fn preflights_set_up_and_published_data_is_payload() {
    let app = TestApp::start().await;
    let mut tape = Tape::open(&app).await;
    let mut found = Found::default();
    let preflight = [
        ("Origin", "https://example.org"),
        ("Access-Control-Request-Method", "GET"),
    ];
    let asked = request(
        app.addr,
        "OPTIONS /api/topics/t/poll?lane=l",
        &preflight,
        "",
    );
    tape.say(&asked).await;
    tape.hear(|heard| whole_answers(heard) == 1).await;
    let head = head_length(&tape.heard);
    found.setup = asked.len() + head;
    // Why it is refused.
    found.envelope = tape.heard.len() - head;
    let heard = tape.heard.len();
    let chunked = [("Transfer-Encoding", "chunked")];
    let mut head_sent = 0;
    for (n, (headers, body)) in [
        (&chunked[..], "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"),
        (&[], "efg"),
    ]
    .into_iter()
    .enumerate()
    {
        let asked = request(app.addr, "POST /api/topics/t/events?lane=l", headers, body);
        head_sent += asked.len() - body.len();
        tape.say(&asked).await;
        tape.hear(|heard| whole_answers(heard) == n + 2).await;
    }
    found.payload = 7;
    found.framing = 19 - 4;
    let mut answers = &tape.heard[heard..];
    while !answers.is_empty() {
        let head = head_length(answers);
        found.header += head;
        let length = answers[head..]
            .iter()
            .position(|byte| *byte == b'}')
            .unwrap()
            + 1;
        found.envelope += length;
        answers = &answers[head + length..];
    }
    found.header += head_sent;
    let (sent, heard) = tape.end().await;
    (found.bytes_in, found.bytes_out) = (sent.len(), heard.len());
    let lane = counted(&app, "l", &found).await;
    assert_eq!((lane.requests, lane.approximate), (3, false));
}
