//! What every answer tells browsers.

use super::*;

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
