//! Runs are saved once, found, listed, deleted for a day, and bounded in number.

use sqlx::Row as _;
use tempfile::TempDir;

use super::*;
use crate::{
    made_up::{self, Plan},
    runs::types::Mode,
};

const LIMITS: Limits = Limits {
    runs: 1_000,
    bytes: 1 << 30,
};

async fn store(limits: Limits) -> Store {
    Store::open(Path::new(IN_MEMORY), limits).await.unwrap()
}

/// Saves that many small runs, whose names are their numbers.
async fn saved(store: &Store, runs: std::ops::Range<u64>) -> Vec<RunId> {
    let mut ids = Vec::new();
    for seed in runs {
        let mut record = Plan::small(seed).record();
        record.name = format!("{seed:03}");
        ids.push(store.save(record, &seed.to_string()).await.unwrap());
    }
    ids
}

async fn names(store: &Store, asked: &Asked) -> Vec<String> {
    let listed = store.list(asked).await.unwrap();
    listed.runs.into_iter().map(|run| run.name).collect()
}

#[tokio::test]
async fn what_is_saved_is_what_is_found() {
    let store = store(LIMITS).await;
    let record = Plan::small(3).record();
    let id = store.save(record.clone(), "run").await.unwrap();
    let found = store.load(id).await.unwrap();
    assert_eq!(
        (found.record, found.imported_us, found.deleted),
        (record.clone(), None, false)
    );
    assert!(matches!(
        store.load(RunId(id.0 ^ 1)).await,
        Err(StoreError::Unknown)
    ));
    let now = record.saved_us;
    let imported = store.import(record, now).await.unwrap();
    assert_eq!(store.load(imported).await.unwrap().imported_us, Some(now));
}

#[tokio::test]
async fn saving_once_more_saves_nothing_twice() {
    let store = store(LIMITS).await;
    let record = || Plan::small(3).record();
    let id = store.save(record(), "run").await.unwrap();
    store.delete(id, 1).await.unwrap();
    assert_eq!(store.save(record(), "run").await.unwrap(), id);
    assert_eq!(store.list(&Asked::default()).await.unwrap().saved, 1);
    let now = record().saved_us;
    let imported = store.import(record(), now).await.unwrap();
    assert_ne!(store.import(record(), now).await.unwrap(), imported);
}

#[tokio::test]
async fn the_file_outlives_the_server_and_knows_its_version() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("some/where/runs.db");
    let store = Store::open(&file, LIMITS).await.unwrap();
    let id = store.save(Plan::small(1).record(), "run").await.unwrap();
    store.close().await;
    let store = Store::open(&file, LIMITS).await.unwrap();
    assert!(store.load(id).await.is_ok());
    sqlx::query("INSERT INTO _sqlx_migrations VALUES (99, 'later', 0, TRUE, x'00', 0)")
        .execute(&store.pool)
        .await
        .unwrap();
    store.close().await;
    assert!(matches!(
        Store::open(&file, LIMITS).await,
        Err(OpenError::Later(_))
    ));
}

#[tokio::test]
async fn what_is_no_database_is_told_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("letter.txt");
    let text = "Dear reader, this is no database. ".repeat(100);
    std::fs::write(&file, &text).unwrap();
    let error = Store::open(&file, LIMITS).await.unwrap_err().to_string();
    assert!(
        error.contains("letter.txt") && error.contains("--db"),
        "{error}"
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    let below = Store::open(&file.join("runs.db"), LIMITS)
        .await
        .unwrap_err();
    assert!(matches!(below, OpenError::Folder { .. }), "{below}");
}

#[tokio::test]
async fn a_name_is_one_line() {
    let store = store(LIMITS).await;
    let id = saved(&store, 0..1).await[0];
    store.rename(id, "  at the café  ").await.unwrap();
    assert_eq!(store.load(id).await.unwrap().record.name, "at the café");
    for bad in ["two\nlines", "\u{202e}sdrawkcab", &"x".repeat(121)] {
        assert!(matches!(store.rename(id, bad).await, Err(StoreError::Name)));
    }
    assert!(matches!(
        store.rename(RunId(1), "x").await,
        Err(StoreError::Unknown)
    ));
}

#[tokio::test]
async fn a_deleted_run_can_be_restored_for_a_day() {
    let store = store(LIMITS).await;
    let id = saved(&store, 0..1).await[0];
    store.delete(id, 1_000).await.unwrap();
    assert_eq!(store.list(&Asked::default()).await.unwrap().saved, 0);
    store.sweep(1_000 + RESTORABLE_US).await.unwrap();
    assert!(store.load(id).await.unwrap().deleted);
    store.restore(id).await.unwrap();
    assert_eq!(store.list(&Asked::default()).await.unwrap().saved, 1);
    store.delete(id, 1_000).await.unwrap();
    store.sweep(1_001 + RESTORABLE_US).await.unwrap();
    assert!(matches!(store.load(id).await, Err(StoreError::Unknown)));
    let left = sqlx::query("SELECT COUNT(*) FROM records");
    assert_eq!(
        left.fetch_one(&store.pool).await.unwrap().get::<i64, _>(0),
        0
    );
}

#[tokio::test]
async fn a_full_store_refuses_and_deleted_runs_give_way() {
    let few = Limits { runs: 2, ..LIMITS };
    let store_of_two = store(few).await;
    let ids = saved(&store_of_two, 0..2).await;
    let more = || store_of_two.save(Plan::small(9).record(), "more");
    let refused = more().await.unwrap_err();
    assert!(matches!(refused, StoreError::TooManyRuns { runs: 2 }));
    assert!(refused.to_string().contains("--max-runs"), "{refused}");
    store_of_two.delete(ids[0], 1).await.unwrap();
    more().await.unwrap();
    assert!(matches!(
        store_of_two.load(ids[0]).await,
        Err(StoreError::Unknown)
    ));
    assert!(store_of_two.load(ids[1]).await.is_ok());

    let small = store(Limits {
        bytes: 1_000,
        ..LIMITS
    })
    .await;
    let refused = small
        .save(Plan::small(9).record(), "run")
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::TooManyBytes { bytes: 1_000 }));
}

