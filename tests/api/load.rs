//! `pushpull load`: what it tells of a server is what the server did.

use std::{collections::BTreeMap, path::Path, process::Output};

use pushpull::{
    runs::record::{LaneRecord, Record},
    transport::Transport,
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::{
    app::{TestApp, eventually, soon},
    program::{pushpull, run},
};

mod others;

/// What the program said, and the run that it wrote.
pub struct Told {
    output: Output,
    json: Vec<u8>,
}

impl Told {
    pub fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    pub fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).unwrap()
    }

    pub fn record(&self) -> Record {
        match Record::from_json(&self.json) {
            Ok(record) => record,
            Err(error) => panic!("{error}: {} {}", self.stdout(), self.stderr()),
        }
    }

    pub fn lanes(&self) -> BTreeMap<Transport, LaneRecord> {
        let lanes = self.record().lanes.into_iter();
        lanes.map(|lane| (lane.client.transport, lane)).collect()
    }
}

/// Runs the generator to its end.
pub async fn load(flags: &[&str]) -> Told {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("run.json");
    let mut arguments = vec!["load", "--json", file.to_str().unwrap()];
    arguments.extend(flags);
    let output = run(&mut pushpull(&arguments), "").await;
    Told {
        output,
        json: std::fs::read(file).unwrap_or_default(),
    }
}

async fn load_at(app: &TestApp, flags: &[&str]) -> Told {
    let url = app.url("");
    load(&[&["--url", &url], flags].concat()).await
}

/// Brisk enough for a test: some 40 events in two seconds.
const BRISK: [&str; 8] = [
    "--rate",
    "20",
    "--duration",
    "2",
    "--poll-interval",
    "100",
    "--wait",
    "1",
];

#[tokio::test]
async fn every_subscriber_of_every_transport_gets_every_event_once_and_in_order() {
    let app = TestApp::start().await;
    let told = load_at(&app, &[&BRISK[..], &["--subscribers", "25"]].concat()).await;
    // A machine that is busy with other tests may be late itself, and then says so.
    assert!(matches!(told.code(), Some(0 | 3)), "{}", told.stderr());
    let lanes = told.lanes();
    assert_eq!(lanes.len(), 4);
    for (transport, lane) in lanes {
        let events = lane.load.as_ref().unwrap().published;
        assert!(events >= 20, "{events}");
        assert_eq!(lane.client.delivered, 25 * events, "{transport:?}");
        let client = &lane.client;
        let wrong = client.lost + client.duplicated + client.reordered + client.reconnects;
        assert_eq!(wrong, 0, "{transport:?}");
        let held: u64 = client
            .histogram
            .iter()
            .flat_map(|block| &block.counts)
            .map(|it| u64::from(it.1))
            .sum();
        assert_eq!(held, 25 * events);
        assert_eq!(client.receipts.len() as u64, events);
        assert!(client.histogram.iter().all(|block| block.counts[0].0 > 0));
    }
    for word in [
        "polling",
        "long-polling",
        "sse",
        "websocket",
        "p99",
        "seed 1",
    ] {
        assert!(told.stdout().contains(word), "{word}: {}", told.stdout());
    }
}

#[tokio::test]
async fn server_functions_carry_polls_as_the_data_plane_does() {
    let app = TestApp::start().await;
    let flags = [
        "--adapter",
        "server-fn",
        "--transport",
        "polling,long-polling",
        "--subscribers",
        "25",
    ];
    let told = load_at(&app, &[&BRISK[..], &flags].concat()).await;
    assert!(matches!(told.code(), Some(0 | 3)), "{}", told.stderr());
    let lanes = told.lanes();
    let kinds: Vec<_> = lanes.keys().copied().collect();
    let wanted = [Transport::ServerFnPolling, Transport::ServerFnLongPolling];
    assert_eq!(kinds, wanted);
    for (transport, lane) in lanes {
        let events = lane.load.as_ref().unwrap().published;
        assert_eq!(lane.client.delivered, 25 * events, "{transport:?}");
        let wrong = lane.client.lost + lane.client.duplicated + lane.client.reordered;
        assert_eq!(wrong, 0, "{transport:?}");
    }
}

