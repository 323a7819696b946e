//! A thousand saved runs: how long the list takes, and how much room they need. Numbers for a
//! reader, not a check: `make runs-bench`.

use std::{path::Path, time::Instant};

use pushpull::runs::store::{Limits, Store};

use crate::{app::TestApp, made_up::Plan};

/// How many runs there are, and how many of them have as many receipts as are kept: 20,000 in each
/// of four lanes.
const RUNS: u64 = 1_000;
const FULL: u64 = 200;
/// How often each page is asked for.
const TIMES: usize = 20;

async fn fill(file: &Path) {
    let limits = Limits {
        runs: u64::MAX,
        bytes: u64::MAX,
    };
    let store = Store::open(file, limits).await.unwrap();
    let saving = async |from: u64| {
        for seed in (from..RUNS).step_by(2) {
            let store = store.clone();
            let made = move || {
                if seed % (RUNS / FULL) == 0 {
                    Plan::full(seed).record()
                } else {
                    Plan::small(seed).record()
                }
            };
            let record = tokio::task::spawn_blocking(made).await.unwrap();
            store.save(record, &seed.to_string()).await.unwrap();
        }
    };
    tokio::join!(saving(0), saving(1));
    store.close().await;
}

/// The median and the largest of the times that an address takes, ms.
async fn times(app: &TestApp, path: &str) -> (f64, f64) {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let begun = Instant::now();
        let answer = app.ask(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.bytes().await.unwrap();
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    (times[TIMES / 2], times[TIMES - 1])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; its numbers are for a reader"]
async fn a_thousand_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("runs.db");
    fill(&file).await;
    let bytes = std::fs::metadata(&file).unwrap().len();
    println!(
        "{RUNS} runs, {FULL} of them full: {:.1} MB",
        bytes as f64 / 1e6
    );
    let full = pushpull::runs::packed::pack(&Plan::full(7).record()).len();
    println!("a full run, packed: {:.1} kB", full as f64 / 1e3);
    let app = TestApp::with(|options| options.db = Some(file)).await;
    for path in [
        "/runs",
        "/runs?page=20",
        "/runs?sort=name",
        "/runs?q=chrom&sort=rate",
    ] {
        let (median, most) = times(&app, path).await;
        println!("{path}: median {median:.1} ms, at most {most:.1} ms of {TIMES}");
    }
}
