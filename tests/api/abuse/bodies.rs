//! Bodies that do not come, are too long, or stand where none belongs.

use crate::{
    app::TestApp,
    raw::{Raw, ask, request},
};

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
