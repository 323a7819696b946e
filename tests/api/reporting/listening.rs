//! `pushpull load --report`, the program itself, and whoever it reports to.

use std::{
    future::pending,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Router, http::StatusCode as Status, routing::any};
use pushpull::runs::record::Record;
use tokio::{net::TcpListener, process::Child, sync::Notify};

use super::{
    page::{follow, piece},
    *,
};
use crate::{
    load::{Told, load},
    program::{Program, pushpull, signal},
};

/// Two lanes that are over soon.
const BRISK: [&str; 10] = [
    "--transport",
    "sse,websocket",
    "--subscribers",
    "5",
    "--rate",
    "20",
    "--duration",
    "2",
    "--seed",
    "3",
];

async fn load_reporting(url: &str, report: &str, more: &[&str]) -> Told {
    let flags = ["--url", url, "--report", report];
    load(&[&flags[..], &BRISK, more].concat()).await
}

/// Where the program says that its run is kept.
fn kept(told: &Told) -> String {
    let stderr = told.stderr();
    let place = stderr.lines().find_map(|line| line.split_once("kept as "));
    place.unwrap_or_else(|| panic!("{stderr}")).1.to_owned()
}

#[tokio::test]
async fn the_run_that_is_kept_is_the_one_that_was_measured() {
    let program = Program::serve(&[]).await;
    let url = format!("http://{}", program.addr);
    let told = load_reporting(&url, &url, &["--name", "tonight"]).await;
    assert!(matches!(told.code(), Some(0 | 3)), "{}", told.stderr());
    assert!(told.stderr().contains(&format!("reports to {url}/swarm")));
    let place = kept(&told);
    assert!(place.starts_with(&format!("{url}/runs/")), "{place}");
    let exported = soon("the run", reqwest::get(format!("{place}/export.json")));
    let exported = exported.await.unwrap().bytes().await.unwrap();
    let exported = Record::from_json(&exported).unwrap();
    assert_eq!(exported, told.record());
    assert_eq!(exported.name, "tonight");
}

#[tokio::test]
async fn a_server_whose_process_is_read_hears_of_lanes_and_not_of_their_progress() {
    let (measured, heard) = (TestApp::start().await, Listener::start(Answers::Well).await);
    let own = std::process::id().to_string();
    let flags = ["--server-pid", &own];
    let told = load_reporting(&measured.url(""), &heard.url, &flags).await;
    assert!(matches!(told.code(), Some(0 | 3)), "{}", told.stderr());
    let asked = heard.asked();
    let parts: Vec<&str> = asked
        .iter()
        .map(|path| path.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(
        parts,
        ["swarm", "progress", "0", "progress", "1", "run"],
        "{asked:?}"
    );
    // Without it, once a second as well.
    let told = load_reporting(&measured.url(""), &heard.url, &[]).await;
    assert!(matches!(told.code(), Some(0 | 3)), "{}", told.stderr());
    let words = heard.asked().len() - asked.len();
    assert!((6..=16).contains(&words), "{words}");
}

#[tokio::test]
async fn whoever_does_not_listen_disturbs_nothing() {
    let app = TestApp::start().await;
    // Nobody is there; somebody who understands nothing; somebody who goes away in the middle.
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let deaf = Listener::start(Answers::Nothing).await;
    let forgetful = Listener::start(Answers::Once).await;
    for report in [&nowhere, &deaf.url, &forgetful.url] {
        let told = load_reporting(&app.url(""), report, &[]).await;
        assert!(matches!(told.code(), Some(0 | 3)), "{}", told.stderr());
        let stderr = told.stderr();
        assert_eq!(stderr.matches("Measuring goes on").count(), 1, "{stderr}");
        assert!(stderr.contains("could not be handed in"), "{stderr}");
        assert!(told.stdout().contains("websocket"), "{}", told.stdout());
        assert_eq!(told.lanes().len(), 2);
    }
}

#[tokio::test]
async fn a_server_that_has_forgotten_the_swarm_is_introduced_to_it_anew() {
    let app = TestApp::start().await;
    let heard = Listener::start(Answers::Unknown).await;
    let told = load_reporting(&app.url(""), &heard.url, &[]).await;
    assert!(matches!(told.code(), Some(0 | 3)), "{}", told.stderr());
    let asked = heard.asked();
    let announced = asked.iter().filter(|path| path.ends_with("/swarm")).count();
    assert!(announced > 2, "{asked:?}");
}

#[tokio::test]
async fn a_lane_that_cannot_be_measured_is_told_with_its_reason_and_the_rest_is_kept() {
    // So few connections that the second number of subscribers does not fit.
    let measured = TestApp::with(|options| options.max_connections = 12).await;
    let listens = TestApp::start().await;
    let flags = ["--subscribers", "4,40", "--transport", "sse"];
    let url = measured.url("");
    let to = listens.url("");
    let arguments = [
        "--url",
        &url,
        "--report",
        &to,
        "--rate",
        "20",
        "--duration",
        "2",
    ];
    let told = load(&[&arguments[..], &flags].concat()).await;
    assert_eq!(told.code(), Some(1), "{}", told.stderr());
    let place = kept(&told);
    let exported = soon("the run", reqwest::get(format!("{place}/export.json")));
    let exported = exported.await.unwrap().bytes().await.unwrap();
    let record = Record::from_json(&exported).unwrap();
    assert_eq!(record.lanes.len(), 1);
    let flag = record
        .flags
        .iter()
        .find(|flag| flag.kind.slug() == "lane-missing");
    assert_eq!(flag.map(|flag| flag.value), Some(1));
}

/// A generator that measures for longer than anybody waits.
fn enduring(url: &str, report: &str) -> Child {
    let flags = ["load", "--transport", "sse", "--subscribers", "2"];
    let long = ["--duration", "600", "--url", url, "--report", report];
    pushpull(&[&flags[..], &long].concat()).spawn().unwrap()
}

#[tokio::test]
async fn a_generator_that_is_ended_says_so_on_its_way_out() {
    for (name, code, language, said) in [
        ("INT", 130, "en", "Its user ended it"),
        ("TERM", 143, "ko", "사용자가 끝냈습니다"),
    ] {
        let app = TestApp::start().await;
        let mut page = follow(&app, "/api/swarm/events", language).await;
        let mut generator = enduring(&app.url(""), &app.url(""));
        // It measures, and has told so.
        while !piece(&mut page).await.1.contains("SSE × 2") {}
        signal(&generator, name);
        let ended = soon("the generator to end", generator.wait())
            .await
            .unwrap();
        assert_eq!(ended.code(), Some(code));
        loop {
            let (place, html) = piece(&mut page).await;
            if place.ends_with(".outcome") {
                assert!(html.contains(said) && !html.contains("error"), "{html}");
                break;
            }
        }
    }
}

#[tokio::test]
async fn whoever_ends_it_does_not_wait_for_a_server_that_is_silent() {
    let measured = TestApp::start().await;
    let heard = Listener::start(Answers::Never).await;
    let mut generator = enduring(&measured.url(""), &heard.url);
    heard.until("/progress").await;
    let since = Instant::now();
    signal(&generator, "INT");
    let ended = soon("the generator to end", generator.wait())
        .await
        .unwrap();
    assert_eq!(ended.code(), Some(130));
    // Other words have five seconds.
    assert!(since.elapsed() < Duration::from_secs(4));
    heard.until("/interruption").await;
}

#[tokio::test]
async fn the_measured_servers_token_goes_to_nobody_else() {
    let secret = "s3cret";
    let guarded = TestApp::with(|options| options.token = Some(secret.to_owned())).await;
    let url = guarded.url("");
    let flags = ["--token", secret];
    let told = load_reporting(&url, &url, &flags).await;
    assert!(kept(&told).starts_with(&url));
    let heard = Listener::start(Answers::Well).await;
    let told = load_reporting(&url, &heard.url, &flags).await;
    assert!(matches!(told.code(), Some(0 | 3)), "{}", told.stderr());
    assert!(heard.tokens().iter().all(Option::is_none));
    let flags = ["--token", secret, "--report-token", "other"];
    load_reporting(&url, &heard.url, &flags).await;
    let last = heard.tokens().pop().unwrap();
    assert_eq!(last.as_deref(), Some("Bearer other"));
}

/// How somebody who is reported to answers.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Answers {
    /// As a pushpull does.
    Well,
    /// With an error that is none of ours.
    Nothing,
    /// To the announcement, and then no more.
    Once,
    /// It knows no swarm.
    Unknown,
    /// To the announcement; all that follows it lets wait.
    Never,
}

