//! What is no row of the contract is answered in the contract's words all the same.

use reqwest::Method;

use crate::app::{TestApp, refusal, refused, soon};

#[tokio::test]
async fn an_unknown_address_is_not_found() {
    let app = TestApp::start().await;
    for path in [
        "/api/nothing",
        "/api/topics",
        "/api/topics/topic",
        "/api/topics/topic/nothing",
        "/api/topics/topic/poll/",
        "/api/lanes",
        "/api/fn/nothing",
        "/api/",
        "/api",
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let answer = soon(path, app.request(method, path).send()).await.unwrap();
            assert_eq!(refused(answer).await, refusal(404, "not_found"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_wrong_method_is_refused_and_told_the_right_one() {
    let app = TestApp::start().await;
    for (method, path, right) in [
        (Method::GET, "/api/topics/topic/events", "POST"),
        (Method::PUT, "/api/topics/topic/events", "POST"),
        (Method::POST, "/api/topics/topic/poll", "GET"),
        (Method::DELETE, "/api/topics/topic/poll", "GET"),
        (Method::POST, "/api/topics/topic/long-poll", "GET"),
        (Method::POST, "/api/topics/topic/sse", "GET"),
        (Method::POST, "/api/topics/topic/ws", "GET"),
        (Method::POST, "/api/lanes/lane", "GET"),
        (Method::POST, "/api/clock", "GET"),
        (Method::PUT, "/api/echo", "GET"),
    ] {
        let answer = soon(path, app.request(method.clone(), path).send())
            .await
            .unwrap();
        let allowed = answer
            .headers()
            .get("allow")
            .map(|it| it.to_str().unwrap().to_owned());
        let expected = refusal(405, "method_not_allowed");
        assert_eq!(refused(answer).await, expected, "{method} {path}");
        let allowed = allowed.unwrap_or_default();
        assert!(
            allowed.split(',').any(|it| it.trim() == right),
            "{method} {path}: {allowed:?}"
        );
    }
    assert_eq!(app.health("topics").await, 0, "nothing was made");
}

#[tokio::test]
async fn a_query_that_names_a_thing_twice_is_refused() {
    let app = TestApp::start().await;
    for path in [
        "/api/topics/topic/poll?after=start&after=start",
        "/api/topics/topic/long-poll?wait=1&wait=2",
        "/api/topics/topic/sse?after=start&after=start",
    ] {
        assert_eq!(
            refused(app.ask(path).await).await,
            refusal(400, "bad_query"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_a_query_says_beyond_the_contract_is_passed_over() {
    let app = TestApp::start().await;
    app.publish("topic", "x").await;
    let batch = app.poll("topic", "after=start&_=12345&AFTER=x").await;
    assert_eq!(batch.events.len(), 1);
}

#[tokio::test]
async fn a_bad_lane_is_refused() {
    let app = TestApp::start().await;
    let too_long = "x".repeat(33);
    for bad in ["", "Lane", "a_b", "%20", "%ff", &too_long] {
        for path in [
            format!("/api/topics/topic/poll?lane={bad}"),
            format!("/api/topics/topic/sse?lane={bad}"),
            format!("/api/fn/poll?topic=topic&lane={bad}"),
        ] {
            let answer = app.ask(&path).await;
            assert_eq!(refused(answer).await, refusal(400, "bad_lane"), "{path}");
        }
    }
    for bad in ["Lane", "a_b", "%20", "%ff", &too_long] {
        let answer = app.ask(&format!("/api/lanes/{bad}")).await;
        assert_eq!(refused(answer).await, refusal(400, "bad_lane"), "{bad}");
    }
}
