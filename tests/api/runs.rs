//! Saved runs: saved by a browser, kept, found again; by whoever may.

use std::net::SocketAddr;

use futures::{SinkExt, StreamExt};
use pushpull::{
    event::TopicName,
    lab::api::PreparedRun,
    runs::types::{Mode, Recording},
};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{client_async, tungstenite::Message};

use crate::{
    app::{TestApp, refusal, refused, soon},
    made_up::Plan,
};

mod files;
mod killed;
mod many;
mod pages;

/// A run whose name the server knows, as a browser would have measured it; `None` where there is
/// no server any more.
pub async fn measured_at(client: &Client, base: &str, plan: Plan) -> Option<Recording> {
    // The workload travels as a form: the framework's encoding of nested arguments.
    let workload = plan.workload();
    let fields = [
        ("workload[rate]", workload.rate.to_string()),
        ("workload[arrivals]", "poisson".to_owned()),
        ("workload[payload]", workload.payload.to_string()),
        ("workload[duration_s]", workload.duration_s.to_string()),
        ("workload[seed]", workload.seed.to_string()),
        ("poll_interval_ms", plan.poll_interval_ms.to_string()),
    ];
    let request = form(client.post(format!("{base}/api/fn/prepare-run")), &fields);
    let prepared: PreparedRun = request.send().await.ok()?.json().await.ok()?;
    let published = workload.schedule().count();
    // On the heap: whoever waits for several runs at once holds as many of these.
    Box::pin(publish(base, &prepared.topic, published)).await?;
    // It shall not wait for its start beside all others.
    let stop = [("run", &*prepared.run), ("command", "stop")];
    let request = form(client.post(format!("{base}/api/fn/command-run")), &stop);
    request.send().await.ok()?;
    Some(plan.recording(&prepared.run))
}

/// How many events are published before one looks whether they have come.
const AT_ONCE: usize = 256;

/// Publishes as many events to the run's topic as its receivers say that they have got. `None`
/// where there is no server any more.
async fn publish(base: &str, topic: &TopicName, events: usize) -> Option<()> {
    let addr: SocketAddr = base.strip_prefix("http://")?.parse().ok()?;
    let tcp = TcpStream::connect(addr).await.ok()?;
    let address = format!("ws://{addr}/api/topics/{topic}/ws");
    let (mut socket, _) = client_async(address, tcp).await.ok()?;
    // The position comes first.
    socket.next().await?.ok()?;
    for first in (0..events).step_by(AT_ONCE) {
        let more = AT_ONCE.min(events - first);
        for _ in 0..more {
            socket.feed(Message::text("x")).await.ok()?;
        }
        socket.flush().await.ok()?;
        for _ in 0..more {
            socket.next().await?.ok()?;
        }
    }
    Some(())
}

pub fn saving_at(client: &Client, base: &str, recording: &Recording) -> RequestBuilder {
    let body = json!({ "recording": recording });
    client.post(format!("{base}/api/fn/save-run")).json(&body)
}

/// The same at a server of one's own.
pub async fn measured(app: &TestApp, plan: Plan) -> Recording {
    let base = app.url("");
    let prepared = measured_at(&app.http, &base, plan);
    soon("a prepared run", prepared).await.unwrap()
}

pub fn saving(app: &TestApp, recording: &Recording) -> RequestBuilder {
    saving_at(&app.http, &app.url(""), recording)
}

async fn sent(request: RequestBuilder) -> Response {
    soon("an answer", request.send()).await.unwrap()
}

/// Saves a run; its id.
pub async fn save(app: &TestApp, plan: Plan) -> String {
    let recording = measured(app, plan).await;
    let answer = sent(saving(app, &recording)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.unwrap()
}

/// Asks one of the functions that take an id.
async fn ask(app: &TestApp, function: &str, fields: &[(&str, &str)]) -> Response {
    sent(form(app.post(&format!("/api/fn/{function}")), fields)).await
}

/// Posts fields as a browser's form does.
fn form(request: RequestBuilder, fields: &[(&str, impl AsRef<str>)]) -> RequestBuilder {
    let encoded = |text: &str| -> String {
        let byte = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        text.bytes().map(byte).collect()
    };
    let fields = fields
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value.as_ref())));
    let body = fields.collect::<Vec<_>>().join("&");
    request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
}

#[tokio::test]
async fn a_full_run_is_saved_once_however_often_it_is_sent() {
    let app = TestApp::start().await;
    let recording = measured(&app, Plan::full(1)).await;
    let body = serde_json::to_vec(&recording).unwrap();
    assert!(body.len() > 1_000_000, "{} bytes", body.len());
    let mut ids = Vec::new();
    for _ in 0..2 {
        let answer = sent(saving(&app, &recording)).await;
        let status = answer.status();
        let told = answer.text().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{told}");
        ids.push(serde_json::from_str::<String>(&told).unwrap());
    }
    assert_eq!(ids[0], ids[1]);
    assert_eq!(ids[0].len(), 16);
}

#[tokio::test]
async fn a_run_that_the_server_does_not_know_is_not_saved() {
    let app = TestApp::start().await;
    let answer = sent(saving(&app, &Plan::small(1).recording("0123456789abcdef"))).await;
    assert_eq!(refused(answer).await, refusal(404, "unknown_run"));
}

