//! `/swarm`, rendered on the server, and how an open page follows.

use super::*;
use crate::sse::EventStream;

async fn page(app: &TestApp, path: &str, language: &str) -> String {
    let answer = sent(app.get(path).header("accept-language", language)).await;
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.text().await.unwrap()
}

pub(super) async fn follow(app: &TestApp, path: &str, language: &str) -> EventStream {
    let answer = sent(app.get(path).header("accept-language", language)).await;
    let mut stream = EventStream::new(answer);
    assert!(stream.block().await.retry.is_some());
    stream
}

/// A piece of the page: its place and what stands there.
pub(super) async fn piece(stream: &mut EventStream) -> (String, String) {
    let data = stream.block().await.data.unwrap();
    let (place, html) = data.split_once('\n').unwrap();
    (place.to_owned(), html.to_owned())
}

/// Where the page says that it follows.
fn followed(html: &str) -> &str {
    let after = html.split("data-events=\"").nth(1).unwrap();
    after.split('"').next().unwrap()
}

#[tokio::test]
async fn the_page_gives_a_command_whatever_its_address_says() {
    let app = TestApp::start().await;
    let html = page(&app, "/swarm", "en").await;
    let command = format!("--report {}", app.url(""));
    assert!(html.contains(&command), "{html}");
    let own = format!("--server-pid {}", std::process::id());
    assert!(html.contains(&own) && !html.contains(" style=\""));
    for query in [
        "transport=carrier-pigeon",
        "transport=sse&rate=%00&subscribers=%ff",
        "rate=1&rate=2&transport=sse",
        "name=%3Cscript%3Ealert(1)%3C/script%3E&transport=sse",
        "target=pushpull&url=javascript:alert(1)&transport=sse",
        "x=y",
    ] {
        let html = page(&app, &format!("/swarm?{query}"), "ko").await;
        assert!(html.contains("swarm-command-title"), "{query}");
        assert!(!html.contains("<script>alert"), "{query}");
    }
    let named = page(&app, "/swarm?name=a%27b%20%24(c)&transport=sse", "en").await;
    assert!(named.contains(r"--name 'a'\''b $(c)'"), "{named}");
}

#[tokio::test]
async fn what_a_stranger_announces_stays_text() {
    let app = TestApp::start().await;
    let mut what = announcement(&swarm(&[10]));
    for field in ["name", "target", "client"] {
        what[field] = "</h3><script>alert(1)</script>".into();
    }
    let welcome: Welcome = try_announce(&app, &what).await.json().await.unwrap();
    let why = json!({"reason": "<img src=x onerror=alert(1)>"});
    tell(&app, &welcome, "failure", &why).await;
    let html = page(&app, "/swarm", "en").await;
    assert!(!html.contains("<script>alert") && !html.contains("<img src=x"));
    assert_eq!(html.matches("&lt;script&gt;alert").count(), 3);
    let mut stream = follow(&app, "/api/swarm/events", "en").await;
    let (place, html) = piece(&mut stream).await;
    assert_eq!(place, "#swarms");
    assert!(!html.contains("<script>alert") && !html.contains("<img src=x"));
}

