//! One seed is one run: the same schedule, the same payloads.

use pushpull::{
    event::Event,
    lab::api::{PreparedRun, RunState, RunStatus},
};
use serde::de::DeserializeOwned;

use crate::app::{TestApp, eventually, soon};

/// Calls a server function with a form.
async fn call<T: DeserializeOwned>(app: &TestApp, function: &str, form: &str) -> T {
    let request = app
        .post(&format!("/api/fn/{function}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.to_owned());
    let answer = soon(function, request.send()).await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    answer.json().await.unwrap()
}

/// All events of a run of one second.
async fn run(app: &TestApp, seed: u64, arrivals: &str) -> Vec<Event> {
    let workload = format!(
        "workload[rate]=150&workload[arrivals]={arrivals}&workload[payload]=32\
         &workload[duration_s]=1&workload[seed]={seed}&poll_interval_ms=100"
    );
    let prepared: PreparedRun = call(app, "prepare-run", &workload).await;
    let start = format!("run={}&command=start", prepared.run);
    let _: RunStatus = call(app, "command-run", &start).await;
    eventually("the end of the run", || async {
        let path = format!("/api/fn/run-status?run={}", prepared.run);
        let status: RunStatus = app.ask(&path).await.json().await.unwrap();
        status.state == RunState::Ended
    })
    .await;
    let batch = app.poll(&prepared.topic.to_string(), "after=start").await;
    assert!(!batch.more, "all of them in one answer");
    batch.events
}

/// What a run's seed decides: when its events are, counted from the first, and what they carry.
fn decided(events: &[Event]) -> Vec<(u64, &str)> {
    let first = events.first().expect("an event").at;
    events
        .iter()
        .map(|event| (event.at - first, event.data.as_str()))
        .collect()
}

#[tokio::test]
async fn two_runs_with_the_same_seed_publish_the_same_at_the_same_times() {
    let app = TestApp::start().await;
    for arrivals in ["poisson", "even"] {
        let (one, two) = tokio::join!(run(&app, 7, arrivals), run(&app, 7, arrivals));
        assert!(one.len() > 100, "{} events", one.len());
        assert_eq!(decided(&one), decided(&two), "{arrivals}");
    }
}

#[tokio::test]
async fn another_seed_publishes_something_else_at_other_times() {
    let app = TestApp::start().await;
    let (one, two) = tokio::join!(run(&app, 7, "poisson"), run(&app, 8, "poisson"));
    let pairs = decided(&one).into_iter().zip(decided(&two));
    // The first one's time is 0 in both.
    for (one, two) in pairs.skip(1) {
        assert!(one.0 != two.0 && one.1 != two.1, "{one:?} {two:?}");
    }
}
