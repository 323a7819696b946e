//! Load generators report to the server: what it takes in, from whom, and how much.

use pushpull::{
    runs::record::{LaneRecord, Record},
    swarm::report::Welcome,
};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    app::{TestApp, refusal, refused, soon},
    made_up::swarm,
};

mod listening;
mod page;

/// How many swarms report at a time.
const MOST: usize = 8;

/// What a generator of these lanes would say first.
fn announcement(run: &Record) -> Value {
    let lane = |lane: &LaneRecord| json!({"transport": lane.client.transport, "subscribers": lane.subscribers()});
    json!({
        "client": "pushpull load 0.1.0",
        "target": "pushpull, 127.0.0.1:3000",
        "reads_server": true,
        "workload": run.workload,
        "idle_s": 0,
        "lanes": run.lanes.iter().map(lane).collect::<Vec<_>>(),
    })
}

async fn sent(request: RequestBuilder) -> Response {
    soon("an answer", request.send()).await.unwrap()
}

async fn try_announce(app: &TestApp, what: &Value) -> Response {
    sent(app.post("/api/swarm").json(what)).await
}

async fn announce(app: &TestApp, run: &Record) -> Welcome {
    let answer = try_announce(app, &announcement(run)).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    answer.json().await.unwrap()
}

fn put(app: &TestApp, swarm: &Welcome, part: &str) -> RequestBuilder {
    let path = format!("/api/swarm/{}/{part}", swarm.swarm);
    app.request(Method::PUT, &path)
        .header("swarm-key", &swarm.key)
}

async fn tell(app: &TestApp, swarm: &Welcome, part: &str, what: &impl Serialize) -> Response {
    sent(put(app, swarm, part).json(what)).await
}

/// A lane as it travels: its receipts come with the run.
fn without_receipts(lane: &LaneRecord) -> LaneRecord {
    let mut lane = lane.clone();
    lane.client.receipts.clear();
    lane
}

fn progress(lane: u32) -> Value {
    json!({"lane": lane, "phase": "publishing", "done": 3_000, "of": 20_000, "received": 1_234})
}

#[tokio::test]
async fn a_swarm_reports_and_its_run_is_kept_like_an_imported_one() {
    let app = TestApp::start().await;
    let run = swarm(&[10, 100]);
    let its = announce(&app, &run).await;
    for (number, lane) in (0..).zip(&run.lanes) {
        let told = tell(&app, &its, "progress", &progress(number)).await;
        assert_eq!(told.status(), StatusCode::NO_CONTENT);
        let part = format!("lanes/{number}");
        // An answer may get lost, and the same be told again.
        for _ in 0..2 {
            let told = tell(&app, &its, &part, &without_receipts(lane)).await;
            assert_eq!(told.status(), StatusCode::NO_CONTENT, "{part}");
        }
    }
    let kept = tell(&app, &its, "run", &run).await;
    assert_eq!(kept.status(), StatusCode::CREATED);
    let place = kept.headers()["location"].to_str().unwrap().to_owned();
    let id: Value = kept.json().await.unwrap();
    assert_eq!(place, format!("/runs/{}", id["id"].as_str().unwrap()));
    let exported = sent(app.get(&format!("{place}/export.json"))).await;
    let exported = Record::from_json(&exported.bytes().await.unwrap()).unwrap();
    assert_eq!(exported, run);
    // Handed in again, it is where it was.
    let again = tell(&app, &its, "run", &run).await;
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(again.headers()["location"], *place);
    let over = tell(&app, &its, "progress", &progress(0)).await;
    assert_eq!(refused(over).await, refusal(409, "swarm_over"));
}

