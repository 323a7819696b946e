//! Runs leave the house as files and come back.

use pushpull::runs::record::Record;

use super::*;
use crate::raw::{Raw, request};

/// A file of a run.
async fn export(app: &TestApp, id: &str, file: &str) -> (String, Vec<u8>) {
    let answer = sent(app.get(&format!("/runs/{id}/export.{file}"))).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let headers = answer.headers();
    let disposition = headers["content-disposition"].to_str().unwrap();
    assert!(disposition.contains(&format!("pushpull-{id}.{file}")));
    let kind = headers["content-type"].to_str().unwrap().to_owned();
    (kind, answer.bytes().await.unwrap().into())
}

async fn import(app: &TestApp, json: impl Into<reqwest::Body>) -> Response {
    let request = app
        .post("/runs/import")
        .header("content-type", "application/json");
    sent(request.body(json)).await
}

/// What a run's page says of the run itself: all but where it is, and what can be done with it.
async fn content(app: &TestApp, id: &str) -> String {
    let html = sent(app.get(&format!("/runs/{id}")))
        .await
        .text()
        .await
        .unwrap();
    let after = html
        .split("<div class=\"run-content\">")
        .nth(1)
        .expect("a run");
    // The charts' files lie below the run's own address.
    after
        .split("<div class=\"run-around\">")
        .next()
        .unwrap()
        .replace(&format!("\"/runs/{id}/"), "\"/runs/its-own/")
}

#[tokio::test]
async fn every_chart_of_a_run_is_a_picture_that_needs_nothing_else() {
    let app = TestApp::start().await;
    let id = save(&app, Plan::small(1)).await;
    for (chart, says) in [
        ("latency-over-time", "Latency over time"),
        ("cdf", "Events received within a time"),
        ("histogram", "Distribution of latency"),
        ("bytes-per-event", "Bytes per event"),
        ("cpu-per-event", "Server CPU per event"),
    ] {
        let asked = app.get(&format!("/runs/{id}/{chart}.svg"));
        let answer = sent(asked.header("cookie", "theme=dark")).await;
        assert_eq!(answer.status(), StatusCode::OK, "{chart}");
        assert_eq!(answer.headers()["content-type"], "image/svg+xml");
        let named = format!("attachment; filename=\"pushpull-{id}-{chart}.svg\"");
        assert_eq!(answer.headers()["content-disposition"], *named);
        let svg = answer.text().await.unwrap();
        assert!(
            svg.starts_with("<svg xmlns=") && svg.contains(says),
            "{chart}"
        );
        assert!(
            svg.contains("fill=\"#12151a\"") && !svg.contains("var("),
            "{chart}"
        );
    }
    for unknown in ["pie.svg", "cdf.png", ".svg", "cdf"] {
        let answer = sent(app.get(&format!("/runs/{id}/{unknown}"))).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{unknown}");
    }
}

#[tokio::test]
async fn every_export_imports_back_to_an_identical_page() {
    let (here, there) = (TestApp::start().await, TestApp::start().await);
    let plans = [
        Plan::small(1),
        Plan {
            mode: Mode::InTurn,
            ..Plan::small(2)
        },
        Plan {
            duration_s: 3,
            ..Plan::small(3)
        },
        Plan::full(4),
    ];
    for plan in plans {
        let id = save(&here, plan).await;
        let name = [("id", &*id), ("name", "at the café")];
        ask(&here, "rename-run", &name).await;
        let (_, json) = export(&here, &id, "json").await;
        let answer = import(&there, json.clone()).await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        let place = answer.headers()["location"].to_str().unwrap().to_owned();
        let imported = place.strip_prefix("/runs/").unwrap();
        assert_eq!(content(&there, imported).await, content(&here, &id).await);
        assert_eq!(export(&there, imported, "json").await.1, json);
        for file in ["csv", "md"] {
            assert_eq!(
                export(&there, imported, file).await,
                export(&here, &id, file).await
            );
        }
        let page = sent(there.get(&place)).await.text().await.unwrap();
        assert!(page.contains("imported 20") && page.contains("at the café"));
    }
}

#[tokio::test]
async fn each_file_is_what_it_says() {
    let app = TestApp::start().await;
    let id = save(&app, Plan::small(1)).await;
    let (kind, json) = export(&app, &id, "json").await;
    assert_eq!(kind, "application/json");
    let record = Record::from_json(&json).unwrap();
    let mut had = Plan::small(1).workload();
    assert!(
        record.workload.duration_s < had.duration_s,
        "it was stopped"
    );
    had.duration_s = record.workload.duration_s;
    assert_eq!(record.workload, had);
    let (kind, csv) = export(&app, &id, "csv").await;
    assert!(kind.starts_with("text/csv") && csv.starts_with(b"lane,transport,twin,seq,at_us,"));
    let (kind, html) = export(&app, &id, "html").await;
    assert!(kind.starts_with("text/html") && html.starts_with(b"<!DOCTYPE html>"));
    let (kind, markdown) = export(&app, &id, "md").await;
    assert!(kind.starts_with("text/markdown") && markdown.starts_with(b"## "));
}

