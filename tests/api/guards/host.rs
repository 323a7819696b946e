//! `Host`, and requests that two servers would read differently.

use super::*;

#[tokio::test]
async fn names_of_the_loopback_are_answered_to_on_any_port() {
    let app = TestApp::start().await;
    for host in [
        "localhost",
        "localhost:3000",
        "LocalHost:1",
        "127.0.0.1",
        "127.0.0.1:65535",
        "127.0.0.2",
        "[::1]",
        "[::1]:80",
    ] {
        assert_eq!(
            ask(app.addr, "GET /healthz", &[("Host", host)], "")
                .await
                .status,
            200,
            "{host}"
        );
    }
    let absolute = ask(
        app.addr,
        "GET http://localhost/healthz",
        &[("Host", "localhost")],
        "",
    )
    .await;
    assert_eq!(absolute.status, 200);
}

#[tokio::test]
async fn an_unknown_host_is_misdirected() {
    let app = TestApp::start().await;
    for host in [
        "evil.example",
        "evil.example:3000",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example.localhost",
        "localhost.",
        "0.0.0.0",
        "192.0.2.1",
        "[2001:db8::1]",
        "[::]",
        "2130706433",
        "0x7f.1",
        "",
        "a b",
        "http://localhost",
        "localhost/x",
    ] {
        for line in [
            "GET /healthz",
            "GET /",
            "GET /api/topics/t/poll",
            "POST /api/topics/t/events",
        ] {
            let answer = ask(app.addr, line, &[("Host", host)], "").await;
            assert_eq!(
                answer.refusal(),
                (421, "unknown_host".to_owned()),
                "{line} {host}"
            );
        }
    }
    let target = "GET http://evil.example/healthz";
    let absolute = ask(app.addr, target, &[("Host", "localhost")], "").await;
    assert_eq!(
        absolute.status, 421,
        "the target names the host, not the header (RFC 9112, 3.2.2)"
    );
    assert_eq!(app.health("topics").await, 0, "nothing was made");
}

