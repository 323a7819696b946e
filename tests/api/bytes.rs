//! The bytes that the server counts for a lane, against those that a client sent and received and
//! took apart by itself.

use pushpull::transport::counters::LaneCounters;
use serde_json::Value;

use crate::{
    app::{TestApp, eventually},
    raw::{HANDSHAKE, request},
    tape::{Tape, has_head, head_length, masked, whole_answers},
};

/// Data that JSON has to escape, so that what it adds is seen to be envelope.
const DATA: [&str; 3] = ["plain", "quo\"ted\n", "한국어"];

/// What the bytes were, found by the test's own reading.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    bytes_in: usize,
    bytes_out: usize,
    payload: usize,
    envelope: usize,
    framing: usize,
    header: usize,
    setup: usize,
    heartbeats: usize,
    heartbeat_bytes: usize,
}

impl Found {
    fn counted(lane: &LaneCounters) -> Self {
        let sum = lane.payload_bytes
            + lane.envelope_bytes
            + lane.framing_bytes
            + lane.header_bytes
            + lane.setup_bytes;
        assert_eq!(sum, lane.bytes_in + lane.bytes_out, "the split adds up");
        let size = |n| usize::try_from(n).unwrap();
        Self {
            bytes_in: size(lane.bytes_in),
            bytes_out: size(lane.bytes_out),
            payload: size(lane.payload_bytes),
            envelope: size(lane.envelope_bytes),
            framing: size(lane.framing_bytes),
            header: size(lane.header_bytes),
            setup: size(lane.setup_bytes),
            heartbeats: size(lane.heartbeats),
            heartbeat_bytes: size(lane.heartbeat_bytes),
        }
    }

    /// A text of ours, with the events in it.
    fn json(&mut self, text: &[u8]) {
        let payload = payload_in(text);
        self.payload += payload;
        self.envelope += text.len() - payload;
    }
}

/// The lengths of all events' data in a piece of JSON.
fn payload_in(text: &[u8]) -> usize {
    fn walk(value: &Value) -> usize {
        match value {
            Value::Object(map) => match &map.get("data") {
                Some(Value::String(data)) => data.len(),
                _ => map.values().map(walk).sum(),
            },
            Value::Array(values) => values.iter().map(walk).sum(),
            _ => 0,
        }
    }
    walk(&serde_json::from_slice(text).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(text));
    }))
}

/// Takes the chunks apart: their content, and how many bytes the framing had.
fn chunks(mut bytes: &[u8]) -> (Vec<u8>, usize) {
    let (mut content, mut framing) = (Vec::new(), 0);
    while let Some(line) = bytes.windows(2).position(|part| part == b"\r\n") {
        let size = std::str::from_utf8(&bytes[..line]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        content.extend(&bytes[line + 2..line + 2 + size]);
        framing += line + 4;
        bytes = &bytes[line + 2 + size + 2..];
    }
    assert!(bytes.is_empty(), "whole chunks");
    (content, framing)
}

/// Takes one direction's frames apart: opcode and unmasked payload, and the head's length.
fn frames(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>, usize)> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let (opcode, masked) = (bytes[0] & 0x0F, bytes[1] & 0x80 != 0);
        let (length, mut head) = match bytes[1] & 0x7F {
            126 => (usize::from(u16::from_be_bytes([bytes[2], bytes[3]])), 4),
            127 => panic!("no test sends that much"),
            short => (usize::from(short), 2),
        };
        let mask = if masked {
            &bytes[head..head + 4]
        } else {
            &[0; 4]
        };
        head += if masked { 4 } else { 0 };
        let payload = bytes[head..head + length].iter().zip(mask.iter().cycle());
        frames.push((
            opcode,
            payload.map(|(byte, mask)| byte ^ mask).collect(),
            head,
        ));
        bytes = &bytes[head + length..];
    }
    frames
}

