//! What the data plane's answers say to caches, proxies and browsers.

use reqwest::Response;

use crate::app::{TestApp, soon};

/// Every kind of answer: events, none, a held one, a stream, a refusal, the framework's.
const PATHS: [&str; 10] = [
    "/api/topics/topic/poll?after=start",
    "/api/topics/topic/poll",
    "/api/topics/topic/long-poll?after=start",
    "/api/topics/topic/sse?after=start",
    "/api/topics/topic/poll?after=x",
    "/api/topics/topic/ws",
    "/api/nothing",
    "/api/clock",
    "/api/fn/poll?topic=topic&after=start",
    "/api/fn/long-poll?topic=topic&after=start&wait=1",
];

async fn ask(app: &TestApp, path: &str) -> Response {
    let request = app
        .get(path)
        .header("accept-encoding", "gzip, deflate, br, zstd");
    soon(path, request.send()).await.unwrap()
}

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap())
}

/// A server with something worth compressing.
async fn app() -> TestApp {
    let app = TestApp::start().await;
    app.publish("topic", &"x".repeat(10_000)).await;
    app
}

#[tokio::test]
async fn nothing_is_stored_nor_buffered_nor_compressed() {
    let app = app().await;
    for path in PATHS {
        let answer = ask(&app, path).await;
        assert_eq!(header(&answer, "cache-control"), Some("no-store"), "{path}");
        assert_eq!(header(&answer, "x-accel-buffering"), Some("no"), "{path}");
        assert_eq!(header(&answer, "content-encoding"), None, "{path}");
    }
    let published = app.try_publish("topic", "x").await;
    assert_eq!(header(&published, "cache-control"), Some("no-store"));
}

#[tokio::test]
async fn other_origins_cannot_embed_it() {
    let app = app().await;
    for path in PATHS {
        let answer = ask(&app, path).await;
        let policy = header(&answer, "cross-origin-resource-policy");
        assert_eq!(policy, Some("same-origin"), "{path}");
        assert_eq!(
            header(&answer, "access-control-allow-origin"),
            None,
            "{path}"
        );
        assert_eq!(
            header(&answer, "x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_allowed_origin_can_read_it() {
    let origin = "https://example.org";
    let app = TestApp::with(|options| options.allow_origin = vec![origin.parse().unwrap()]).await;
    for (from, allowed) in [(origin, true), ("https://example.com", false)] {
        for path in [
            "/api/topics/topic/poll",
            "/api/topics/topic/sse",
            "/api/topics/topic/poll?after=x",
        ] {
            let request = app.get(path).header("origin", from);
            let answer = soon(path, request.send()).await.unwrap();
            let told = header(&answer, "access-control-allow-origin");
            assert_eq!(told, allowed.then_some(origin), "{path}");
            let policy = if allowed {
                "cross-origin"
            } else {
                "same-origin"
            };
            assert_eq!(
                header(&answer, "cross-origin-resource-policy"),
                Some(policy),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn each_answer_says_what_it_is() {
    let app = app().await;
    for path in PATHS {
        let kind = if path.contains("/sse") {
            "text/event-stream"
        } else {
            "application/json"
        };
        let answer = ask(&app, path).await;
        assert_eq!(header(&answer, "content-type"), Some(kind), "{path}");
    }
}

#[tokio::test]
async fn a_stream_has_no_length_and_a_batch_has_one() {
    let app = app().await;
    let stream = ask(&app, "/api/topics/topic/sse?after=start").await;
    assert_eq!(header(&stream, "content-length"), None);
    assert_eq!(header(&stream, "transfer-encoding"), Some("chunked"));
    let poll = ask(&app, "/api/topics/topic/poll?after=start").await;
    let length: usize = header(&poll, "content-length").unwrap().parse().unwrap();
    assert_eq!(poll.bytes().await.unwrap().len(), length);
}
