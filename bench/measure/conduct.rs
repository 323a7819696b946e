//! One lane after the other: start a server, measure it, end it.

use std::time::{Instant, SystemTime};

use crate::{
    Failure,
    contender::{Contender, Programs},
    cores::Cores,
    generator,
    machine::{Machine, Versions},
    options::Options,
    plan,
    quiet::Quiet,
    results::{Measured, Part, Results},
};

/// As many open files as the largest crowd wants, at either end.
const FILES: u64 = 16_100;

/// Measures a part.
pub fn part(part: Part, options: &Options) -> Result<Results, Failure> {
    let (programs, cores) = (Programs::find()?, Cores::allowed());
    let missing = Contender::Nchan.missing();
    if let Some(missing) = &missing {
        eprintln!("bench: without Nchan: {missing}");
    }
    if !cores.are_enough() {
        eprintln!("bench: {}", cores.told());
    }
    allow_files();
    let jobs = plan::jobs(part, options, missing.is_none());
    let whole: f64 = jobs.iter().map(plan::Job::takes).sum();
    let (begun, began) = (SystemTime::now(), Instant::now());
    let machine = Machine::here(&cores);
    let versions = Versions::here();
    let mut lanes: Vec<Measured> = Vec::new();
    let mut done = 0.0;
    for (place, job) in jobs.iter().enumerate() {
        let before = Quiet::now();
        let mut measured = match job.contender.start(&programs, &cores) {
            Ok(server) => generator::measure(job, &server, &programs, &cores)?,
            Err(failure) => generator::failed(job, -1, &failure.to_string()),
        };
        // The server has ended, so its time is known as well.
        let others = before.zip(Quiet::now());
        let others = others.and_then(|(before, now)| before.others_until(now));
        for lane in &mut measured {
            lane.others = others;
        }
        done += job.takes();
        let told: Vec<String> = measured.iter().map(Measured::told).collect();
        eprintln!(
            "{} {}/{}: {job}: {} ({:.0} min left)",
            part.slug(),
            place + 1,
            jobs.len(),
            told.join("; "),
            (whole - done) / 60.0
        );
        lanes.extend(measured);
    }
    Ok(Results {
        schema: Results::SCHEMA.to_owned(),
        part,
        begun: httpdate::fmt_http_date(begun),
        took_s: began.elapsed().as_secs(),
        repeats: options.repeats,
        seconds: options.seconds,
        without: missing.into_iter().collect(),
        machine,
        versions,
        lanes,
    })
}

/// Every subscriber is an open file, and what is started here inherits the limit.
fn allow_files() {
    let allowed = rlimit::increase_nofile_limit(FILES).unwrap_or_default();
    if allowed < FILES {
        eprintln!(
            "bench: the largest crowds want {FILES} open files, and {allowed} are allowed: \
             `ulimit -n {FILES}` as root"
        );
    }
}
