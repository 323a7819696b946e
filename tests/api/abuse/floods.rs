//! Floods whose answers nobody reads: what they make the server grow by.

use crate::{
    app::eventually,
    program::Program,
    raw::{HANDSHAKE, Raw, ask, request},
};

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