#[tokio::test]
async fn a_list_is_sorted_filtered_and_paged() {
    let store = store(LIMITS).await;
    saved(&store, 0..60).await;
    let mut other = Plan {
        mode: Mode::InTurn,
        rate: 50.0,
        ..Plan::small(60)
    }
    .record();
    other.client.name = "Firefox 153".to_owned();
    store.save(other, "other").await.unwrap();

    let latest = names(&store, &Asked::default()).await;
    assert_eq!(
        (latest.len(), &*latest[1], &*latest[49]),
        (50, "059", "011")
    );
    let second = Asked {
        page: 2,
        ..Asked::default()
    };
    assert_eq!(names(&store, &second).await.len(), 11);
    let upwards = Asked {
        sort: Sort::Name,
        order: Order::Up,
        ..Asked::default()
    };
    assert_eq!(names(&store, &upwards).await[1], "000");
    for sort in Sort::ALL {
        for order in [Order::Up, Order::Down] {
            let asked = Asked {
                sort,
                order,
                ..Asked::default()
            };
            assert_eq!(names(&store, &asked).await.len(), 50, "{sort:?} {order:?}");
        }
    }

    let found = async |asked: Asked| {
        let listed = store.list(&asked).await.unwrap();
        (listed.runs.len(), listed.found, listed.saved)
    };
    let text = |text: &str| Asked {
        text: text.to_owned(),
        ..Asked::default()
    };
    assert_eq!(found(text("fireFOX")).await, (1, 1, 61));
    assert_eq!(found(text("05")).await, (11, 11, 61));
    for odd in ["%", "_", "'; DROP TABLE runs; --", "nothing"] {
        assert_eq!(found(text(odd)).await, (0, 0, 61), "{odd}");
    }
    let in_turn = Asked {
        mode: Some(Mode::InTurn),
        ..Asked::default()
    };
    assert_eq!(found(in_turn).await, (1, 1, 61));
    assert_eq!(
        found(Asked {
            page: u32::MAX,
            ..Asked::default()
        })
        .await,
        (0, 61, 61)
    );
}

#[tokio::test]
async fn the_load_generators_runs_are_told_by_their_lanes_and_not_by_what_they_are_called() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("runs.db");
    let store = Store::open(&file, LIMITS).await.unwrap();
    let mut browsers = Plan::small(1).record();
    browsers.name = "pushpull load beside it".to_owned();
    let browsers = store.save(browsers, "browser").await.unwrap();
    let mut load = made_up::swarm(&[10]);
    load.client.name = "another generator 1.0".to_owned();
    let other = store.save(load, "other").await.unwrap();
    let own = store.save(made_up::swarm(&[10]), "own").await.unwrap();
    let asked = Asked {
        load: true,
        ..Asked::default()
    };
    let listed = async |store: &Store| {
        let listed = store.list(&asked).await.unwrap();
        let mut ids: Vec<RunId> = listed.runs.iter().map(|run| run.id).collect();
        ids.sort_by_key(|id| id.0);
        assert_eq!(listed.found, ids.len() as u64);
        ids
    };
    let mut both = vec![own, other];
    both.sort_by_key(|id| id.0);
    assert_eq!(listed(&store).await, both);
    // As it was before that was noted: then the generator's own name tells, and no run's.
    for before in [
        "ALTER TABLE runs DROP COLUMN load",
        "DELETE FROM _sqlx_migrations WHERE version = 2",
    ] {
        sqlx::query(before).execute(&store.pool).await.unwrap();
    }
    store.close().await;
    let store = Store::open(&file, LIMITS).await.unwrap();
    assert_eq!(listed(&store).await, [own]);
    assert!(store.load(browsers).await.is_ok());
}

#[tokio::test]
async fn a_list_shows_what_the_record_says() {
    let store = store(LIMITS).await;
    let record = Plan::small(4).record();
    let id = store.save(record.clone(), "run").await.unwrap();
    let listed = store.list(&Asked::default()).await.unwrap();
    let [run] = &*listed.runs else {
        panic!("one run")
    };
    assert_eq!(
        (run.id, run.saved_us, run.imported),
        (id, record.saved_us, false)
    );
    assert_eq!(
        (run.mode, run.rate),
        (Some(Mode::Together), record.workload.rate)
    );
    let transports = run.medians.iter().map(|(transport, _)| *transport);
    assert!(transports.eq(record.lanes.iter().map(|lane| lane.client.transport)));
    assert!(
        run.medians
            .iter()
            .all(|(_, us)| us.is_some_and(|us| us > 0.0))
    );
}

#[tokio::test]
async fn the_list_reads_no_records_and_sorts_nothing_to_show_the_latest() {
    let store = store(LIMITS).await;
    let asked = Asked::default();
    let query = list::rows(&asked);
    let plan = format!("EXPLAIN QUERY PLAN {}", query.sql().as_str());
    let rows = sqlx::query(sqlx::AssertSqlSafe(plan)).bind(50).bind(0);
    let rows = rows.fetch_all(&store.pool).await.unwrap();
    let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
    let plan = plan.join("\n");
    assert!(plan.contains("USING INDEX runs_by_date"), "{plan}");
    assert!(
        !plan.contains("records") && !plan.contains("TEMP B-TREE"),
        "{plan}"
    );
}
