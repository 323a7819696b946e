//! How the load generator is asked, and what it said.

use std::{
    fs::{self, File},
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

use pushpull::{
    runs::record::{LaneRecord, Record},
    stats::{Latencies, Latency},
};
use tempfile::TempDir;

use crate::{
    Failure,
    contender::{Programs, Running},
    cores::Cores,
    plan::Job,
    results::{Measured, Numbers},
};

/// Measures one job; what fails is a result as well.
pub fn measure(
    job: &Job,
    server: &Running,
    programs: &Programs,
    cores: &Cores,
) -> Result<Vec<Measured>, Failure> {
    let folder = TempDir::new().map_err(Failure::io("a folder"))?;
    let (file, log) = (folder.path().join("run.json"), folder.path().join("log"));
    let mut command = cores.generator(&programs.pushpull);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PUSHPULL_")) {
        command.env_remove(name);
    }
    let mut child = command
        .args(arguments(job, server))
        .arg("--json")
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&log).map_err(Failure::io("a log"))?)
        .spawn()
        .map_err(Failure::io("the generator does not start"))?;
    let until = Instant::now() + Duration::from_secs_f64(job.takes() * 3.0 + 120.0);
    let exit = loop {
        match child.try_wait().map_err(Failure::io("the generator"))? {
            Some(status) => break status.code().unwrap_or(-1),
            None if Instant::now() > until => {
                let _ = child.kill();
                let _ = child.wait();
                break -1;
            }
            None => sleep(Duration::from_millis(50)),
        }
    };
    let said = fs::read_to_string(&log).unwrap_or_default();
    let said = said.lines().last().unwrap_or("it said nothing");
    Ok(match fs::read(&file).map(|json| Record::from_json(&json)) {
        Ok(Ok(record)) => record.lanes.iter().map(|it| read(job, exit, it)).collect(),
        _ => failed(job, exit, said),
    })
}

/// The lanes of a job that gave nothing to read.
pub fn failed(job: &Job, exit: i32, reason: &str) -> Vec<Measured> {
    let lane = |subscribers: &u32| Measured {
        exit,
        failure: Some(reason.to_owned()),
        ..Measured::of(job, *subscribers)
    };
    job.subscribers.iter().map(lane).collect()
}

/// What is asked of it.
fn arguments(job: &Job, server: &Running) -> Vec<String> {
    let list = |numbers: &[u32]| {
        let words: Vec<String> = numbers.iter().map(u32::to_string).collect();
        words.join(",")
    };
    let mut arguments: Vec<String> = ["load", "--quiet", "--arrivals", "even", "--size", "128"]
        .map(str::to_owned)
        .into();
    for (flag, value) in [
        ("--transport", job.transport.slug().to_owned()),
        ("--subscribers", list(&job.subscribers)),
        ("--rate", job.rate.to_string()),
        ("--duration", job.seconds.to_string()),
        ("--idle", job.idle.to_string()),
        ("--seed", (job.repeat + 1).to_string()),
        ("--server-pid", list(&server.pids)),
    ] {
        arguments.extend([flag.to_owned(), value]);
    }
    arguments.extend(job.contender.flags(job.transport, server.port));
    arguments
}

fn read(job: &Job, exit: i32, lane: &LaneRecord) -> Measured {
    let latencies = Latencies::from_blocks(&lane.client.histogram);
    let us = |latency: Latency| match latency {
        Latency::Micros(us) => us,
        Latency::Infinite => i64::MAX,
    };
    let percentile = |p| latencies.percentile(p).map(|it| us(it.value));
    let measured = Measured {
        exit,
        ..Measured::of(job, lane.subscribers())
    };
    let Some(load) = &lane.load else {
        return Measured {
            failure: Some("the generator told nothing of itself".to_owned()),
            ..measured
        };
    };
    let client = &lane.client;
    Measured {
        numbers: Some(Numbers {
            events: load.published,
            delivered: client.delivered,
            lost: client.lost,
            duplicated: client.duplicated,
            reordered: client.reordered,
            requests: client.requests,
            wasted: client.wasted,
            reconnects: client.reconnects,
            p50_us: percentile(50.0),
            p99_us: percentile(99.0),
            max_us: latencies.max().map(us),
            load: load.clone(),
        }),
        ..measured
    }
}