#[tokio::test]
async fn a_form_brings_a_file_back() {
    let app = TestApp::start().await;
    let browser = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let post = async |content: &[u8]| {
        let head = "--edge\r\nContent-Disposition: form-data; name=\"run\"; filename=\"run.json\"\r\n\
                    Content-Type: application/json\r\n\r\n";
        let body = [head.as_bytes(), content, b"\r\n--edge--\r\n"].concat();
        let request = browser.post(app.url("/runs/import")).body(body);
        let request = request.header("content-type", "multipart/form-data; boundary=edge");
        let answer = sent(request).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        answer.headers()["location"].to_str().unwrap().to_owned()
    };
    let place = post(&Plan::full(1).record().to_json()).await;
    assert_eq!(sent(app.get(&place)).await.status(), StatusCode::OK);
    for (content, refusal) in [
        (&b""[..], "no_file"),
        (b"{}", "other_schema"),
        (b"{\"schema\":\"pushpull-run-v2\"}", "other_schema"),
        (b"{\"schema\":\"pushpull-run-v1\"}", "bad_run"),
        (b"\xff", "bad_run"),
    ] {
        assert_eq!(post(content).await, format!("/runs?refused={refusal}"));
        let html = sent(app.get(&post(content).await))
            .await
            .text()
            .await
            .unwrap();
        assert!(html.contains("role=\"alert\""));
    }
}

#[tokio::test]
async fn what_is_no_run_is_refused_with_the_reason() {
    let app = TestApp::start().await;
    assert_eq!(
        refused(import(&app, "").await).await,
        refusal(400, "bad_run")
    );
    let other = import(&app, "{\"schema\":\"pushpull-run-v2\"}").await;
    let told: Value = other.json().await.unwrap();
    assert_eq!(told["error"]["code"], "other_schema");
    assert!(
        told["error"]["message"]
            .as_str()
            .unwrap()
            .contains("pushpull-run-v1")
    );
    for nonsense in ["[".repeat(200_000), "{\"schema\":".repeat(100_000)] {
        assert_eq!(
            refused(import(&app, nonsense).await).await,
            refusal(400, "bad_run")
        );
    }
    let full = TestApp::with(|options| options.max_runs = 0).await;
    let json = Plan::small(1).record().to_json();
    assert_eq!(
        refused(import(&full, json).await).await,
        refusal(507, "store_full")
    );
    let long = vec![b' '; 33 * 1024 * 1024];
    assert_eq!(
        refused(import(&app, long).await).await,
        refusal(413, "too_large")
    );
}

#[tokio::test]
async fn a_file_that_is_too_long_is_refused_however_it_comes() {
    const LONGEST: usize = 32 * 1024 * 1024;
    let app = TestApp::start().await;
    let mut chunked = Raw::open(app.addr).await;
    let headers = [
        ("Content-Type", "application/json"),
        ("Transfer-Encoding", "chunked"),
    ];
    let head = request(app.addr, "POST /runs/import", &headers, "");
    let blanks = " ".repeat(LONGEST + 1);
    let body = format!("{:x}\r\n{blanks}\r\n0\r\n\r\n", blanks.len());
    chunked.say(head + &body).await;
    let answer = chunked.answer().await;
    assert_eq!(answer.refusal(), (413, "too_large".to_owned()));
    // A page's form comes back to its page.
    let head =
        "--edge\r\nContent-Disposition: form-data; name=\"run\"; filename=\"run.json\"\r\n\r\n";
    let browser = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let form = browser.post(app.url("/runs/import"));
    let form = form.header("content-type", "multipart/form-data; boundary=edge");
    let form = form.body(format!("{head}{blanks}\r\n--edge--\r\n"));
    let answer = sent(form).await;
    assert_eq!(answer.headers()["location"], "/runs?refused=too_large");
    let html = sent(app.get("/runs?refused=too_large")).await.text().await;
    assert!(html.unwrap().contains("32 MiB"));
}

#[tokio::test]
async fn whoever_sends_slowly_keeps_nobody_from_saving() {
    let app = TestApp::start().await;
    let mut slow = Vec::new();
    for path in ["/runs/import", "/api/fn/save-run"].repeat(6) {
        let mut raw = Raw::open(app.addr).await;
        let headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", "1000000"),
        ];
        let begun = "{".repeat(100_000);
        let line = format!("POST {path}");
        raw.say(request(app.addr, &line, &headers, &begun)).await;
        slow.push(raw);
    }
    save(&app, Plan::small(1)).await;
    let imported = import(&app, Plan::small(2).record().to_json()).await;
    assert_eq!(imported.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn files_are_guarded_like_the_rest() {
    let app = TestApp::with(|options| options.token = Some("0123456789abcdef".to_owned())).await;
    let without = import(&app, Plan::small(1).record().to_json()).await;
    assert_eq!(refused(without).await, refusal(401, "token_required"));
    for file in ["export.json", "cdf.svg"] {
        let without = sent(app.get(&format!("/runs/0123456789abcdef/{file}"))).await;
        assert_eq!(refused(without).await, refusal(401, "token_required"));
    }
    let request = app.post("/runs/import").bearer_auth("0123456789abcdef");
    let foreign = sent(request.header("origin", "https://evil.example")).await;
    assert_eq!(refused(foreign).await, refusal(403, "foreign_origin"));
}
