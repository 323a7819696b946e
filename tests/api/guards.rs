//! Who may ask: `Host`, `Origin`, token; and what every answer tells browsers.

use pushpull::server::{Application, StartError, config::ConfigError};

use crate::{
    app::{TestApp, options},
    program::{Program, Site},
    raw::{Answer, HANDSHAKE, Raw, ask, request, shake},
};

/// Origins that are not the server's own: other hosts, other ports, and no origin at all.
const FOREIGN: [&str; 6] = [
    "http://evil.example",
    "https://evil.example",
    "null",
    "http://127.0.0.1:1",
    "http://127.0.0.1",
    "",
];
const TOKEN: &str = "a-secret-of-the-tests";

fn own(app: &TestApp) -> String {
    format!("http://{}", app.addr)
}

/// Every server function there is: its method and address.
fn server_functions() -> Vec<(String, &'static str)> {
    let all: Vec<_> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, method)| (method.to_string(), path))
        .collect();
    for known in [
        "/api/fn/poll",
        "/api/fn/run-status",
        "/api/fn/prepare-run",
        "/api/fn/socket",
    ] {
        assert!(
            all.iter().any(|(_, path)| *path == known),
            "{known} is not in {all:?}"
        );
    }
    all
}

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

#[tokio::test]
async fn foreign_pages_may_not_publish() {
    let app = TestApp::start().await;
    for origin in FOREIGN {
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json",
        ] {
            let headers = [("Origin", origin), ("Content-Type", kind)];
            let answer = ask(app.addr, "POST /api/topics/t/events", &headers, "a=b").await;
            assert_eq!(
                answer.refusal(),
                (403, "foreign_origin".to_owned()),
                "{origin} {kind}"
            );
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
        let path = "/api/topics/t/ws";
        let answer = shake(app.addr, path, &[("Origin", origin)]).await;
        assert_eq!(
            answer.refusal(),
            (403, "foreign_origin".to_owned()),
            "{origin}"
        );
    }
    assert_eq!(app.health("topics").await, 0, "nothing was published");

    let own = own(&app);
    for headers in [&[][..], &[("Origin", &*own)]] {
        assert_eq!(
            ask(app.addr, "POST /api/topics/t/events", headers, "x")
                .await
                .status,
            201
        );
        assert_eq!(
            shake(app.addr, "/api/topics/t/ws", headers).await.status,
            101
        );
    }
}

#[tokio::test]
async fn two_origins_are_one_too_many() {
    let app = TestApp::start().await;
    let own = own(&app);
    for second in ["http://evil.example", &own] {
        let headers = [("Origin", &*own), ("Origin", second)];
        assert_eq!(
            ask(app.addr, "POST /api/topics/t/events", &headers, "x")
                .await
                .status,
            403
        );
    }
}

#[tokio::test]
async fn foreign_pages_call_no_server_function() {
    let app = TestApp::start().await;
    let own = own(&app);
    // What would start a workload, as a form sends it.
    let form = "workload[rate]=1&workload[arrivals]=even&workload[payload]=9&workload[duration_s]=1\
        &workload[seed]=1&poll_interval_ms=1000&run=x";
    for (method, path) in server_functions() {
        let query = if method == "GET" {
            "?topic=t&run=x&wait=1"
        } else {
            ""
        };
        let body = if method == "GET" { "" } else { form };
        let line = format!("{method} {path}{query}");
        let with = |origin: Option<&'static str>, upgrade: bool| {
            let mut headers = vec![("Content-Type", "application/x-www-form-urlencoded")];
            headers.extend(origin.map(|origin| ("Origin", origin)));
            headers.extend(upgrade.then_some(HANDSHAKE).into_iter().flatten());
            headers
        };
        for origin in FOREIGN {
            for upgrade in [false, true] {
                let answer = ask(app.addr, &line, &with(Some(origin), upgrade), body).await;
                let refused = (403, "foreign_origin".to_owned());
                assert_eq!(answer.refusal(), refused, "{line} {origin} {upgrade}");
            }
        }
        if method == "GET" {
            let line = format!("HEAD {path}{query}");
            let mut raw = Raw::open(app.addr).await;
            raw.say(request(app.addr, &line, &with(Some("null"), false), ""))
                .await;
            assert_eq!(raw.head().await.status, 403, "{line}");
        }
        assert_eq!(app.health("topics").await, 0, "{line} did nothing");
    }
    for (method, path) in server_functions() {
        let (query, body) = match &*method {
            "GET" => ("?topic=t&run=x&wait=1", ""),
            _ => ("", form),
        };
        for origin in [None, Some(&*own)] {
            let mut headers = vec![("Content-Type", "application/x-www-form-urlencoded")];
            headers.extend(origin.map(|origin| ("Origin", origin)));
            let answer = ask(app.addr, &format!("{method} {path}{query}"), &headers, body).await;
            assert_ne!(
                answer.status,
                403,
                "{method} {path} for {origin:?}: {}",
                answer.text()
            );
        }
    }
    // The form would have done it.
    assert!(
        app.health("topics").await > 1,
        "a run was prepared once the origin was right"
    );
}

