//! What is no row of the contract is answered in the contract's words all the same.

use std::{collections::BTreeSet, path::Path};

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
async fn a_wrong_method_is_refused_in_the_same_words_outside_the_contract() {
    let app = TestApp::start().await;
    for (method, path, right) in [
        (Method::GET, "/runs/import", "POST"),
        (Method::DELETE, "/runs", "GET"),
        (Method::PUT, "/runs/0123456789abcdef/export.json", "GET"),
        (Method::POST, "/healthz", "GET"),
        (Method::PUT, "/metrics", "GET"),
        (Method::DELETE, "/preferences", "POST"),
        (Method::DELETE, "/sign-in", "POST"),
    ] {
        let asked = app.request(method.clone(), path).send();
        let answer = soon(path, asked).await.unwrap();
        let allowed = answer.headers().get("allow").cloned();
        let expected = refusal(405, "method_not_allowed");
        assert_eq!(refused(answer).await, expected, "{method} {path}");
        let allowed = allowed.unwrap();
        assert!(allowed.to_str().unwrap().contains(right), "{allowed:?}");
    }
}

/// All words in the sources that a refusal may have as its code.
fn codes() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(path).unwrap();
            // The functions that name codes, and errors that are made with one.
            let named = source.split("fn code(").skip(1);
            let named = named.filter_map(|rest| rest.split("\n    }\n").next());
            let made = source.split("let code = match &error {").skip(1);
            let made = made.filter_map(|rest| rest.split("};").next());
            for part in named.chain(made) {
                codes.extend(part.split('"').skip(1).step_by(2).map(str::to_owned));
            }
            // One is written as it is, before anything of the request is known.
            let written = source.split(r#"\"code\":\""#).skip(1);
            codes.extend(written.filter_map(|rest| Some(rest.split_once('\\')?.0.to_owned())));
            let new = source.split("FnError::new(\"").skip(1);
            codes.extend(new.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        }
    }
    // The first is said by the browser itself, the second of a knob that only tests turn.
    codes.retain(|code| code != "network" && code != "bad_knob");
    codes
}

#[test]
fn the_readme_lists_every_code() {
    let readme = include_str!("../../README.md");
    let list = readme
        .lines()
        .find(|line| line.starts_with("Error codes: "));
    let list: BTreeSet<String> = list
        .unwrap()
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| *word != "Retry-After")
        .map(str::to_owned)
        .collect();
    assert_eq!(list, codes());
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
