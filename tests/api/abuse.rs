//! Clients that mean harm, or know no better: slow, endless, over-long, unreadable.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::{
    app::{TestApp, eventually, soon},
    program::Program,
    raw::{HANDSHAKE, Raw, ask, request},
};

/// A server that is short of patience for heads.
async fn impatient() -> TestApp {
    TestApp::with(|options| options.head_timeout = Duration::from_millis(300)).await
}

/// A part of a head; the rest never comes.
const HALF: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";

/// Waits until the server has given up on a head: more than the head's time has passed then.
async fn outwait(app: &TestApp) {
    let mut half = Raw::open(app.addr).await;
    half.say(HALF).await;
    half.rest().await;
}

#[tokio::test]
async fn half_sent_heads_are_given_up_while_others_are_served() {
    let app = impatient().await;
    let mut halves = Vec::new();
    for n in 0..200 {
        let mut raw = Raw::open(app.addr).await;
        raw.say(&HALF[..1 + n % HALF.len()]).await;
        halves.push(raw);
        if n % 20 == 0 {
            assert_eq!(ask(app.addr, "GET /healthz", &[], "").await.status, 200);
        }
    }
    for mut raw in halves {
        raw.rest().await;
    }
    eventually("the places to be free", async || {
        app.health("connections").await <= 2
    })
    .await;
}