#[tokio::test]
async fn a_public_host_is_answered_to_and_no_other() {
    let app = TestApp::with(|options| {
        options.public_host = vec!["Lab.Example.org".to_owned(), "second.example".to_owned()];
    })
    .await;
    for host in [
        "lab.example.org",
        "LAB.example.org:443",
        "second.example",
        "localhost",
    ] {
        assert_eq!(
            ask(app.addr, "GET /healthz", &[("Host", host)], "")
                .await
                .status,
            200,
            "{host}"
        );
    }
    for host in [
        "example.org",
        "x.lab.example.org",
        "lab.example.org.evil.example",
    ] {
        assert_eq!(
            ask(app.addr, "GET /healthz", &[("Host", host)], "")
                .await
                .status,
            421,
            "{host}"
        );
    }
    // A page that came from there is at home: also where a proxy in front speaks https.
    let page = [
        ("Host", "lab.example.org"),
        ("Origin", "https://lab.example.org"),
    ];
    assert_eq!(
        ask(app.addr, "POST /api/topics/t/events", &page, "x")
            .await
            .status,
        201
    );
    let other = [
        ("Host", "lab.example.org"),
        ("Origin", "https://second.example"),
    ];
    assert_eq!(
        ask(app.addr, "POST /api/topics/t/events", &other, "x")
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn one_host_exactly() {
    let app = TestApp::start().await;
    for head in [
        "GET /healthz HTTP/1.1\r\n\r\n",
        "GET /healthz HTTP/1.0\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        "GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
    ] {
        let mut raw = Raw::open(app.addr).await;
        raw.say(head).await;
        let answer = raw.answer().await;
        assert_eq!(answer.refusal(), (400, "malformed".to_owned()), "{head}");
        assert!(raw.rest().await.is_empty(), "and the connection is over");
    }
}

#[tokio::test]
async fn two_lengths_of_one_body_are_refused_and_end_the_connection() {
    let app = TestApp::start().await;
    let length = "Content-Length: 4\r\n";
    let chunked = "Transfer-Encoding: chunked\r\n";
    let smuggled = format!(
        "GET /api/topics/smuggled/poll HTTP/1.1\r\nHost: {}\r\n\r\n",
        app.addr
    );
    for (first, second) in [
        (length, chunked),
        (chunked, length),
        ("content-length: 4\r\n", chunked),
    ] {
        let mut raw = Raw::open(app.addr).await;
        let head = format!(
            "POST /api/topics/t/events HTTP/1.1\r\nHost: {}\r\n{first}{second}\r\n",
            app.addr
        );
        raw.say(format!("{head}0\r\n\r\n{smuggled}")).await;
        let answer = raw.answer().await;
        assert_eq!(
            answer.refusal(),
            (400, "malformed".to_owned()),
            "{first}{second}"
        );
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(
            raw.rest().await.is_empty(),
            "the rest is not taken for a request"
        );
    }
    assert_eq!(
        app.health("topics").await,
        0,
        "neither published nor smuggled"
    );
}

#[tokio::test]
async fn behind_a_pipelined_request_two_lengths_end_the_connection_as_well() {
    let app = TestApp::start().await;
    let mut raw = Raw::open(app.addr).await;
    let innocent = request(app.addr, "GET /healthz", &[], "");
    let head = format!(
        "POST /api/topics/t/events HTTP/1.1\r\nHost: {}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
        app.addr
    );
    let smuggled = request(app.addr, "GET /api/topics/smuggled/poll", &[], "");
    raw.say(format!("{innocent}{head}0\r\n\r\n{smuggled}"))
        .await;
    assert_eq!(raw.answer().await.status, 200);
    assert_eq!(raw.answer().await.header("connection"), Some("close"));
    assert!(raw.rest().await.is_empty());
    assert_eq!(
        ask(
            app.addr,
            "GET /api/topics/smuggled/poll?after=start",
            &[],
            ""
        )
        .await
        .status,
        200
    );
    assert!(
        app.health("topics").await <= 2,
        "only `t` at most, and the one just asked for"
    );
}

#[tokio::test]
async fn two_lengths_end_the_connection_where_the_head_began_behind_a_held_poll() {
    let app = TestApp::start().await;
    let mut raw = Raw::open(app.addr).await;
    raw.say(request(app.addr, "GET /api/topics/t/long-poll", &[], ""))
        .await;
    crate::takeover::readers(&app, 1).await;
    raw.say("POST /api/topics/t/events HTTP/1.1\r\nContent-Length: 4\r\n")
        .await;
    // The head's beginning has been heard when the answer to another comes.
    assert_eq!(ask(app.addr, "GET /healthz", &[], "").await.status, 200);
    app.publish("t", "one").await;
    assert_eq!(raw.answer().await.status, 200);
    let smuggled = request(app.addr, "GET /api/topics/smuggled/poll", &[], "");
    let host = app.addr;
    raw.say(format!(
        "Host: {host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}"
    ))
    .await;
    assert_eq!(raw.answer().await.header("connection"), Some("close"));
    assert!(raw.rest().await.is_empty(), "the rest is no request");
}

#[tokio::test]
async fn a_body_in_chunks_is_welcome() {
    let app = TestApp::start().await;
    let headers = [("Transfer-Encoding", "chunked")];
    let mut raw = Raw::open(app.addr).await;
    for _ in 0..2 {
        raw.say(request(
            app.addr,
            "POST /api/topics/t/events",
            &headers,
            "2\r\nhi\r\n0\r\n\r\n",
        ))
        .await;
        assert_eq!(
            raw.answer().await.status,
            201,
            "also the second one on a connection"
        );
    }
    assert_eq!(app.poll("t", "after=start").await.events[1].data, "hi");
}
