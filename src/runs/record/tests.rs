//! Records are checked, travel as JSON and as few bytes, and are what `schema/run-v1.json` says.

use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{any, *};
use crate::{
    made_up::Plan,
    runs::{
        packed::{UnpackError, pack, unpack},
        types::{MAX_RECEIPTS, Mode},
    },
};

fn schema() -> jsonschema::Validator {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/run-v1.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    jsonschema::draft202012::options()
        .build(&schema)
        .expect("a schema")
}

/// The JSON of a run with one value changed.
fn changed(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut json: Value = serde_json::from_slice(&Plan::small(1).record().to_json()).unwrap();
    change(&mut json);
    json.to_string().into_bytes()
}

#[test]
fn every_kind_of_run_is_what_the_schema_says() {
    let schema = schema();
    for mode in Mode::ALL {
        for mut plan in [Plan::small(1), Plan::full(2)] {
            plan.mode = mode;
            let json: Value = serde_json::from_slice(&plan.record().to_json()).unwrap();
            assert!(
                schema.is_valid(&json),
                "{:?}",
                schema.iter_errors(&json).next()
            );
        }
    }
}

#[test]
fn the_schema_refuses_what_the_house_refuses() {
    let schema = schema();
    let refused: [Change; 8] = [
        |run| run["schema"] = json!("pushpull-run-v2"),
        |run| run["workload"]["rate"] = json!(501),
        |run| run["mode"] = json!("apart"),
        |run| run["lanes"] = json!([]),
        |run| run["lanes"][0]["client"]["transport"] = json!("telex"),
        |run| run["lanes"][0]["client"]["histogram"][0]["counts"][0][1] = json!(0),
        |run| run["lanes"][0]["client"]["receipts"][0] = json!([1, 2]),
        |run| drop(run.as_object_mut().unwrap().remove("start_us")),
    ];
    for change in refused {
        let json = changed(change);
        assert!(Record::from_json(&json).is_err());
        let value: Value = serde_json::from_slice(&json).unwrap();
        assert!(!schema.is_valid(&value));
    }
}

