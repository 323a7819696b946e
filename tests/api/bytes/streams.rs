//! What is pushed: event streams and WebSockets.

use std::time::Duration;

use super::{DATA, Found, counted};
use crate::{
    app::TestApp,
    raw::{HANDSHAKE, request},
    tape::{Tape, has_head, head_length, masked},
};

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

/// A WebSocket's frame.
struct Frame {
    opcode: u8,
    /// Unmasked.
    payload: Vec<u8>,
    /// How long its head is.
    head: usize,
    /// Whether the client sent it.
    is_ours: bool,
}

/// Takes one direction's frames apart.
fn frames(mut bytes: &[u8], is_ours: bool) -> Vec<Frame> {
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
        let payload = payload.map(|(byte, mask)| byte ^ mask).collect();
        frames.push(Frame {
            opcode,
            payload,
            head,
            is_ours,
        });
        bytes = &bytes[head + length..];
    }
    frames
}

/// Ends a WebSocket whose request was `asked` long: its set-up and its frames' heads are found,
/// and what the frames hold is for the test to tell.
async fn ended(tape: Tape, asked: usize) -> (Found, Vec<Frame>) {
    let (sent, heard) = tape.end().await;
    let head = head_length(&heard);
    let mut all = frames(&sent[asked..], true);
    all.extend(frames(&heard[head..], false));
    let found = Found {
        bytes_in: sent.len(),
        bytes_out: heard.len(),
        setup: asked + head,
        framing: all.iter().map(|frame| frame.head).sum(),
        ..Found::default()
    };
    (found, all)
}

#[tokio::test]
async fn an_event_stream_is_counted_to_the_byte() {
    let app = TestApp::with(|options| {
        options.topic_events = 3;
        options.heartbeat = Duration::from_millis(200);
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
        options.heartbeat = Duration::from_millis(200);
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
    let (mut found, frames) = ended(tape, asked).await;
    for frame in frames {
        let Frame {
            opcode,
            ref payload,
            head,
            is_ours,
        } = frame;
        match opcode {
            1 if is_ours => found.payload += payload.len(),
            1 => found.json(payload),
            control => {
                found.framing += payload.len();
                if control != 8 {
                    found.heartbeats += 1;
                    found.heartbeat_bytes += head + payload.len();
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
    let (mut found, frames) = ended(tape, asked).await;
    for Frame {
        opcode, payload, ..
    } in frames
    {
        if opcode == 2 {
            // The framework's byte that says that it is no error is part of the envelope.
            found.json(&payload[1..]);
            found.envelope += 1;
        } else {
            found.framing += payload.len();
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
