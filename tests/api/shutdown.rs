//! How the server ends: everything standing is told so, and nothing holds it up.

use std::time::{Duration, Instant};

use futures::StreamExt;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    app::{Dialect, Socket, TestApp, soon},
    program::Program,
    raw::{HANDSHAKE, Raw, ask, request},
    socket::say,
};

/// What the design promises.
const PROMISED: Duration = Duration::from_secs(5);

async fn socket(program: &Program, path: &str) -> Socket {
    Dialect::Clear.shake(program.addr, path).await.unwrap()
}

async fn close_code(mut socket: Socket) -> Option<u16> {
    loop {
        match soon("the close", socket.next()).await {
            Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return None,
        }
    }
}

async fn readers(program: &Program, wanted: u64) {
    soon("all to stand", async {
        while program.health("readers").await != wanted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

async fn asking(program: &Program, path: &str) -> Raw {
    let mut raw = Raw::open(program.addr).await;
    raw.say(request(program.addr, &format!("GET {path}"), &[], ""))
        .await;
    raw
}

#[tokio::test]
async fn everything_standing_is_ended_properly() {
    let mut program = Program::serve(&[]).await;
    let mut stream = asking(&program, "/api/topics/t/sse").await;
    let mut held = asking(&program, "/api/topics/t/long-poll?wait=60").await;
    let mut held_fn = asking(&program, "/api/fn/long-poll?topic=t&wait=60").await;
    let mut idle = asking(&program, "/healthz").await;
    idle.answer().await;
    let mut untouched = Raw::open(program.addr).await;
    let plain = socket(&program, "/api/topics/t/ws").await;
    let clock = socket(&program, "/api/clock").await;
    let echo = socket(&program, "/api/echo").await;
    let mut function = socket(&program, "/api/fn/socket").await;
    let topic = "t".parse().unwrap();
    say(
        &mut function,
        &pushpull::transport::server_fn::ToServer::Open {
            topic,
            after: None,
            lane: None,
        },
    )
    .await;
    readers(&program, 5).await;

    let began = Instant::now();
    program.signal("TERM");
    assert_eq!(close_code(plain).await, Some(1001));
    assert_eq!(close_code(clock).await, Some(1001));
    assert_eq!(close_code(echo).await, Some(1001));
    let head = stream.head().await;
    assert_eq!(head.status, 200);
    let blocks = String::from_utf8(stream.rest().await).unwrap();
    assert!(
        blocks.contains("retry:") && blocks.ends_with("0\r\n\r\n"),
        "a whole body: {blocks:?}"
    );
    for held in [&mut held, &mut held_fn] {
        let answer = held.answer().await;
        assert_eq!(
            (answer.status, &answer.json()["events"]),
            (200, &serde_json::json!([]))
        );
        held.rest().await;
    }
    idle.rest().await;
    untouched.rest().await;
    // The framework's socket cannot say 1001; it ends all the same.
    close_code(function).await;
    assert_eq!(program.ended().await.code(), Some(0));
    assert!(began.elapsed() < PROMISED, "{:?}", began.elapsed());
}

#[tokio::test]
async fn ctrl_c_ends_it_as_well() {
    let mut program = Program::serve(&[]).await;
    let mut stream = asking(&program, "/api/topics/t/sse").await;
    stream.until("retry").await;
    program.signal("INT");
    assert!(stream.rest().await.ends_with(b"0\r\n\r\n"));
    assert_eq!(program.ended().await.code(), Some(0));
}

#[tokio::test]
async fn an_answer_under_way_is_finished() {
    let mut program = Program::serve(&[]).await;
    let mut raw = Raw::open(program.addr).await;
    let whole = request(
        program.addr,
        "POST /api/topics/t/events",
        &[("Content-Length", "2")],
        "hi",
    );
    let (most, last) = whole.split_at(whole.len() - 1);
    raw.say(most).await;
    // A second connection is served after the first one's bytes have come.
    assert_eq!(ask(program.addr, "GET /healthz", &[], "").await.status, 200);
    program.signal("TERM");
    let refused = async { while tokio::net::TcpStream::connect(program.addr).await.is_ok() {} };
    soon("the end of accepting", refused).await;
    raw.say(last).await;
    assert_eq!(raw.answer().await.status, 201);
    assert_eq!(program.ended().await.code(), Some(0));
}

#[tokio::test]
async fn nobody_can_hold_it_up() {
    let mut program = Program::serve(&[]).await;
    let mut stalled = Vec::new();
    for (path, headers) in [
        ("/api/topics/t/sse", &[][..]),
        ("/api/topics/t/ws", &HANDSHAKE),
    ] {
        let mut raw = Raw::narrow(program.addr).await;
        raw.say(request(program.addr, &format!("GET {path}"), headers, ""))
            .await;
        raw.head().await;
        stalled.push(raw);
    }
    let mut half = Raw::open(program.addr).await;
    half.say("GET / HTTP/1.1\r\n").await;
    let mut slow = Raw::open(program.addr).await;
    slow.say(request(
        program.addr,
        "POST /api/topics/t/events",
        &[("Content-Length", "9")],
        "x",
    ))
    .await;
    // Their answers to the close never come.
    let _deaf = socket(&program, "/api/topics/t/ws").await;
    let _silent = socket(&program, "/api/echo").await;
    readers(&program, 3).await;
    let data = "x".repeat(64 * 1024);
    for _ in 0..200 {
        // More than fits into all buffers on the way.
        assert_eq!(
            ask(program.addr, "POST /api/topics/t/events", &[], &data)
                .await
                .status,
            201
        );
    }
    let began = Instant::now();
    program.signal("TERM");
    assert_eq!(program.ended().await.code(), Some(0));
    // Twice the promise, for a busy machine; unended, they would stay for ever.
    assert!(began.elapsed() < 2 * PROMISED, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_server_inside_a_program_ends_with_its_future() {
    let mut app = TestApp::start().await;
    let mut stream = app.event_stream("t", "").await;
    stream.position().await;
    let socket = app.web_socket("t", "").await;
    app.begin_shutdown();
    assert_eq!(stream.try_block().await.unwrap(), None, "a proper end");
    assert_eq!(close_code(socket).await, Some(1001));
    app.ended().await;
}