#[tokio::test]
async fn nonsense_is_refused_and_says_why() {
    let app = TestApp::start().await;
    let mut recording = measured(&app, Plan::small(1)).await;
    recording.lanes[0].delivered = 3;
    let answer = sent(saving(&app, &recording)).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let told: Value = answer.json().await.unwrap();
    assert_eq!(told["error"]["code"], "bad_run");
    assert!(
        told["error"]["message"]
            .as_str()
            .unwrap()
            .contains("lane 1, histogram")
    );
    for body in ["", "{}", "[]", "{\"recording\":{}}", "\u{0}"] {
        let request = app.post("/api/fn/save-run");
        let request = request
            .header("content-type", "application/json")
            .body(body);
        assert_eq!(
            refused(sent(request).await).await,
            refusal(400, "bad_input"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn only_saved_runs_may_be_long_and_they_are_bounded_too() {
    let app = TestApp::start().await;
    let long = |path: &str, mib: usize| {
        let request = app.post(path).header("content-type", "application/json");
        request.body(vec![b' '; mib * 1024 * 1024])
    };
    let other = sent(long("/api/fn/rename-run", 1)).await;
    assert_eq!(refused(other).await, refusal(413, "too_large"));
    let short_enough = sent(long("/api/fn/save-run", 31)).await;
    assert_eq!(refused(short_enough).await, refusal(400, "bad_input"));
    let too_long = sent(long("/api/fn/save-run", 33)).await;
    assert_eq!(refused(too_long).await, refusal(413, "too_large"));
}

#[tokio::test]
async fn a_full_store_says_what_to_do() {
    let app = TestApp::with(|options| options.max_runs = 1).await;
    save(&app, Plan::small(1)).await;
    let second = measured(&app, Plan::small(2)).await;
    let answer = sent(saving(&app, &second)).await;
    assert_eq!(refused(answer).await, refusal(507, "store_full"));
}

#[tokio::test]
async fn a_run_is_renamed_deleted_and_restored() {
    let app = TestApp::start().await;
    let id = save(&app, Plan::small(1)).await;
    let named = [("id", &*id), ("name", "at the café")];
    for (function, form) in [
        ("rename-run", &named[..]),
        ("delete-run", &named[..1]),
        ("restore-run", &named[..1]),
    ] {
        assert_eq!(
            ask(&app, function, form).await.status(),
            StatusCode::OK,
            "{function}"
        );
        for unknown in ["0123456789abcdef", "x", ""] {
            let form = [("id", unknown), ("name", "x")];
            let answer = ask(&app, function, &form).await;
            let expected = refusal(404, "unknown_saved_run");
            assert_eq!(refused(answer).await, expected, "{function} {unknown}");
        }
    }
    let long = "x".repeat(121);
    let answer = ask(&app, "rename-run", &[("id", &id), ("name", &long)]).await;
    assert_eq!(refused(answer).await, refusal(400, "bad_name"));
}

#[tokio::test]
async fn a_form_comes_back_to_its_page_and_learns_what_happened() {
    let app = TestApp::start().await;
    let id = save(&app, Plan::small(1)).await;
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let post = async |function: &str, id: &str, back: &str| {
        let request = browser.post(app.url(&format!("/api/fn/{function}")));
        let request = request.header("accept", "text/html,*/*");
        let fields = [("id", id), ("name", "x"), ("back", back)];
        let answer = sent(form(request, &fields)).await;
        let location = answer.headers().get("location");
        let location = location.map(|it| it.to_str().unwrap().to_owned());
        (answer.status().as_u16(), location.unwrap_or_default())
    };
    let list = "/runs?sort=name";
    assert_eq!(post("rename-run", &id, list).await, (302, list.to_owned()));
    let deleted = format!("/runs?sort=name&deleted={id}");
    assert_eq!(post("delete-run", &id, list).await, (302, deleted));
    assert_eq!(
        post("restore-run", &id, "/runs").await,
        (302, "/runs".to_owned())
    );
    let refused = "/runs?refused=unknown_saved_run".to_owned();
    assert_eq!(post("delete-run", "x", "/runs").await, (302, refused));
    for elsewhere in ["//evil.example", "https://evil.example", "/\\evil"] {
        let (_, location) = post("rename-run", &id, elsewhere).await;
        assert!(!location.contains("evil"), "{location}");
    }
}

#[tokio::test]
async fn saved_runs_are_guarded_like_the_rest() {
    let app = TestApp::with(|options| options.token = Some("0123456789abcdef".to_owned())).await;
    for function in ["save-run", "rename-run", "delete-run", "restore-run"] {
        let address = format!("/api/fn/{function}");
        let without = sent(app.post(&address)).await;
        assert_eq!(
            refused(without).await,
            refusal(401, "token_required"),
            "{function}"
        );
        let foreign = app.post(&address).bearer_auth("0123456789abcdef");
        let foreign = sent(foreign.header("origin", "https://evil.example")).await;
        assert_eq!(
            refused(foreign).await,
            refusal(403, "foreign_origin"),
            "{function}"
        );
    }
}