#[tokio::test]
async fn losses_repeats_and_swaps_are_told_with_their_numbers() {
    let app = TestApp::with_knobs().await;
    for transport in ["polling", "long-polling", "sse", "websocket"] {
        let knobs = json!({"drop_every": 10, "repeat_every": 7, "swap_every": 12});
        app.set_knobs(&format!("t-{transport}-3"), knobs).await;
        let flags = [
            "--lane",
            "t",
            "--subscribers",
            "3",
            "--transport",
            transport,
        ];
        let told = load_at(&app, &[&BRISK[..], &flags].concat()).await;
        assert!(
            matches!(told.code(), Some(1 | 3)),
            "{transport}: {}",
            told.stderr()
        );
        let lane = told.record().lanes.remove(0);
        let client = lane.client;
        let last = lane.load.unwrap().published;
        let every = |n: u64| (1..=last).filter(move |seq| seq.is_multiple_of(n));
        let singles = |n| every(n).map(|seq| (seq, seq)).collect::<Vec<_>>();
        assert_eq!(client.lost_ranges, singles(10), "{transport}");
        assert_eq!(client.lost, 3 * every(10).count() as u64);
        // What is dropped is not repeated.
        let twice: Vec<u64> = every(7).filter(|seq| !seq.is_multiple_of(10)).collect();
        assert_eq!(client.duplicated_seqs, twice, "{transport}");
        assert_eq!(client.duplicated, 3 * twice.len() as u64);
        // The last one has nobody to change places with; a dropped one leaves no disorder.
        let late: Vec<u64> = every(12)
            .filter(|seq| *seq < last && !seq.is_multiple_of(10) && !(seq + 1).is_multiple_of(10))
            .collect();
        assert_eq!(client.reordered_seqs, late, "{transport}");
        assert_eq!(
            lane.server.unwrap().written,
            client.delivered + client.duplicated,
            "{transport}"
        );
        if told.code() == Some(1) {
            assert!(
                told.stdout().contains("lost: events 10, 20"),
                "{}",
                told.stdout()
            );
        }
    }
}

#[tokio::test]
async fn connections_that_are_cut_come_back_where_they_were() {
    let app = TestApp::with_knobs().await;
    for transport in ["polling", "long-polling", "sse", "websocket"] {
        let flags = ["--subscribers", "5", "--transport", transport];
        let flags = [&BRISK[..], &flags].concat();
        let cut = async {
            // All are there, and the first events are out.
            let held = if transport == "polling" { 0 } else { 5 };
            eventually("subscribers", async || app.health("readers").await >= held).await;
            tokio::time::sleep(std::time::Duration::from_millis(900)).await;
            app.cut_all().await;
        };
        let (told, ()) = tokio::join!(load_at(&app, &flags), cut);
        let lane = told.record().lanes.remove(0);
        let client = lane.client;
        let wrong = client.lost + client.duplicated + client.reordered;
        assert_eq!(wrong, 0, "{transport}: {}", told.stdout());
        assert_eq!(client.delivered, 5 * lane.load.unwrap().published);
        if transport != "polling" {
            assert!(client.reconnects >= 5, "{transport}: {}", client.reconnects);
        }
    }
}

