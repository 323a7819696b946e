//! CORS: closed but for the origins that were allowed by name.

use super::*;

#[tokio::test]
async fn a_preflight_of_a_foreign_page_fails() {
    let app = TestApp::start().await;
    for origin in FOREIGN {
        for path in ["/api/topics/t/events", "/api/fn/prepare-run", "/api/clock"] {
            let answer = ask(
                app.addr,
                &format!("OPTIONS {path}"),
                &preflight(origin, "POST"),
                "",
            )
            .await;
            assert_eq!(
                answer.refusal(),
                (403, "foreign_origin".to_owned()),
                "{path} {origin}"
            );
            assert_eq!(
                answer.header("access-control-allow-origin"),
                None,
                "{path} {origin}"
            );
        }
    }
}

#[tokio::test]
async fn an_allowed_origin_reads_publishes_and_connects() {
    let friend = "https://friend.example";
    let app = TestApp::with(|options| options.allow_origin = vec![friend.parse().unwrap()]).await;
    for method in ["GET", "POST"] {
        let path = "OPTIONS /api/topics/t/events?lane=pre";
        let answer = ask(app.addr, path, &preflight(friend, method), "").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), Some(friend));
        let methods = answer.header("access-control-allow-methods").unwrap();
        assert!(
            methods.split(',').any(|allowed| allowed.trim() == method),
            "{methods}"
        );
        let allowed = answer
            .header("access-control-allow-headers")
            .unwrap()
            .to_lowercase();
        for header in ["content-type", "authorization", "last-event-id"] {
            assert!(allowed.contains(header), "{allowed}");
        }
    }
    let origin = [("Origin", friend)];
    let published = ask(app.addr, "POST /api/topics/t/events", &origin, "x").await;
    let polled = ask(app.addr, "GET /api/topics/t/poll?after=start", &origin, "").await;
    let bad = ask(
        app.addr,
        "GET /api/topics/t/poll?after=nonsense",
        &origin,
        "",
    )
    .await;
    for (answer, status) in [(published, 201), (polled, 200), (bad, 400)] {
        assert_eq!(answer.status, status);
        assert_eq!(
            answer.header("access-control-allow-origin"),
            Some(friend),
            "{status}"
        );
        assert_eq!(
            answer.header("cross-origin-resource-policy"),
            Some("cross-origin"),
            "{status}"
        );
        assert!(
            answer
                .header("vary")
                .is_some_and(|vary| vary.to_lowercase().contains("origin"))
        );
    }
    for path in ["/api/topics/t/ws", "/api/clock", "/api/echo"] {
        assert_eq!(shake(app.addr, path, &origin).await.status, 101, "{path}");
    }
    let mut stream = Raw::open(app.addr).await;
    stream
        .say(request(app.addr, "GET /api/topics/t/sse", &origin, ""))
        .await;
    assert_eq!(
        stream.head().await.header("access-control-allow-origin"),
        Some(friend)
    );

    for other in [
        "http://friend.example",
        "https://friend.example.evil",
        "https://friend.example:444",
        "null",
    ] {
        let answer = ask(
            app.addr,
            "POST /api/topics/t/events",
            &[("Origin", other)],
            "x",
        )
        .await;
        assert_eq!(answer.status, 403, "{other}");
        let read = ask(app.addr, "GET /api/topics/t/poll", &[("Origin", other)], "").await;
        assert_eq!(read.header("access-control-allow-origin"), None, "{other}");
        assert_eq!(
            read.header("cross-origin-resource-policy"),
            Some("same-origin"),
            "{other}"
        );
    }
    assert_eq!(app.lane("pre").await.requests, 2, "preflights count");
}

#[tokio::test]
async fn what_is_no_other_origins_says_nothing_of_origins() {
    let friend = "https://friend.example";
    let app = TestApp::with(|options| options.allow_origin = vec![friend.parse().unwrap()]).await;
    for path in ["/api/fn/prepare-run", "/api/swarm", "/api/swarm/x/run"] {
        let path = format!("OPTIONS {path}");
        let answer = ask(app.addr, &path, &preflight(friend, "POST"), "").await;
        assert_eq!(
            answer.header("access-control-allow-methods"),
            None,
            "{path}"
        );
    }
    let answer = ask(app.addr, "OPTIONS /api/topics/t/poll", &[], "").await;
    assert_eq!(
        answer.status, 200,
        "who asks without an origin is told the methods"
    );
    // Who names no origin is not told of any.
    let answer = ask(app.addr, "GET /api/topics/t/poll?after=start", &[], "").await;
    assert_eq!(answer.status, 200);
    for name in [
        "access-control-allow-origin",
        "access-control-expose-headers",
    ] {
        assert_eq!(answer.header(name), None);
    }
    let origin = [("Origin", friend)];
    let answer = ask(app.addr, "GET /api/topics/t/poll?after=start", &origin, "").await;
    let exposed = answer.header("access-control-expose-headers").unwrap();
    assert!(exposed.contains("retry-after"), "{exposed}");
}