#[tokio::test]
async fn an_open_page_is_sent_what_has_changed_and_nothing_else() {
    let app = TestApp::start().await;
    let html = page(&app, "/swarm", "ko").await;
    let mut stream = follow(&app, followed(&html), "ko").await;
    let run = swarm(&[10]);
    let its = announce(&app, &run).await;
    let (place, html) = piece(&mut stream).await;
    assert_eq!(place, "#swarms");
    assert!(html.contains("레인") && html.contains(&its.swarm));
    assert_eq!(piece(&mut stream).await.0, "#swarms-said");
    tell(&app, &its, "lanes/0", &without_receipts(&run.lanes[0])).await;
    let mut places = Vec::new();
    while places.last().is_none_or(|place| place != "#swarms-said") {
        places.push(piece(&mut stream).await.0);
    }
    let own = format!("#swarm-{}", its.swarm);
    for part in [
        " .where",
        " .sentence",
        "-cpu-per-delivery .held",
        "-p50 .numbers",
    ] {
        assert!(
            places.contains(&format!("{own}{part}")),
            "{part}: {places:?}"
        );
    }
    // As of now there is nothing to tell a page that is drawn now, until something happens.
    let html = page(&app, "/swarm", "en").await;
    assert!(html.contains(&format!("id=\"swarm-{}-p50\"", its.swarm)));
    let mut late = follow(&app, followed(&html), "en").await;
    tell(&app, &its, "progress", &progress(1)).await;
    let (place, html) = piece(&mut late).await;
    assert_eq!(place, format!("{own} .where"));
    assert!(
        html.contains("Long polling × 10 is being measured"),
        "{html}"
    );
    let kept = tell(&app, &its, "run", &run).await;
    let at = kept.headers()["location"].to_str().unwrap().to_owned();
    loop {
        let (place, html) = piece(&mut late).await;
        if place.ends_with(".outcome") {
            assert!(html.contains(&format!("href=\"{at}\"")), "{html}");
            break;
        }
    }
    let html = page(&app, "/swarm", "en").await;
    let kept = html.split("kept-swarms").nth(1).unwrap();
    assert!(kept.contains(&format!("href=\"{at}\"")), "{kept}");
}

#[tokio::test]
async fn few_pages_follow_at_a_time_and_all_end_with_the_server() {
    let mut app = TestApp::start().await;
    let mut streams = Vec::new();
    for _ in 0..64 {
        streams.push(follow(&app, "/api/swarm/events", "en").await);
    }
    let answer = sent(app.get("/api/swarm/events")).await;
    assert_eq!(refused(answer).await, refusal(503, "too_many_sockets"));
    app.begin_shutdown();
    for stream in &mut streams {
        while let Some(block) = stream.try_block().await.unwrap() {
            assert!(block.data.is_some(), "{block:?}");
        }
    }
    app.ended().await;
}

#[tokio::test]
async fn a_kept_swarm_has_its_curves_as_pictures_and_a_browsers_run_has_none() {
    let app = TestApp::start().await;
    let run = swarm(&[10, 100, 250, 1_000]);
    let its = announce(&app, &run).await;
    let kept = tell(&app, &its, "run", &run).await;
    let at = kept.headers()["location"].to_str().unwrap().to_owned();
    let html = page(&app, &at, "en").await;
    for curve in ["cpu-per-delivery", "server-memory", "p50", "p99"] {
        assert!(html.contains(&format!("data-chart=\"{curve}\"")), "{curve}");
        let answer = sent(app.get(&format!("{at}/{curve}.svg"))).await;
        assert_eq!(answer.headers()["content-type"], "image/svg+xml");
        let svg = answer.text().await.unwrap();
        assert!(
            svg.starts_with("<svg xmlns=") && !svg.contains("var("),
            "{curve}"
        );
        assert!(svg.contains("WebSocket"), "{curve}");
    }
    assert!(html.contains("One more connection takes: Polling"));
    let mut browsers = crate::made_up::Plan::small(1).record();
    browsers.name = "pushpull load beside it".to_owned();
    let import = app
        .post("/runs/import")
        .header("content-type", "application/json");
    let imported = sent(import.body(browsers.to_json())).await;
    let swarms = at;
    let at = imported.headers()["location"].to_str().unwrap().to_owned();
    // Whatever a run is called, it is listed as what it is.
    for list in ["/swarm", "/runs?load=yes"] {
        let html = page(&app, list, "en").await;
        assert!(html.contains(&format!("href=\"{swarms}\"")), "{list}");
        assert!(!html.contains(&format!("href=\"{at}\"")), "{list}");
    }
    let answer = sent(app.get(&format!("{at}/p99.svg"))).await;
    assert_eq!(refused(answer).await, refusal(404, "not_found"));
    assert!(!page(&app, &at, "en").await.contains("curves-title"));
}