/// Somebody who is reported to and writes down what is asked.
struct Listener {
    url: String,
    notes: Notes,
    /// Told of each request.
    asked: Arc<Notify>,
}

/// Each request's path, and what it shows as its token.
type Notes = Arc<Mutex<Vec<(String, Option<String>)>>>;

impl Listener {
    async fn start(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr: SocketAddr = listener.local_addr().unwrap();
        let notes = Notes::default();
        let asked = Arc::new(Notify::new());
        let (its, told) = (Arc::clone(&notes), Arc::clone(&asked));
        let answer = move |request: axum::extract::Request| {
            let path = request.uri().path().to_owned();
            let token = request.headers().get("authorization");
            let token = token.map(|it| it.to_str().unwrap().to_owned());
            its.lock().unwrap().push((path.clone(), token));
            told.notify_one();
            let first = path.ends_with("/api/swarm");
            let unknown = json!({"error": {"code": "unknown_swarm", "message": "unknown"}});
            let answer = match answers {
                Answers::Nothing => (Status::IM_A_TEAPOT, "tea".to_owned()),
                _ if first => {
                    let welcome = json!({"swarm": "0123456789abcdef", "key": "k"});
                    (Status::CREATED, welcome.to_string())
                }
                Answers::Well if path.ends_with("/run") => (
                    Status::CREATED,
                    json!({"id": "0123456789abcdef"}).to_string(),
                ),
                Answers::Well | Answers::Never => (Status::NO_CONTENT, String::new()),
                Answers::Once => (Status::INTERNAL_SERVER_ERROR, "gone".to_owned()),
                Answers::Unknown => (Status::NOT_FOUND, unknown.to_string()),
            };
            let waits = answers == Answers::Never && !first;
            async move {
                if waits {
                    pending::<()>().await;
                }
                answer
            }
        };
        let router = Router::new().fallback(any(answer));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url: format!("http://{addr}"),
            notes,
            asked,
        }
    }

    /// Waits for a request whose path ends so.
    async fn until(&self, end: &str) {
        while !self.asked().iter().any(|path| path.ends_with(end)) {
            soon(end, self.asked.notified()).await;
        }
    }

    fn asked(&self) -> Vec<String> {
        let notes = self.notes.lock().unwrap();
        notes.iter().map(|(path, _)| path.clone()).collect()
    }

    fn tokens(&self) -> Vec<Option<String>> {
        let notes = self.notes.lock().unwrap();
        notes.iter().map(|(_, token)| token.clone()).collect()
    }
}
