//! The server's own numbers: `/metrics` for Prometheus, and CPU time.

use std::collections::BTreeMap;

use pushpull::transport::Transport;
use reqwest::StatusCode;

use crate::{
    app::{TestApp, eventually},
    subscriber::{ALL, Subscriber},
};

/// Every sample by its name and labels, as they are written.
async fn metrics(app: &TestApp) -> BTreeMap<String, f64> {
    let answer = app.ask("/metrics").await;
    assert_eq!(answer.status(), StatusCode::OK);
    let kind = answer.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    let text = answer.text().await.unwrap();
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        })
        .collect()
}

fn of(transport: Transport, name: &str) -> String {
    format!("{name}{{transport=\"{}\"}}", transport.slug())
}

#[tokio::test]
async fn each_transport_tells_what_it_delivered_how_late_and_to_how_many() {
    let app = TestApp::start().await;
    for transport in ALL {
        let topic = transport.slug();
        let head = app.publish(topic, "before").await;
        let mut subscriber = Subscriber::open(&app, transport, topic, &head.to_string()).await;
        app.publish_numbers(topic, 1..=5).await;
        subscriber.numbers(5).await;
        let told = metrics(&app).await;
        let get = |name: &str| told[&of(transport, name)];
        assert_eq!(get("pushpull_events_delivered_total"), 5.0, "{transport:?}");
        assert_eq!(get("pushpull_gaps_total"), 0.0);
        let latency = "pushpull_delivery_latency_seconds";
        assert_eq!(get(&format!("{latency}_count")), 5.0);
        let all = format!("{latency}_bucket{{le=\"+Inf\",transport=\"{topic}\"}}");
        let turned = format!("{latency}_bucket{{transport=\"{topic}\",le=\"+Inf\"}}");
        let all = told.get(&all).or_else(|| told.get(&turned));
        assert_eq!(all, Some(&5.0), "{told:?}");
        assert!(get(&format!("{latency}_sum")) < 5.0 * 60.0);
        assert!(get("pushpull_requests_total") >= 1.0);
        let bytes = |direction| {
            told[&format!(
                "pushpull_bytes_total{{transport=\"{topic}\",direction=\"{direction}\"}}"
            )]
        };
        let (read, written) = (bytes("in"), bytes("out"));
        assert!(
            read > 50.0 && written > 100.0,
            "{transport:?} {read} {written}"
        );
        let held = transport.standing_connections() > 0
            || matches!(
                transport,
                Transport::WebSocket | Transport::ServerFnWebSocket
            );
        // A long poll that has been answered is not held again by itself.
        let held = held && transport.plain() != Transport::LongPolling;
        assert_eq!(
            get("pushpull_subscribers"),
            f64::from(u8::from(held)),
            "{transport:?}"
        );
        drop(subscriber);
        eventually("the subscriber to go", async || {
            metrics(&app).await[&of(transport, "pushpull_subscribers")] == 0.0
        })
        .await;
    }
    let told = metrics(&app).await;
    let published = 6.0 * f64::from(u8::try_from(ALL.len()).unwrap());
    assert_eq!(told["pushpull_events_published_total"], published);
    assert!(told["pushpull_connections"] >= 1.0);
}

#[tokio::test]
async fn wasted_exchanges_and_gaps_are_counted() {
    let app = TestApp::holding(1).await;
    app.publish_numbers("topic", 1..=3).await;
    app.poll("topic", "").await;
    app.poll("topic", "after=0123456789abcdef-7").await;
    let told = metrics(&app).await;
    let get = |name: &str| told[&of(Transport::Polling, name)];
    assert_eq!(get("pushpull_wasted_exchanges_total"), 1.0);
    assert_eq!(get("pushpull_gaps_total"), 1.0);
    assert_eq!(get("pushpull_requests_total"), 2.0);
}

#[tokio::test]
async fn the_process_tells_its_cpu_memory_and_files() {
    let app = TestApp::start().await;
    let before = metrics(&app).await;
    let begun = before["process_start_time_seconds"];
    assert!(begun > 1.7e9 && begun < 1e11, "{begun}");
    for name in [
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_max_fds",
    ] {
        // Where there is no /proc they are left out.
        assert!(!cfg!(target_os = "linux") || before[name] > 3.0, "{name}");
    }
    eventually("some work", async || {
        metrics(&app).await["process_cpu_seconds_total"] > before["process_cpu_seconds_total"]
    })
    .await;
}

#[tokio::test]
async fn they_are_for_those_who_may_ask() {
    let app = TestApp::with(|options| options.token = Some("0123456789abcdef".to_owned())).await;
    assert_ne!(app.ask("/metrics").await.status(), StatusCode::OK);
    let strange = app.get("/metrics").header("host", "example.org").send();
    assert_eq!(
        strange.await.unwrap().status(),
        StatusCode::MISDIRECTED_REQUEST
    );
    let shown = app.get("/metrics").bearer_auth("0123456789abcdef").send();
    assert_eq!(shown.await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_lanes_cpu_time_is_a_part_of_the_processs() {
    let app = TestApp::start().await;
    for transport in ALL {
        let lane = transport.slug();
        let head = app.publish(lane, "before").await;
        let mut subscriber =
            Subscriber::open_in(&app, transport, lane, &head.to_string(), lane).await;
        // One delivery in sixteen is timed, by chance: of 600 they cannot all be passed over.
        let mut counters = app.lane(lane).await;
        for round in 0..600 {
            app.publish_numbers(lane, round * 5..=round * 5 + 4).await;
            subscriber.numbers(5).await;
            counters = app.lane(lane).await;
            if counters.cpu_samples > 0 || !counters.cpu_apart {
                break;
            }
        }
        if transport == Transport::ServerFnWebSocket {
            assert_eq!((counters.cpu_apart, counters.cpu_us), (false, 0));
            continue;
        }
        assert!(counters.cpu_apart, "{transport:?}");
        assert!(
            counters.cpu_us > 0 && counters.cpu_samples > 0,
            "{transport:?} {counters:?}"
        );
    }
    let lanes = app.health("lanes_cpu_us").await;
    let process = app.health("process_cpu_us").await;
    assert!(lanes > 0 && lanes < process, "{lanes} of {process} µs");
    assert!(app.health("unattributed_cpu_us").await > 0);
}