#[test]
fn a_run_of_another_version_is_refused_with_advice() {
    let refusal = |json: &[u8]| Record::from_json(json).unwrap_err();
    let other = refusal(&changed(|run| run["schema"] = json!("pushpull-run-v2")));
    assert_eq!(other.code(), "other_schema");
    assert!(other.to_string().contains("pushpull-run-v1"), "{other}");
    // Even where nothing else of it makes sense.
    let stranger = refusal(br#"{"schema":"pushpull-run-v9","lanes":"none"}"#);
    assert_eq!(stranger.code(), "other_schema");
    assert_eq!(refusal(br#"{"lanes":[]}"#), RecordError::NoSchema);
    for no_json in [&b""[..], b"{", b"[]", b"\xff", b"null", b"<html>"] {
        assert_eq!(refusal(no_json).code(), "bad_run");
    }
}

/// Something that is done to a run's JSON.
type Change = fn(&mut Value);

/// The first lane of the run has lost so much, as it says itself.
fn lose(run: &mut Value, ranges: &[(u64, u64)]) {
    let lost: u64 = ranges.iter().map(|(from, to)| to - from + 1).sum();
    run["lanes"][0]["client"]["lost"] = json!(lost);
    run["lanes"][0]["client"]["lost_ranges"] = json!(ranges);
}

/// It says that it has lost ten events, and lists some that never were.
fn lose_beyond(run: &mut Value, more: u64) {
    let published = run["published"].as_u64().unwrap();
    run["published"] = json!(published + 10);
    let last = (published + 10 + more).min((1 << 53) - 1);
    lose(run, &[(published + 1, last)]);
    run["lanes"][0]["client"]["lost"] = json!(10);
}

#[test]
fn losses_that_agree_with_each_other_are_taken() {
    let json = changed(|run| {
        let published = run["published"].as_u64().unwrap();
        run["published"] = json!(published + 10);
        let last = published + 6;
        lose(run, &[(published + 1, published + 4), (last, last)]);
    });
    assert!(Record::from_json(&json).is_ok());
}

#[test]
fn a_run_from_the_future_is_not_taken_from_elsewhere() {
    let record = Plan::small(1).record();
    assert_eq!(record.check_at(record.saved_us), Ok(()));
    let error = record.check_at(record.saved_us - 2 * 86_400_000_000);
    assert!(error.unwrap_err().to_string().contains("saved_us"));
}

#[test]
fn a_browsers_run_has_no_other_lanes_than_the_lab() {
    let twins = |mode: &str, transports: &[&str]| {
        changed(|run| {
            run["mode"] = json!(mode);
            let lane = run["lanes"][0].clone();
            let both = |transport: &&str| {
                [0, 1].map(|twin| {
                    let mut lane = lane.clone();
                    lane["client"]["transport"] = json!(transport);
                    lane["client"]["twin"] = json!(twin);
                    lane
                })
            };
            run["lanes"] = transports.iter().flat_map(both).collect();
        })
    };
    let plain = ["polling", "long-polling", "sse", "websocket"];
    let all = Record::from_json(&twins("self-check", &plain));
    assert_eq!(all.map(|run| run.lanes.len()), Ok(8));
    for (mode, transport) in [("self-check", "server-fn-polling"), ("together", "sse")] {
        let error = Record::from_json(&twins(mode, &[transport])).unwrap_err();
        assert!(error.to_string().contains("twin"), "{error}");
    }
}

#[test]
fn what_contradicts_itself_is_refused_and_named() {
    let refused: [(&str, Change); 27] = [
        ("name", |run| run["name"] = json!("x".repeat(121))),
        ("name", |run| run["name"] = json!("two\nlines")),
        ("workload", |run| run["workload"]["payload"] = json!(0)),
        ("poll_interval_ms", |run| run["poll_interval_ms"] = json!(0)),
        ("block_us", |run| run["block_us"] = json!(0)),
        ("flags", |run| {
            run["flags"][0]["from_us"] = json!(9_000_000_000_u64);
        }),
        ("lanes", |run| run["lanes"] = json!([])),
        ("transport and twin", |run| {
            run["lanes"][1] = run["lanes"][0].clone();
        }),
        ("state", |run| {
            run["lanes"][0]["client"]["state"] = json!("asleep");
        }),
        ("receipts", |run| {
            run["lanes"][0]["client"]["receipts"][1][0] = json!(1);
        }),
        ("histogram", |run| {
            run["lanes"][0]["client"]["delivered"] = json!(3);
        }),
        ("server", |run| {
            run["lanes"][0]["server"]["bytes_in"] = json!(u64::MAX);
        }),
        ("name", |run| run["name"] = json!("\u{202e}gnp.exe")),
        ("saved_us", |run| {
            run["saved_us"] = json!(9_000_000_000_000_000_u64);
        }),
        ("start_us", |run| {
            run["start_us"] = json!(1_800_000_000_000_000_u64);
        }),
        ("delivered and lost", |run| run["published"] = json!(9)),
        ("delivered and lost", |run| lose(run, &[(301, 600)])),
        // One number more than there are events, and all that can be written.
        ("lost_ranges", |run| lose_beyond(run, 1)),
        ("lost_ranges", |run| lose_beyond(run, (1 << 53) - 1)),
        ("lost_ranges", |run| {
            run["published"] = json!(1_000);
            run["lanes"][0]["client"]["lost"] = json!(3);
        }),
        ("wasted", |run| {
            run["lanes"][0]["client"]["wasted"] = json!(61);
        }),
        ("duplicated_seqs", |run| {
            run["lanes"][0]["client"]["duplicated"] = json!(0);
        }),
        ("duplicated_seqs", |run| {
            run["lanes"][0]["client"]["duplicated_seqs"] = json!([1_u64 << 52]);
        }),
        ("receipts", |run| {
            let receipts = run["lanes"][0]["client"]["receipts"].as_array_mut();
            receipts.unwrap().last_mut().unwrap()[0] = json!(1_u64 << 52);
        }),
        ("histogram", |run| {
            run["lanes"][0]["client"]["histogram"][0]["never"] = json!(4_000_000_000_u64);
        }),
        ("twin", |run| run["lanes"][0]["client"]["twin"] = json!(1)),
        ("load", |run| {
            run["lanes"][1]["load"] = json!({
                "subscribers": 1, "published": 1, "wall_us": 1, "bytes_in": 1, "bytes_out": 1,
                "own_cpu_us": 1, "own_delay_p99_us": 1,
            });
        }),
    ];
    for (named, change) in refused {
        let error = Record::from_json(&changed(change)).unwrap_err();
        assert!(error.to_string().contains(named), "{named}: {error}");
    }
}

#[test]
fn what_a_later_version_adds_is_no_harm() {
    let json = changed(|run| {
        run["weather"] = json!("fine");
        run["lanes"][0]["server"]["smoke"] = json!(1);
    });
    assert_eq!(Record::from_json(&json), Ok(Plan::small(1).record()));
}

#[test]
fn a_full_run_takes_less_than_500_kb() {
    let record = Plan::full(7).record();
    let kept = record.lanes.iter().map(|lane| lane.client.receipts.len());
    assert!(kept.eq([MAX_RECEIPTS; 4]));
    let packed = pack(&record);
    assert!(packed.len() < 500_000, "{} bytes", packed.len());
    assert_eq!(unpack(&packed), Ok(record));
}

#[test]
fn damage_is_told() {
    let packed = pack(&Plan::small(1).record());
    assert_eq!(unpack(&[]), Err(UnpackError::Damaged));
    assert_eq!(
        unpack(&packed[..packed.len() / 2]),
        Err(UnpackError::Damaged)
    );
    let mut later = packed.clone();
    later[0] = 99;
    assert_eq!(unpack(&later), Err(UnpackError::Version));
}

proptest! {
    #[test]
    fn every_record_survives_file_and_database(record in any::record()) {
        prop_assert_eq!(record.check(), Ok(()));
        prop_assert_eq!(&Record::from_json(&record.to_json()), &Ok(record.clone()));
        prop_assert_eq!(unpack(&pack(&record)), Ok(record));
    }

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        let _ = Record::from_json(&bytes);
        let _ = unpack(&bytes);
    }
}

#[test]
fn every_record_is_what_the_schema_says() {
    let schema = schema();
    proptest!(ProptestConfig::with_cases(64), |(record in any::record())| {
        let json: Value = serde_json::from_slice(&record.to_json()).unwrap();
        let error = schema.iter_errors(&json).next().map(|error| error.to_string());
        prop_assert_eq!(error, None);
    });
}