#[tokio::test]
async fn server_functions_have_no_other_spelling() {
    let app = TestApp::start().await;
    for path in [
        "/api/%66n/poll",
        "/api//fn/poll",
        "/api/x/../fn/poll",
        "//api/fn/poll",
        "/API/fn/poll",
    ] {
        let answer = ask(
            app.addr,
            &format!("GET {path}?topic=t"),
            &[("Origin", "null")],
            "",
        )
        .await;
        assert!(
            matches!(answer.status, 403 | 404),
            "{path}: {}",
            answer.status
        );
    }
    assert_eq!(app.health("topics").await, 0);
}

#[tokio::test]
async fn foreign_pages_open_no_socket() {
    let app = TestApp::start().await;
    let own = own(&app);
    for path in [
        "/api/topics/t/ws",
        "/api/clock",
        "/api/echo",
        "/api/fn/socket",
    ] {
        for origin in FOREIGN {
            let answer = shake(app.addr, path, &[("Origin", origin)]).await;
            assert_eq!(
                answer.refusal(),
                (403, "foreign_origin".to_owned()),
                "{path} {origin}"
            );
        }
        assert_eq!(
            shake(app.addr, path, &[("Origin", &own)]).await.status,
            101,
            "{path}"
        );
        assert_eq!(shake(app.addr, path, &[]).await.status, 101, "{path}");
    }
}

#[tokio::test]
async fn foreign_pages_post_no_form() {
    let app = TestApp::start().await;
    for (path, body) in [
        ("/sign-in", "token=x"),
        ("/preferences", "lang=ko&back=/"),
        ("/", "x=y"),
    ] {
        for origin in FOREIGN {
            let headers = [
                ("Origin", origin),
                ("Content-Type", "application/x-www-form-urlencoded"),
            ];
            let answer = ask(app.addr, &format!("POST {path}"), &headers, body).await;
            assert_eq!(
                answer.refusal(),
                (403, "foreign_origin".to_owned()),
                "{path} {origin}"
            );
            assert_eq!(answer.header("set-cookie"), None);
        }
    }
}

