//! `Origin`: what pages of other origins may not do.

use super::*;

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