#[tokio::test]
async fn nobody_reports_for_another() {
    let app = TestApp::start().await;
    let run = swarm(&[10]);
    let (one, other) = (announce(&app, &run).await, announce(&app, &run).await);
    let stolen = Welcome {
        swarm: one.swarm.clone(),
        key: other.key.clone(),
    };
    let lane = without_receipts(&run.lanes[0]);
    let told = [
        tell(&app, &stolen, "progress", &progress(0)).await,
        tell(&app, &stolen, "lanes/0", &lane).await,
        tell(&app, &stolen, "failure", &json!({"reason": "x"})).await,
        tell(&app, &stolen, "interruption", &()).await,
        tell(&app, &stolen, "run", &run).await,
    ];
    for answer in told {
        assert_eq!(refused(answer).await, refusal(403, "foreign_swarm"));
    }
    let path = format!("/api/swarm/{}/progress", one.swarm);
    let nameless = sent(app.request(Method::PUT, &path).json(&progress(0))).await;
    assert_eq!(refused(nameless).await, refusal(403, "foreign_swarm"));
    for nobody in ["0123456789abcdef", "x", "%ff", "..%2f..%2fruns"] {
        let nobody = Welcome {
            swarm: nobody.to_owned(),
            key: one.key.clone(),
        };
        let answer = tell(&app, &nobody, "progress", &progress(0)).await;
        assert_eq!(refused(answer).await, refusal(404, "unknown_swarm"));
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    let run = swarm(&[10]);
    let its = announce(&app, &run).await;
    let lane = without_receipts(&run.lanes[0]);
    let mut contradictory = lane.clone();
    contradictory.client.lost = 1;
    let mut browsers = lane.clone();
    browsers.load = None;
    let mut other = run.clone();
    other.lanes.iter_mut().for_each(|lane| lane.load = None);
    other.schema = "pushpull-run-v2".to_owned();
    for (part, what, code) in [
        ("progress", json!({"lane": 4}), "bad_swarm"),
        ("progress", progress(4), "bad_swarm"),
        ("progress", json!("<html>"), "bad_swarm"),
        ("lanes/4", json!(lane), "bad_swarm"),
        ("lanes/-1", json!(lane), "bad_swarm"),
        ("lanes/1", json!(lane), "bad_swarm"),
        ("lanes/0", json!(contradictory), "bad_run"),
        ("lanes/0", json!(browsers), "bad_run"),
        ("failure", json!({"reason": "a\nb"}), "bad_swarm"),
        ("run", json!({}), "other_schema"),
        ("run", json!(other), "other_schema"),
    ] {
        let answer = tell(&app, &its, part, &what).await;
        assert_eq!(refused(answer).await, refusal(400, code), "{part} {what}");
    }
    for what in [
        json!({}),
        json!([]),
        json!({"lanes": []}),
        {
            let mut many = announcement(&run);
            many["lanes"] = vec![json!({"transport": "sse", "subscribers": 1}); 33].into();
            many
        },
        {
            let mut odd = announcement(&run);
            odd["target"] = "x\u{202e}".into();
            odd
        },
    ] {
        let answer = try_announce(&app, &what).await;
        assert_eq!(refused(answer).await, refusal(400, "bad_swarm"), "{what}");
    }
    let raw = sent(app.post("/api/swarm").body("{\"lanes\":")).await;
    assert_eq!(refused(raw).await, refusal(400, "bad_swarm"));
    // The swarm is as it was.
    let kept = tell(&app, &its, "run", &run).await;
    assert_eq!(kept.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_browsers_run_is_no_swarms() {
    let app = TestApp::start().await;
    let its = announce(&app, &swarm(&[10])).await;
    let browsers = crate::made_up::Plan::small(1).record();
    let answer = tell(&app, &its, "run", &browsers).await;
    assert_eq!(refused(answer).await, refusal(400, "bad_swarm"));
}

#[tokio::test]
async fn words_are_short_and_lanes_and_runs_no_longer_than_runs() {
    let app = TestApp::start().await;
    let run = swarm(&[10]);
    let its = announce(&app, &run).await;
    let long = |bytes: usize| format!("\"{}\"", "x".repeat(bytes));
    for request in [
        app.post("/api/swarm").body(long(65 * 1024)),
        put(&app, &its, "progress").body(long(65 * 1024)),
        put(&app, &its, "failure").body(long(65 * 1024)),
        put(&app, &its, "lanes/0").body(long(33 << 20)),
        put(&app, &its, "run").body(long(33 << 20)),
    ] {
        // Refused by the length that the head tells; the body may not be read to its end.
        match soon("an answer", request.send()).await {
            Ok(answer) => assert_eq!(refused(answer).await, refusal(413, "too_large")),
            Err(error) => assert!(error.is_request() || error.is_body(), "{error}"),
        }
    }
    let within = put(&app, &its, "lanes/0").body(long(1 << 20));
    assert_eq!(refused(sent(within).await).await, refusal(400, "bad_swarm"));
}

#[tokio::test]
async fn few_report_at_a_time_and_one_that_gives_up_makes_room() {
    let app = TestApp::start().await;
    let run = swarm(&[10]);
    let first = announce(&app, &run).await;
    for _ in 1..MOST {
        announce(&app, &run).await;
    }
    let answer = try_announce(&app, &announcement(&run)).await;
    assert!(answer.headers().contains_key("retry-after"));
    assert_eq!(refused(answer).await, refusal(503, "too_many_swarms"));
    let why = json!({"reason": "only 7 of 10 could be opened"});
    let answer = tell(&app, &first, "failure", &why).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    announce(&app, &run).await;
    // What it has measured until then is still taken.
    let kept = tell(&app, &first, "run", &run).await;
    assert_eq!(kept.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn one_that_its_user_ended_makes_room_and_keeps_no_run() {
    let app = TestApp::start().await;
    let run = swarm(&[10]);
    let first = announce(&app, &run).await;
    for _ in 1..MOST {
        announce(&app, &run).await;
    }
    let answer = sent(put(&app, &first, "interruption")).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    announce(&app, &run).await;
    for answer in [
        tell(&app, &first, "run", &run).await,
        tell(&app, &first, "progress", &progress(0)).await,
        sent(put(&app, &first, "interruption")).await,
    ] {
        assert_eq!(refused(answer).await, refusal(409, "swarm_over"));
    }
}

#[tokio::test]
async fn strangers_pages_and_strangers_names_report_nothing() {
    let app = TestApp::start().await;
    let what = announcement(&swarm(&[10]));
    for origin in ["http://evil.example", "null"] {
        let foreign = app.post("/api/swarm").header("origin", origin);
        let answer = sent(foreign.json(&what)).await;
        assert_eq!(refused(answer).await, refusal(403, "foreign_origin"));
    }
    let host = app.post("/api/swarm").header("host", "evil.example");
    assert_eq!(
        refused(sent(host.json(&what)).await).await,
        refusal(421, "unknown_host")
    );
    let method = sent(app.get("/api/swarm")).await;
    assert_eq!(refused(method).await, refusal(405, "method_not_allowed"));
    let guarded = TestApp::with(|options| options.token = Some("secret".to_owned())).await;
    let answer = try_announce(&guarded, &what).await;
    assert_eq!(refused(answer).await, refusal(401, "token_required"));
}