#[tokio::test]
async fn a_foreign_page_that_only_reads_is_answered_but_may_not_look() {
    let app = TestApp::start().await;
    let headers = [("Origin", "http://evil.example")];
    for path in ["/api/topics/t/poll", "/api/clock", "/healthz"] {
        let answer = ask(app.addr, &format!("GET {path}"), &headers, "").await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
        assert_eq!(
            answer.header("cross-origin-resource-policy"),
            Some("same-origin"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_page_of_another_site_cannot_make_topics_by_embedding_them() {
    let app = TestApp::start().await;
    let embed = async |mode: &str| {
        let headers = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", mode)];
        ask(app.addr, "GET /api/topics/made/poll", &headers, "").await
    };
    let picture = embed("no-cors").await;
    assert_eq!(picture.status, 403);
    assert_eq!(app.health("topics").await, 0);
    assert_eq!(
        embed("navigate").await.status,
        200,
        "a link may be followed"
    );
}

fn preflight<'a>(origin: &'a str, method: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("Origin", origin),
        ("Access-Control-Request-Method", method),
        (
            "Access-Control-Request-Headers",
            "content-type,authorization,last-event-id",
        ),
    ]
}

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
async fn without_the_token_there_is_nothing_to_be_had() {
    let app = TestApp::with(|options| options.token = Some(TOKEN.to_owned())).await;
    let wrong_bearer = format!("Bearer {TOKEN}x");
    let wrong_cookie = format!("token={TOKEN}x");
    for wrong in [
        vec![],
        vec![("Authorization", &*wrong_bearer)],
        vec![("Authorization", TOKEN)],
        vec![("Authorization", "Basic x"), ("Cookie", &wrong_cookie)],
        vec![("Cookie", "token=")],
    ] {
        for line in [
            "POST /api/topics/t/events",
            "GET /api/topics/t/poll",
            "GET /api/topics/t/sse",
            "GET /api/clock",
            "GET /api/lanes/x",
            "GET /api/nothing",
            "GET /api/fn/poll?topic=t",
            "POST /api/fn/prepare-run",
            "OPTIONS /api/topics/t/events",
        ] {
            let answer = ask(app.addr, line, &wrong, "").await;
            assert_eq!(
                answer.refusal(),
                (401, "token_required".to_owned()),
                "{line} {wrong:?}"
            );
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{line}");
        }
        for path in [
            "/api/topics/t/ws",
            "/api/clock",
            "/api/echo",
            "/api/fn/socket",
        ] {
            assert_eq!(
                shake(app.addr, path, &wrong).await.status,
                401,
                "{path} {wrong:?}"
            );
        }
        let page = ask(app.addr, "GET /", &wrong, "").await;
        assert_eq!(
            (page.status, page.header("location")),
            (303, Some("/sign-in"))
        );
    }
    for open in ["/healthz", "/sign-in"] {
        assert_eq!(
            ask(app.addr, &format!("GET {open}"), &[], "").await.status,
            200,
            "{open}"
        );
    }
    assert_eq!(
        ask(app.addr, "GET /healthz", &[], "").await.json()["topics"],
        0
    );
}

#[tokio::test]
async fn with_the_token_everything_is_there() {
    let app = TestApp::with(|options| options.token = Some(TOKEN.to_owned())).await;
    let bearer = format!("Bearer {TOKEN}");
    let lower = format!("bearer {TOKEN}");
    let cookie = format!("theme=dark; token={TOKEN}; lang=ko");
    for shown in [
        ("Authorization", &*bearer),
        ("Authorization", &*lower),
        ("Cookie", &*cookie),
    ] {
        assert_eq!(
            ask(app.addr, "POST /api/topics/t/events", &[shown], "x")
                .await
                .status,
            201
        );
        assert_eq!(
            ask(app.addr, "GET /api/topics/t/poll", &[shown], "")
                .await
                .status,
            200
        );
        assert_eq!(ask(app.addr, "GET /", &[shown], "").await.status, 200);
        for path in [
            "/api/topics/t/ws",
            "/api/clock",
            "/api/echo",
            "/api/fn/socket",
        ] {
            assert_eq!(
                shake(app.addr, path, &[shown]).await.status,
                101,
                "{path} {shown:?}"
            );
        }
        let mut stream = Raw::open(app.addr).await;
        stream
            .say(request(app.addr, "GET /api/topics/t/sse", &[shown], ""))
            .await;
        assert_eq!(stream.head().await.status, 200);
    }
    // A cookie is sent by any page's request; the origin still decides.
    let foreign = [("Cookie", &*cookie), ("Origin", "http://evil.example")];
    assert_eq!(
        ask(app.addr, "POST /api/topics/t/events", &foreign, "x")
            .await
            .status,
        403
    );
    assert_eq!(
        shake(app.addr, "/api/topics/t/ws", &foreign).await.status,
        403
    );
}

#[tokio::test]
async fn signing_in_gives_the_cookie() {
    let app = TestApp::with(|options| options.token = Some(TOKEN.to_owned())).await;
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let sign_in =
        async |token: &str| ask(app.addr, "POST /sign-in", &form, &format!("token={token}")).await;
    for wrong in ["", "wrong", &TOKEN[1..], &format!("{TOKEN}{TOKEN}")] {
        let answer = sign_in(wrong).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some("/sign-in?failed=1"))
        );
        assert_eq!(answer.header("set-cookie"), None, "{wrong}");
    }
    let answer = sign_in(TOKEN).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    let cookie = answer.header("set-cookie").unwrap().to_owned();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let pair = cookie.split(';').next().unwrap();
    assert_eq!(
        ask(app.addr, "GET /", &[("Cookie", pair)], "").await.status,
        200
    );
    let failed = ask(app.addr, "GET /sign-in?failed=1", &[], "").await;
    assert!(failed.text().contains("<form"), "it asks again");
    for nonsense in ["", "x=y", "token=a&token=b", "%ff=%ff"] {
        let answer = ask(app.addr, "POST /sign-in", &form, nonsense).await;
        assert!(answer.status < 500, "{nonsense}: {}", answer.status);
        assert_eq!(answer.header("set-cookie"), None, "{nonsense}");
    }
}

