//! A server that is killed at any moment loses nothing that it said it had saved, and leaves a
//! database that opens and holds whole runs only.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use pushpull::runs::{
    record::Record,
    store::{Asked, Limits, Store},
};

use super::{measured_at, saving_at};
use crate::{app::soon, dialect::Dialect, made_up::Plan, program::Program};

/// How often the server is killed.
const KILLS: u64 = 50;

/// Saves runs until the server is gone; which ids it acknowledged, with the run's seed.
async fn save_until_gone(
    program: &Program,
    first_seed: u64,
    acknowledged: Arc<Mutex<Vec<(String, u64)>>>,
    gone: Arc<AtomicBool>,
) {
    let client = Dialect::Clear.client();
    let base = format!("http://{}", program.addr);
    for seed in first_seed.. {
        if gone.load(Ordering::Relaxed) {
            return;
        }
        let Some(recording) = measured_at(&client, &base, Plan::small(seed)).await else {
            return;
        };
        let Ok(answer) = saving_at(&client, &base, &recording).send().await else {
            return;
        };
        let Ok(id) = answer.json::<String>().await else {
            return;
        };
        acknowledged.lock().unwrap().push((id, seed));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_half_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("runs.db");
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let mut random = fastrand::Rng::with_seed(7);
    for kill in 0..KILLS {
        let program = Program::serve(&["--db", file.to_str().unwrap()]).await;
        let gone = Arc::new(AtomicBool::new(false));
        // Two at a time, so that one may be waiting for the other's transaction.
        let savers = async {
            let saver = |seed| save_until_gone(&program, seed, acknowledged.clone(), gone.clone());
            tokio::join!(saver(kill * 20_000), saver(kill * 20_000 + 10_000));
        };
        let before = acknowledged.lock().unwrap().len();
        let killer = async {
            // Some moment after the first run of this server, so that each has something to lose.
            while acknowledged.lock().unwrap().len() == before {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let moment = Duration::from_micros(random.u64(0..60_000));
            tokio::time::sleep(moment).await;
            gone.store(true, Ordering::Relaxed);
            program.signal("KILL");
        };
        soon("the savers to notice", async {
            tokio::join!(savers, killer)
        })
        .await;
    }
    let acknowledged = std::mem::take(&mut *acknowledged.lock().unwrap());
    check(&file, &acknowledged).await;
}

async fn check(file: &Path, acknowledged: &[(String, u64)]) {
    let limits = Limits {
        runs: u64::MAX,
        bytes: u64::MAX,
    };
    let store = Store::open(file, limits).await.unwrap();
    assert!(
        acknowledged.len() as u64 >= KILLS,
        "{} saved",
        acknowledged.len()
    );
    for (id, seed) in acknowledged {
        let found = store.load(id.parse().unwrap()).await.unwrap();
        assert_eq!(found.record.workload.seed, *seed);
    }
    // What was not acknowledged is there as a whole or not at all.
    let mut ids = BTreeSet::new();
    for page in 1.. {
        let asked = Asked {
            page,
            ..Asked::default()
        };
        let listed = store.list(&asked).await.unwrap();
        if listed.runs.is_empty() {
            assert_eq!(listed.saved, ids.len() as u64);
            break;
        }
        for run in listed.runs {
            let found: Record = store.load(run.id).await.unwrap().record;
            assert_eq!(found.check(), Ok(()));
            ids.insert(run.id.to_string());
        }
    }
    assert!(acknowledged.iter().all(|(id, _)| ids.contains(id)));
    assert!(ids.len() >= acknowledged.len());
}