/// Waits until the lane's counters say exactly that.
async fn counted(app: &TestApp, lane: &str, found: &Found) -> LaneCounters {
    let mut last = LaneCounters::default();
    for _ in 0..200 {
        last = app.lane(lane).await;
        if Found::counted(&last) == *found {
            return last;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(Found::counted(&last), *found, "{lane}");
    last
}

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
async fn an_event_stream_is_counted_to_the_byte() {
    let app = TestApp::with(|options| {
        options.topic_events = 3;
        options.heartbeat = std::time::Duration::from_millis(200);
    })
    .await;
    let first = app.publish("topic", "old").await;
    for data in DATA {
        app.publish("topic", data).await;
    }
    let mut tape = Tape::open(&app).await;
    // The first event is gone: a gap is told.
    let line = format!("GET /api/topics/topic/sse?lane=sse&after={}-0", first.epoch);
    tape.say(request(app.addr, &line, &[], "")).await;
    let ends = |heard: &[u8], times| {
        let text = String::from_utf8_lossy(heard);
        text.matches("\n:\n\n").count() >= times
    };
    tape.hear(|heard| ends(heard, 1)).await;
    app.publish("topic", "late").await;
    tape.hear(|heard| ends(heard, 2)).await;
    let (sent, heard) = tape.end().await;
    let head = head_length(&heard);
    let (content, framing) = chunks(&heard[head..]);
    let mut found = Found {
        bytes_in: sent.len(),
        bytes_out: heard.len(),
        framing,
        setup: sent.len() + head,
        ..Found::default()
    };
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(b"data: ") {
            Some(json) => {
                found.framing += 6 + 1;
                found.json(&json[..json.len() - 1]);
            }
            None => found.framing += line.len(),
        }
        if line == b":\n" {
            found.heartbeats += 1;
            found.heartbeat_bytes += 3;
        }
    }
    assert_eq!(found.payload, DATA.map(str::len).iter().sum::<usize>() + 4);
    assert!(found.heartbeats >= 2);
    let lane = counted(&app, "sse", &found).await;
    assert_eq!(
        (lane.connections_opened, lane.gaps, lane.written),
        (1, 1, 4)
    );
}

#[tokio::test]
async fn a_socket_is_counted_to_the_byte_and_what_the_client_says_as_well() {
    let app = TestApp::with(|options| {
        options.heartbeat = std::time::Duration::from_millis(200);
    })
    .await;
    let mut tape = Tape::open(&app).await;
    let line = "GET /api/topics/topic/ws?lane=ws";
    tape.say(request(app.addr, line, &HANDSHAKE, "")).await;
    let asked = tape.sent.len();
    tape.hear(has_head).await;
    for data in DATA {
        tape.say(masked(1, data.as_bytes())).await;
    }
    tape.say(masked(9, b"are you there")).await;
    let whole = |heard: &[u8], wanted: u8| {
        let after = &heard[head_length(heard)..];
        // A frame's first byte; no text holds it, which is UTF-8.
        after.contains(&(0x80 | wanted))
    };
    tape.hear(|heard| whole(heard, 10)).await;
    tape.hear(|heard| whole(heard, 9)).await;
    tape.say(masked(10, b"")).await;
    app.publish("topic", "from elsewhere").await;
    tape.hear(|heard| heard.ends_with(b"from elsewhere\"}"))
        .await;
    tape.say(masked(8, &[3, 232])).await;
    let (sent, heard) = tape.end().await;
    let head = head_length(&heard);
    let mut found = Found {
        bytes_in: sent.len(),
        bytes_out: heard.len(),
        setup: asked + head,
        ..Found::default()
    };
    let mut both = Vec::new();
    for (opcode, payload, its_head) in frames(&sent[asked..]) {
        both.push((opcode, payload, its_head, true));
    }
    for (opcode, payload, its_head) in frames(&heard[head..]) {
        both.push((opcode, payload, its_head, false));
    }
    for (opcode, payload, its_head, ours) in both {
        found.framing += its_head;
        match opcode {
            1 if ours => found.payload += payload.len(),
            1 => found.json(&payload),
            control => {
                found.framing += payload.len();
                if control != 8 {
                    found.heartbeats += 1;
                    found.heartbeat_bytes += its_head + payload.len();
                }
            }
        }
    }
    // Each text went in and came back.
    assert_eq!(
        found.payload,
        2 * DATA.map(str::len).iter().sum::<usize>() + 14
    );
    counted(&app, "ws", &found).await;
}

#[tokio::test]
async fn a_server_functions_socket_brings_along_what_came_before_its_lane() {
    let app = TestApp::start().await;
    let mut tape = Tape::open(&app).await;
    tape.say(request(app.addr, "GET /api/fn/socket", &HANDSHAKE, ""))
        .await;
    let asked = tape.sent.len();
    tape.hear(has_head).await;
    let open = br#"{"Open":{"topic":"topic","after":null,"lane":"fn-ws"}}"#;
    tape.say(masked(2, &[&[0][..], open].concat())).await;
    tape.hear(|heard| heard.ends_with(b"}}")).await;
    for data in DATA {
        app.publish("topic", data).await;
    }
    tape.hear(|heard| heard.ends_with("한국어\"}}".as_bytes()))
        .await;
    tape.say(masked(8, &[3, 232])).await;
    let (sent, heard) = tape.end().await;
    let head = head_length(&heard);
    let mut found = Found {
        bytes_in: sent.len(),
        bytes_out: heard.len(),
        setup: asked + head,
        ..Found::default()
    };
    for (opcode, payload, its_head) in [frames(&sent[asked..]), frames(&heard[head..])].concat() {
        found.framing += its_head;
        match opcode {
            2 => {
                // The framework's byte that says that it is no error is part of the envelope.
                found.json(&payload[1..]);
                found.envelope += 1;
            }
            _ => found.framing += payload.len(),
        }
    }
    let lane = counted(&app, "fn-ws", &found).await;
    assert_eq!(
        (lane.requests, lane.connections_opened, lane.http1),
        (1, 1, 1)
    );
    assert_eq!(
        (lane.cpu_apart, lane.cpu_us),
        (false, 0),
        "its tasks are the framework's"
    );
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

#[tokio::test]
async fn a_connection_that_two_lanes_share_is_parted_between_them() {
    let app = TestApp::start().await;
    let mut tape = Tape::open(&app).await;
    let (mut sent, mut heard) = ([0; 2], [0; 2]);
    for n in 0..6 {
        let lane = n % 2;
        let line = format!("GET /api/topics/topic/poll?lane={}", ["a", "bb"][lane]);
        let asked = request(app.addr, &line, &[], "");
        let before = tape.heard.len();
        tape.say(&asked).await;
        tape.hear(|heard| whole_answers(heard) == n + 1).await;
        sent[lane] += asked.len() as u64;
        heard[lane] += (tape.heard.len() - before) as u64;
    }
    let (all_sent, all_heard) = tape.end().await;
    for (lane, name) in ["a", "bb"].into_iter().enumerate() {
        eventually("the kernel's word", async || {
            app.lane(name).await.connections_closed == 1
        })
        .await;
        let counters = app.lane(name).await;
        assert_eq!(
            (counters.bytes_in, counters.bytes_out),
            (sent[lane], heard[lane])
        );
        assert_eq!(counters.connections_opened, u64::from(lane == 0));
        // Three segments each way, and what is lost in rounding.
        assert!((5..=7).contains(&counters.segments), "{counters:?}");
        assert!(counters.ip_bytes > counters.bytes_in + counters.bytes_out);
        assert_eq!(counters.retransmitted, 0);
    }
    let both: u64 = sent.iter().chain(&heard).sum();
    assert_eq!(both, (all_sent.len() + all_heard.len()) as u64);
}

#[tokio::test]
async fn requests_that_do_not_wait_for_each_other_are_flagged() {
    let app = TestApp::start().await;
    let mut tape = Tape::open(&app).await;
    let asked = |lane| request(app.addr, &format!("GET /api/clock?lane={lane}"), &[], "");
    tape.say(asked("a") + &asked("b")).await;
    tape.hear(|heard| whole_answers(heard) == 2).await;
    let (sent, heard) = tape.end().await;
    let lanes = [app.lane("a").await, app.lane("b").await];
    assert!(lanes.iter().all(|lane| lane.approximate), "{lanes:?}");
    let both: u64 = lanes
        .iter()
        .map(|lane| lane.bytes_in + lane.bytes_out)
        .sum();
    assert_eq!(both, (sent.len() + heard.len()) as u64, "none is lost");
}