#[tokio::test]
async fn a_run_is_what_the_schema_says_and_can_be_imported() {
    let app = TestApp::start().await;
    let own = std::process::id().to_string();
    let flags = [
        "--subscribers",
        "2,4",
        "--name",
        "by thousands",
        "--server-pid",
        &own,
    ];
    let told = load_at(&app, &[&BRISK[..], &flags].concat()).await;
    let json: Value = serde_json::from_slice(&told.json).unwrap();
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/run-v1.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(schema).unwrap()).unwrap();
    let schema = jsonschema::draft202012::options().build(&schema).unwrap();
    assert!(
        schema.is_valid(&json),
        "{:?}",
        schema.iter_errors(&json).next()
    );

    let record = told.record();
    let seats: Vec<_> = record
        .lanes
        .iter()
        .map(|lane| {
            let load = lane.load.as_ref().unwrap();
            assert!(load.server_cpu_us.is_some_and(|us| us > 0));
            (lane.client.twin, load.subscribers)
        })
        .collect();
    assert_eq!(
        seats,
        [
            (0, 2),
            (0, 2),
            (0, 2),
            (0, 2),
            (1, 4),
            (1, 4),
            (1, 4),
            (1, 4)
        ]
    );
    // The lanes' events are numbered through.
    let mut receipts = record.lanes.iter().flat_map(|lane| &lane.client.receipts);
    assert!(
        receipts
            .by_ref()
            .map(|receipt| receipt.0)
            .eq(1..=record.published)
    );

    let import = app
        .post("/runs/import")
        .header("content-type", "application/json");
    let answer = soon("the import", import.body(told.json.clone()).send())
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let place = answer.headers()["location"].to_str().unwrap().to_owned();
    let list = app.ask("/runs").await.text().await.unwrap();
    assert!(list.contains("by thousands") && list.contains(&place));
    let page = app.ask(&place).await.text().await.unwrap();
    // Thousands are parted by commas.
    let page = page.replace(',', "");
    // Of all lanes, those of four subscribers as well.
    let delivered: u64 = record.lanes.iter().map(|lane| lane.client.delivered).sum();
    let events = record.published;
    for said in [
        &*format!("{events} events {delivered} deliveries 0 lost"),
        "pushpull load",
        "SSE × 4",
        "WebSocket × 2",
        "Server CPU per delivery",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}

#[tokio::test]
async fn what_cannot_be_measured_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}", taken.local_addr().unwrap());
    drop(taken);
    let app = TestApp::start().await;
    let (url, foreign) = (app.url(""), app.url("/nothing"));
    for (flags, code, hint) in [
        (vec!["--url", &nobody], 1, "does not make a topic"),
        (vec!["--url", &foreign], 1, "does not make a topic"),
        (vec!["--url", "https://127.0.0.1:1"], 2, "TLS"),
        (vec!["--url", &url, "--size", "23"], 2, "--size"),
        (vec!["--url", &url, "--rate", "501"], 2, "500"),
        (
            vec!["--url", &url, "--subscribers", "0"],
            2,
            "--subscribers",
        ),
        (vec!["--url", &url, "--transport", "telex"], 2, "websocket"),
        (vec!["--url", &url, "--transport", "sse,sse"], 2, "twice"),
        (vec!["--url", &url, "--adapter", "server-fn"], 2, "polls"),
        (vec!["--adapter", "nchan"], 2, "--subscribe-url"),
        (vec!["--url", &url, "--publish-url", &url], 2, "--adapter"),
        (
            vec!["--url", &url, "--server-pid", "4294967295"],
            1,
            "--server-pid",
        ),
        (vec!["--url", &url, "--lane", "Not A Lane"], 2, "a-z"),
    ] {
        let told = load(&flags).await;
        assert_eq!(told.code(), Some(code), "{flags:?}: {}", told.stderr());
        assert!(told.stderr().contains(hint), "{flags:?}: {}", told.stderr());
        assert!(told.stdout().is_empty(), "{flags:?}");
    }
}

#[tokio::test]
async fn a_server_that_wants_a_token_gets_it() {
    let token = "0123456789abcdef";
    let app = TestApp::with(|options| options.token = Some(token.to_owned())).await;
    let flags = [
        &BRISK[..],
        &["--subscribers", "2", "--transport", "sse,websocket"],
    ]
    .concat();
    let without = load_at(&app, &flags).await;
    assert_eq!(without.code(), Some(1));
    assert!(
        without.stderr().contains("token_required"),
        "{}",
        without.stderr()
    );
    let told = load_at(&app, &[&flags[..], &["--token", token]].concat()).await;
    assert!(
        told.lanes()
            .values()
            .all(|lane| lane.client.delivered > 0 && lane.client.lost == 0)
    );
}