#[tokio::test]
async fn a_head_that_trickles_is_given_up_as_well() {
    let app = impatient().await;
    let mut raw = Raw::open(app.addr).await;
    raw.say(HALF).await;
    let trickle = async {
        while raw.try_say("x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    soon("the end of a trickling head", trickle).await;
}

#[tokio::test]
async fn a_second_head_on_a_connection_has_no_more_time_than_the_first() {
    let app = impatient().await;
    let mut raw = Raw::open(app.addr).await;
    raw.say(request(app.addr, "GET /healthz", &[], "")).await;
    assert_eq!(raw.answer().await.status, 200);
    raw.say(HALF).await;
    raw.rest().await;
}

#[tokio::test]
async fn an_idle_connection_is_kept() {
    let app = impatient().await;
    let mut raw = Raw::open(app.addr).await;
    for _ in 0..3 {
        raw.say(request(app.addr, "GET /healthz", &[], "")).await;
        assert_eq!(raw.answer().await.status, 200);
        outwait(&app).await;
    }
    raw.say(request(app.addr, "POST /api/topics/t/events", &[], "x"))
        .await;
    assert_eq!(raw.answer().await.status, 201);
    outwait(&app).await;
    raw.say(request(app.addr, "GET /healthz", &[], "")).await;
    assert_eq!(raw.answer().await.status, 200);
}

#[tokio::test]
async fn what_stands_outlives_the_time_for_heads() {
    let app = impatient().await;
    let mut stream = app.event_stream("t", "").await;
    let mut sse = Raw::open(app.addr).await;
    sse.say(request(app.addr, "GET /api/topics/t/sse", &[], ""))
        .await;
    sse.until("id: ").await;
    let mut held = Raw::open(app.addr).await;
    held.say(request(app.addr, "GET /api/topics/t/long-poll", &[], ""))
        .await;
    let mut plain = app.web_socket("t", "").await;
    let mut echo = app.socket_at("/api/echo").await;
    soon("the position", plain.next()).await.unwrap().unwrap();
    // Frames that come in pieces are no heads either.
    let mut pieces = Raw::open(app.addr).await;
    pieces
        .say(request(app.addr, "GET /api/echo", &HANDSHAKE, ""))
        .await;
    assert_eq!(pieces.answer().await.status, 101);
    pieces.say([0x81, 0x82, 0, 0]).await;
    eventually("all to stand", async || app.health("readers").await == 4).await;
    outwait(&app).await;
    outwait(&app).await;

    app.publish("t", "still there").await;
    let said = soon("the event", plain.next()).await.unwrap().unwrap();
    assert!(said.to_text().unwrap().contains("still there"));
    sse.until("still there").await;
    assert!(held.answer().await.text().contains("still there"));
    echo.send(Message::text("hi")).await.unwrap();
    assert_eq!(
        soon("the echo", echo.next()).await.unwrap().unwrap(),
        Message::text("hi")
    );
    pieces.say([0, 0, b'h', b'i']).await;
    pieces.until("hi").await;
    stream.position().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for_for_ever() {
    let app = TestApp::start().await;
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let slow = async |path: &str| {
        let headers = [form, ("Content-Length", "100")];
        let mut raw = Raw::open(app.addr).await;
        raw.say(request(app.addr, &format!("POST {path}"), &headers, "run="))
            .await;
        raw
    };
    let mut event = slow("/api/topics/t/events").await;
    let mut others = Vec::new();
    for path in [
        "/sign-in",
        "/preferences",
        "/api/fn/command-run",
        "/api/fn/prepare-run",
    ] {
        others.push(slow(path).await);
    }
    let mut answered = Raw::open(app.addr).await;
    // Answered without a look at the body: the rest is not waited for either.
    answered
        .say(request(
            app.addr,
            "POST /nothing",
            &[("Content-Length", "100")],
            "x",
        ))
        .await;
    let answer = event.answer().await;
    assert_eq!(answer.refusal(), (408, "slow_body".to_owned()));
    event.rest().await;
    for mut raw in others {
        raw.rest().await;
    }
    answered.rest().await;
    assert_eq!(app.health("topics").await, 0);
}

#[tokio::test]
async fn a_head_is_bounded_in_bytes_and_in_fields() {
    let app = TestApp::start().await;
    // Twice what is promised: the server reads a little ahead.
    let long = "x".repeat(128 * 1024);
    let path = format!("GET /{long}");
    let many: Vec<_> = std::iter::repeat_n(("X-A", "b"), 5_000).collect();
    for (line, headers) in [
        ("GET /healthz", &[("X-Long", &*long)][..]),
        (&path, &[]),
        ("GET /healthz", &many),
    ] {
        let mut raw = Raw::open(app.addr).await;
        // The server may hang up before it has taken everything.
        let _ = raw.try_say(request(app.addr, line, headers, "")).await;
        let answer = raw.answer().await;
        assert!(
            matches!(answer.status, 400 | 414 | 431),
            "{} {}",
            answer.status,
            line.len()
        );
        raw.rest().await;
    }
    let fits = "x".repeat(30 * 1024);
    assert_eq!(
        ask(app.addr, "GET /healthz", &[("X-Long", &fits)], "")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn what_is_no_http_is_hung_up_on() {
    let app = TestApp::start().await;
    let mut random = fastrand::Rng::with_seed(7);
    let mut garbage: Vec<Vec<u8>> = (0..50)
        .map(|_| {
            (0..2_000)
                .map(|_| random.u8(..))
                .chain(*b"\r\n\r\n")
                .collect()
        })
        .collect();
    garbage.extend([
        vec![0; 1_000],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(20),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"GET /healthz HTTP/3.7\r\nHost: localhost\r\n\r\n".to_vec(),
        b"GET  /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        b"GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n".to_vec(),
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n folded: x\r\n\r\n".to_vec(),
        b"POST /api/topics/t/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_vec(),
        b"POST /api/topics/t/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\na".to_vec(),
        b"POST /api/topics/t/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, gzip\r\n\r\na".to_vec(),
    ]);
    for bytes in garbage {
        let mut raw = Raw::open(app.addr).await;
        let _ = raw.try_say(&bytes).await;
        let rest = raw.rest().await;
        let text = String::from_utf8_lossy(&rest);
        assert!(rest.is_empty() || text.starts_with("HTTP/1.1 4"), "{text}");
    }
    for broken in ["zz\r\n", "ffffffffffffffffff\r\n", "-1\r\n", "2\r\nhix"] {
        let mut raw = Raw::open(app.addr).await;
        let chunked = [("Transfer-Encoding", "chunked")];
        raw.say(request(
            app.addr,
            "POST /api/topics/t/events",
            &chunked,
            broken,
        ))
        .await;
        assert_eq!(
            raw.answer().await.refusal(),
            (400, "broken_body".to_owned()),
            "{broken:?}"
        );
        raw.rest().await;
    }
    assert_eq!(app.health("topics").await, 0);
}

#[tokio::test]
async fn a_body_where_none_belongs_is_never_taken_for_a_request() {
    let app = TestApp::start().await;
    let inner = request(app.addr, "GET /api/topics/smuggled/poll", &[], "");
    let small = inner.clone();
    let large = inner.repeat(2_000);
    for body in [small, large] {
        for line in [
            "GET /healthz",
            "GET /",
            "GET /api/clock",
            "POST /api/nothing",
            "DELETE /api/clock",
        ] {
            let mut raw = Raw::open(app.addr).await;
            let _ = raw.try_say(request(app.addr, line, &[], &body)).await;
            raw.answer().await;
            // Either the connection is over, or the next answer is that of the next request.
            let last = [("Connection", "close")];
            let _ = raw
                .try_say(request(app.addr, "GET /api/lanes/last", &last, ""))
                .await;
            let rest = String::from_utf8_lossy(&raw.rest().await).into_owned();
            let answers = rest.matches("HTTP/1.1 ").count();
            assert!(
                answers == rest.matches("unknown_lane").count() && answers <= 1,
                "{line}: {rest}"
            );
        }
    }
    assert_eq!(app.health("topics").await, 0);
}

#[tokio::test]
async fn server_functions_and_forms_take_64_kib() {
    let app = TestApp::start().await;
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let long = format!("run={}", "x".repeat(64 * 1024));
    let chunk = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    for path in [
        "/api/fn/command-run",
        "/api/fn/prepare-run",
        "/sign-in",
        "/preferences",
    ] {
        let line = format!("POST {path}");
        assert_eq!(
            ask(app.addr, &line, &[form], &long).await.status,
            413,
            "{path}"
        );
        let chunked = [form, ("Transfer-Encoding", "chunked")];
        let answer = ask(app.addr, &line, &chunked, &chunk).await;
        assert!(
            matches!(answer.status, 400 | 413),
            "{path} in chunks: {}",
            answer.status
        );
    }
    let fits = format!("lang=ko&more={}", "x".repeat(60 * 1024));
    let answer = ask(app.addr, "POST /preferences", &[form], &fits).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
}

#[tokio::test]
async fn nonsense_to_a_server_function_is_the_clients_fault() {
    let app = TestApp::start().await;
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let json = ("Content-Type", "application/json");
    let workload = |rate: &str, seconds: &str| {
        format!(
            "workload[rate]={rate}&workload[arrivals]=even&workload[payload]=9\
             &workload[duration_s]={seconds}&workload[seed]=1&poll_interval_ms=1000"
        )
    };
    for rate in ["0", "-1", "NaN", "inf", "1e308", "501", "x"] {
        let answer = ask(
            app.addr,
            "POST /api/fn/prepare-run",
            &[form],
            &workload(rate, "1"),
        )
        .await;
        assert_eq!(answer.status, 400, "{rate}: {}", answer.text());
    }
    for seconds in ["0", "3601", "-1", "1.5", "99999999999999999999"] {
        let answer = ask(
            app.addr,
            "POST /api/fn/prepare-run",
            &[form],
            &workload("1", seconds),
        )
        .await;
        assert_eq!(answer.status, 400, "{seconds}: {}", answer.text());
    }
    for (headers, body) in [
        (&[form][..], "a[b[c]]]=1&&&=%zz"),
        (&[json], "{\"run\":"),
        (&[], "run=x"),
        (&[form], ""),
    ] {
        for path in ["/api/fn/prepare-run", "/api/fn/command-run"] {
            let answer = ask(app.addr, &format!("POST {path}"), headers, body).await;
            assert!(
                (400..500).contains(&answer.status),
                "{path} {body}: {}",
                answer.status
            );
        }
    }
    for query in [
        "",
        "topic=",
        "topic=t&after=x",
        "topic=t&topic=u",
        "topic=%ff",
        "topic=../x",
    ] {
        let answer = ask(app.addr, &format!("GET /api/fn/poll?{query}"), &[], "").await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
    }
    for wait in ["0", "61", "-1", "x", "4294967296"] {
        let answer = ask(
            app.addr,
            &format!("GET /api/fn/long-poll?topic=t&wait={wait}"),
            &[],
            "",
        )
        .await;
        assert_eq!(answer.status, 400, "{wait}: {}", answer.text());
    }
    assert_eq!(app.health("topics").await, 0);
}

#[tokio::test]
async fn preferences_take_no_nonsense() {
    let app = TestApp::start().await;
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let long = format!("lang={}", "k".repeat(10_000));
    for nonsense in [
        "",
        "lang=",
        "lang=xx",
        "theme=pink",
        "lang=ko&back=//evil.example",
        "lang=ko&back=https://evil.example",
        "lang=ko&back=%0d%0aSet-Cookie:x=y",
        "lang=ko&lang=en",
        "lang=%ff",
        "lang=ko;Domain=evil.example",
        &long,
    ] {
        let answer = ask(app.addr, "POST /preferences", &form, nonsense).await;
        assert_eq!(answer.status, 400, "{nonsense}");
        assert!(answer.json()["error"]["message"].is_string(), "{nonsense}");
        assert_eq!(answer.header("set-cookie"), None, "{nonsense}");
    }
    for cookie in [
        "lang=xx; theme=pink",
        "lang=\"><script>; theme=",
        "=;;;=",
        &"x=y; ".repeat(500),
    ] {
        let page = ask(
            app.addr,
            "GET /",
            &[("Cookie", cookie), ("Accept-Language", cookie)],
            "",
        )
        .await;
        assert_eq!(page.status, 200, "{cookie}");
        assert!(!page.text().contains("\"><script>"), "{cookie}");
    }
}

#[tokio::test]
async fn a_message_in_endless_pieces_is_too_long() {
    let app = TestApp::start().await;
    for path in ["/api/topics/t/ws", "/api/clock", "/api/echo"] {
        let mut socket = app.socket_at(path).await;
        let piece = |code| {
            Message::Frame(Frame::message(
                vec![b'x'; 16_384],
                OpCode::Data(code),
                false,
            ))
        };
        let mut sent = 0;
        let mut next = socket.send(piece(Data::Text)).await;
        // Twice the longest message that any address takes; none takes as much.
        while next.is_ok() && sent < 2_048 {
            next = soon(
                "the server to take a piece",
                socket.send(piece(Data::Continue)),
            )
            .await;
            sent += 1;
        }
        let code = loop {
            match soon("the close", socket.next()).await {
                Some(Ok(Message::Close(frame))) => {
                    break Some(u16::from(frame.expect("a code").code));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break None,
            }
        };
        // Where we are still sending, the reset may overtake the close.
        assert!(matches!(code, Some(1009) | None), "{path}: {code:?}");
        eventually("the socket to be gone", async || {
            app.health("connections").await <= 1
        })
        .await;
    }
}

#[tokio::test]
async fn a_frame_that_announces_too_much_is_not_waited_for() {
    let app = TestApp::start().await;
    for path in ["/api/topics/t/ws", "/api/clock", "/api/echo"] {
        for length in [17_u64 * 1024 * 1024, 1 << 40, (1 << 63) - 1] {
            let mut raw = Raw::open(app.addr).await;
            raw.say(request(app.addr, &format!("GET {path}"), &HANDSHAKE, ""))
                .await;
            assert_eq!(raw.answer().await.status, 101);
            let mut head = vec![0x81, 0xff];
            head.extend(length.to_be_bytes());
            head.extend([0; 4]);
            raw.say(head).await;
            let rest = raw.rest().await;
            let close = [0x88, rest.len() as u8];
            let told = rest
                .windows(4)
                .any(|w| w[0] == close[0] && w[2..] == 1009_u16.to_be_bytes());
            assert!(told, "{path} {length}: close 1009 in {rest:?}");
        }
    }
}

/// What a flood may make the server grow by, in KiB. Unbounded, the ones below take more than 60 MB.
const BOUND: u64 = 8 * 1024;

/// Sends on and on without reading; how much the server grew at most, in KiB. `None` where the
/// system does not tell.
async fn flood(program: &Program, raw: &mut Raw, bytes: &[u8], times: usize) -> Option<u64> {
    let before = program.memory()?;
    let mut most = before;
    for _ in 0..times {
        if raw.try_say(bytes).await.is_err() {
            break;
        }
        most = most.max(program.memory()?);
    }
    assert_eq!(
        ask(program.addr, "GET /healthz", &[], "").await.status,
        200,
        "others are served"
    );
    Some(most.max(program.memory()?) - before)
}

#[tokio::test]
async fn pings_whose_answers_nobody_reads_do_not_pile_up() {
    let program = Program::serve(&["--write-timeout", "1"]).await;
    // A masked ping of the longest kind, many times; 100 MB in all.
    let mut ping = vec![0x89, 0x80 | 125, 0, 0, 0, 0];
    ping.extend([b'p'; 125]);
    let pings = ping.repeat(4_000);
    for path in ["/api/topics/t/ws", "/api/echo", "/api/clock"] {
        let mut raw = Raw::narrow(program.addr).await;
        raw.say(request(
            program.addr,
            &format!("GET {path}"),
            &HANDSHAKE,
            "",
        ))
        .await;
        assert_eq!(raw.head().await.status, 101);
        match flood(&program, &mut raw, &pings, 200).await {
            Some(growth) => assert!(growth < BOUND, "{path}: the server grew by {growth} KiB"),
            None => {
                return eprintln!("skipped: no /proc/PID/smaps_rollup here to read memory from");
            }
        }
    }
}

#[tokio::test]
async fn requests_whose_answers_nobody_reads_do_not_pile_up() {
    let program = Program::serve(&["--write-timeout", "1"]).await;
    let data = "x".repeat(60_000);
    assert_eq!(
        ask(program.addr, "POST /api/topics/t/events", &[], &data)
            .await
            .status,
        201
    );
    // 1,000 requests at a time, each of them for 60 KB.
    let polls = request(program.addr, "GET /api/topics/t/poll?after=start", &[], "").repeat(1_000);
    let mut raw = Raw::narrow(program.addr).await;
    match flood(&program, &mut raw, polls.as_bytes(), 200).await {
        Some(growth) => assert!(growth < BOUND, "the server grew by {growth} KiB"),
        None => return eprintln!("skipped: no /proc/PID/smaps_rollup here to read memory from"),
    }
    eventually("the connection to be given up", async || {
        program.health("connections").await == 1
    })
    .await;
}