#[tokio::test]
async fn a_preflight_carries_no_token_and_an_allowed_page_shows_its_own() {
    let friend = "https://friend.example";
    let app = TestApp::with(|options| {
        options.token = Some(TOKEN.to_owned());
        options.allow_origin = vec![friend.parse().unwrap()];
    })
    .await;
    let path = "OPTIONS /api/topics/t/events";
    assert_eq!(
        ask(app.addr, path, &preflight(friend, "POST"), "")
            .await
            .status,
        200
    );
    assert_eq!(
        ask(
            app.addr,
            path,
            &preflight("http://evil.example", "POST"),
            ""
        )
        .await
        .status,
        403
    );
    let bearer = format!("Bearer {TOKEN}");
    let headers = [("Origin", friend), ("Authorization", &*bearer)];
    assert_eq!(
        ask(app.addr, "POST /api/topics/t/events", &headers, "x")
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn beyond_loopback_it_does_not_start_by_accident() {
    let leptos = leptos::config::LeptosOptions::builder()
        .output_name("pushpull")
        .build();
    let refusal = async |arguments: &[&str]| {
        let mut options = options(arguments);
        options.addr = "0.0.0.0:0".parse().unwrap();
        match Application::build(&options, &leptos).await {
            Err(StartError::Config(error)) => Some(error),
            Err(error) => panic!("{error}"),
            Ok(_) => None,
        }
    };
    let named = ["--public-host", "lab.example.org"];
    let token = ["--token", TOKEN];
    let both = [named, token].concat();
    let knobs = [&both[..], &["--test-knobs"]].concat();
    assert!(matches!(
        refusal(&[]).await,
        Some(ConfigError::NoPublicHost(_))
    ));
    assert!(matches!(
        refusal(&token).await,
        Some(ConfigError::NoPublicHost(_))
    ));
    assert!(matches!(
        refusal(&named).await,
        Some(ConfigError::NoToken(_))
    ));
    assert!(matches!(refusal(&knobs).await, Some(ConfigError::Knobs(_))));
    assert!(refusal(&both).await.is_none());
}

#[tokio::test]
async fn test_knobs_are_not_there_unless_asked_for() {
    let app = TestApp::start().await;
    for line in ["POST /api/test/cut", "POST /api/test/lanes/sse"] {
        let answer = ask(app.addr, line, &[], "{}").await;
        assert_eq!(answer.refusal(), (404, "not_found".to_owned()), "{line}");
    }
    let knobs = TestApp::with_knobs().await;
    let foreign = [("Origin", "http://evil.example")];
    assert_eq!(
        ask(knobs.addr, "POST /api/test/cut", &foreign, "")
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn every_answer_tells_browsers_the_same() {
    let app = TestApp::start().await;
    let foreign = [("Origin", "null")];
    let unknown = [("Host", "evil.example")];
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let long = "x".repeat(65_537);
    let mut answers = vec![
        (101, shake(app.addr, "/api/topics/t/ws", &[]).await),
        (403, shake(app.addr, "/api/echo", &foreign).await),
    ];
    for (status, line, headers, body) in [
        (200, "GET /", &[][..], ""),
        (404, "GET /nothing", &[], ""),
        (404, "GET /pkg/nothing.js", &[], ""),
        (200, "GET /sign-in", &[], ""),
        (200, "GET /healthz", &[], ""),
        (303, "POST /preferences", &form, "lang=ko"),
        (400, "POST /preferences", &form, "lang=xx"),
        (201, "POST /api/topics/t/events", &[], "x"),
        (200, "GET /api/topics/t/poll", &[], ""),
        (200, "GET /api/fn/poll?topic=t", &[], ""),
        (400, "GET /api/fn/poll?topic=BAD", &[], ""),
        (400, "GET /api/topics/t/poll?after=x", &[], ""),
        (400, "GET /api/topics/t/poll?lane=BAD", &[], ""),
        (403, "POST /api/topics/t/events", &foreign, "x"),
        (404, "GET /api/nothing", &[], ""),
        (405, "DELETE /api/topics/t/events", &[], ""),
        (413, "POST /api/topics/t/events", &[], &long),
        (421, "GET /", &unknown, ""),
        (426, "GET /api/topics/t/ws", &[], ""),
    ] {
        let answer = ask(app.addr, line, headers, body).await;
        assert_eq!(answer.status, status, "{line}: {}", answer.text());
        if line.contains("/api/") {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{line}");
            assert_eq!(answer.header("x-accel-buffering"), Some("no"), "{line}");
        }
        answers.push((status, answer));
    }
    for (status, answer) in answers {
        assert_eq!(answer.status, status);
        for (name, value) in [
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-embedder-policy", "require-corp"),
            ("cross-origin-resource-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{}", answer.head);
        }
    }
}

/// The nonce that a page's policy names.
fn nonce(page: &Answer) -> &str {
    let policy = page.header("content-security-policy").expect("a policy");
    let after = policy
        .split("'nonce-")
        .nth(1)
        .expect("a nonce in the policy");
    after.split('\'').next().unwrap()
}

#[tokio::test]
async fn scripts_run_by_a_nonce_that_is_never_the_same() {
    let app = TestApp::start().await;
    let mut seen = Vec::new();
    for path in ["/", "/", "/sign-in", "/nothing"] {
        let page = ask(app.addr, &format!("GET {path}"), &[], "").await;
        let nonce = nonce(&page).to_owned();
        assert!(nonce.len() >= 16, "{nonce}");
        let html = page.text();
        let tags: Vec<_> = html
            .match_indices("<script")
            .map(|(at, _)| &html[at..])
            .collect();
        assert!(!tags.is_empty(), "{path} has a script");
        for tag in tags {
            let tag = tag.split('>').next().unwrap();
            assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{path}: {tag}");
        }
        assert!(
            !html.contains(" style=\""),
            "{path}: the policy would block it"
        );
        assert!(!seen.contains(&nonce), "{path}: {nonce} was there before");
        seen.push(nonce);
    }
}

#[tokio::test]
async fn hashed_files_are_kept_for_ever_and_sent_compressed() {
    let site = Site::empty()
        .with("pkg/app.0123.js", "plain")
        .with("pkg/app.0123.js.br", "brotli")
        .with("pkg/app.0123.js.gz", "gzip")
        .with("robots.txt", "User-agent: *");
    let program = Program::serve_site(site, &[]).await;
    let get = async |path: &str, accepted: &str| {
        ask(
            program.addr,
            &format!("GET {path}"),
            &[("Accept-Encoding", accepted)],
            "",
        )
        .await
    };
    for (accepted, encoding, body) in [
        ("gzip, br", Some("br"), "brotli"),
        ("gzip", Some("gzip"), "gzip"),
        ("identity", None, "plain"),
    ] {
        let file = get("/pkg/app.0123.js", accepted).await;
        assert_eq!((file.status, &*file.text()), (200, body));
        assert_eq!(file.header("content-encoding"), encoding);
        assert_eq!(
            file.header("cache-control"),
            Some("public, max-age=31536000, immutable")
        );
        assert!(file.header("content-type").unwrap().contains("javascript"));
    }
    let missing = get("/pkg/app.4567.js", "br").await;
    assert_eq!(missing.status, 404);
    assert!(
        missing
            .header("cache-control")
            .is_none_or(|kept| !kept.contains("immutable"))
    );
    for outside in [
        "/pkg/../Cargo.toml",
        "/pkg/%2e%2e/%2e%2e/Cargo.toml",
        "/pkg//etc/passwd",
    ] {
        let mut raw = Raw::open(program.addr).await;
        raw.say(request(program.addr, &format!("HEAD {outside}"), &[], ""))
            .await;
        assert_ne!(raw.head().await.status, 200, "{outside}");
    }
    let plain = get("/robots.txt", "").await;
    assert_eq!(plain.text(), "User-agent: *");
    assert!(
        plain
            .header("cache-control")
            .is_none_or(|kept| !kept.contains("immutable"))
    );
}
