//! What is said of a run of the load generator: lanes of many subscribers, one after the other.

use crate::{
    runs::{
        record::{LaneRecord, LoadRecord, Record},
        types::FlagKind,
    },
    ui::{
        number::{count, fixed},
        swarm::{curve::points, words},
        text::Text,
    },
};

/// The verdict; `None` for a browser's run, whose lanes are judged against each other.
pub(super) fn verdict(record: &Record, text: Text) -> Option<String> {
    let missing = record
        .flags
        .iter()
        .find(|it| it.kind == FlagKind::LaneMissing);
    let missing = missing.map_or(0, |flag| flag.value);
    record
        .is_load()
        .then(|| words::verdict(&points(record), missing, text))
}

/// How many events there were in all lanes, and what came of them; `None` for a browser's run.
pub(super) fn events(record: &Record, text: Text) -> Option<String> {
    let sum = |of: fn(&LaneRecord) -> u64| count(record.lanes.iter().map(of).sum());
    record.is_load().then(|| {
        text.fill(
            "runs-load-events",
            &[
                ("events", &*count(record.published)),
                ("deliveries", &sum(|lane| lane.client.delivered)),
                ("lost", &sum(|lane| lane.client.lost)),
            ],
        )
    })
}

/// What a lane of many subscribers cost, and whether that says anything of the server.
pub(super) fn remarks(lane: &LaneRecord, text: Text) -> Vec<String> {
    let Some(load) = &lane.load else {
        return Vec::new();
    };
    let mut remarks = Vec::new();
    if let Some(limit) = load.saturated {
        remarks.push(text.get(&format!("runs-load-limit-{}", limit.slug())));
    }
    let deliveries = (lane.client.delivered + lane.client.duplicated).max(1) as f64;
    let each = |whole: u64, decimals| fixed(whole as f64 / deliveries, decimals);
    let LoadRecord {
        published,
        bytes_in,
        bytes_out,
        own_cpu_us,
        ..
    } = load;
    remarks.push(text.fill(
        "runs-load-lane",
        &[
            ("events", &*count(*published)),
            ("bytes", &each(bytes_in + bytes_out, 0)),
            ("own", &each(*own_cpu_us, 2)),
        ],
    ));
    if let Some(us) = load.server_cpu_us {
        remarks.push(text.fill("runs-load-cpu", &[("us", &*each(us, 2))]));
    }
    if let Some((before, after)) = load.pss_before.zip(load.pss) {
        let mib = |bytes: u64| fixed(bytes as f64 / 1_048_576.0, 1);
        let slots = [("before", &*mib(before)), ("after", &mib(after))];
        remarks.push(text.fill("runs-load-memory", &slots));
    }
    remarks
}
