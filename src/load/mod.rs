//! `pushpull load`: many subscribers at once, more than a browser can be.
//!
//! A run is a row of lanes, one for each transport and number of subscribers, measured one after
//! the other: open all subscribers, publish a workload on its schedule, wait until everything has
//! come, tell. Events go out by a thread of its own, open loop; latency counts from the schedule.
//!
//! | file | what it answers |
//! |---|---|
//! | [`arguments`] | What can be asked for? |
//! | `target`, `adapter`, `side` | Whom does one ask, and in which dialect? |
//! | `schedule` | When is each event due, and how does one know it again? |
//! | `publisher` | Who publishes, and how late? |
//! | `worker` | How does one thread listen for thousands? `phase` is what it is told, `sources` are the addresses that it calls from |
//! | `subscriber` | What does each of them know? `asking`, `event_stream`, `socket` are how it talks |
//! | `answer` | What does a server answer in HTTP/1.1? |
//! | `tally` | What has come? |
//! | `server_cost`, `saturation` | What does it cost the server? Is the generator itself the limit? |
//! | `lane` | How is one lane measured? |
//! | `report`, `json`, `progress` | What is said of it, to people and to `/runs`? |
//! | `reporter` | What is told to a pushpull's page `/swarm` meanwhile? |
//!
//! Nothing in `worker` and below waits or locks: bytes are read, understood where they lie, and
//! counted. What the generator costs itself bounds what it can measure, so it tells that as well.

mod adapter;
mod answer;
pub mod arguments;
mod asking;
mod event_stream;
mod json;
mod lane;
mod open_files;
mod phase;
mod progress;
mod publisher;
mod report;
mod reporter;
mod saturation;
mod schedule;
mod server_cost;
mod side;
mod socket;
mod sources;
mod subscriber;
mod tally;
mod target;
mod worker;

use std::{process::ExitCode, time::Instant};

pub use arguments::LoadOptions;

use self::{
    lane::{Bench, Outcome},
    progress::Progress,
    reporter::Reporter,
    sources::Sources,
    target::Target,
};
use crate::hub::Clock;

/// Exit codes: they stand in `--help`.
const LOST: u8 = 1;
const USAGE: u8 = 2;
const SATURATED: u8 = 3;

/// Why there is nothing to tell.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Target(#[from] target::TargetError),
    #[error("{0}")]
    Files(#[from] open_files::TooFewFiles),
    #[error("{0}")]
    Random(#[from] crate::hub::HubError),
    #[error("the machine gave no thread or no poll: {0}")]
    Machine(#[from] std::io::Error),
    #[error("a thread of the generator panicked; this is a defect of pushpull")]
    Panicked,
    #[error(
        "process {pid} cannot be read under /proc: {reason}; --server-pid wants a running process of this user"
    )]
    Server { pid: u32, reason: String },
    #[error(
        "only {open} of {wanted} subscribers over {transport} could be opened: {reason}. \
         Is the address right, and does the server allow so many connections?"
    )]
    NotOpened {
        open: usize,
        wanted: usize,
        transport: &'static str,
        reason: String,
    },
    #[error("the server does not make a topic: {0}")]
    Topic(String),
    #[error("the run cannot be written to {path}: {reason}")]
    Json { path: String, reason: String },
}

impl LoadError {
    fn code(&self) -> ExitCode {
        match self {
            Self::Usage(_) | Self::Target(_) => ExitCode::from(USAGE),
            _ => ExitCode::from(LOST),
        }
    }
}

/// Measures what was asked for and tells it. The exit code says how it went.
pub fn run(options: &LoadOptions) -> ExitCode {
    match measure(options) {
        Ok(outcomes) => {
            if outcomes.iter().any(|it| it.saturation.is_some()) {
                ExitCode::from(SATURATED)
            } else if outcomes.iter().any(Outcome::has_losses) {
                ExitCode::from(LOST)
            } else {
                ExitCode::SUCCESS
            }
        }
        Err(error) => {
            tell(&error);
            error.code()
        }
    }
}

fn measure(options: &LoadOptions) -> Result<Vec<Outcome>, LoadError> {
    let plan = options.plan()?;
    open_files::allow(plan.most_subscribers())?;
    let clock = Clock::start();
    let target = Target::find(&plan)?;
    let line = progress::line(options.quiet);
    let reporter = Reporter::start(&plan, &line)?;
    let bench = Bench {
        target,
        plan: &plan,
        sources: Sources::default(),
        // All lanes' blocks are counted from here.
        begun: clock.whole_us(Instant::now()),
        progress: Progress::new(line, reporter.as_ref()),
    };
    let (mut outcomes, mut failure) = (Vec::new(), None);
    for lane in plan.lanes() {
        match bench.measure(lane) {
            Ok(outcome) => {
                if let Some(reporter) = &reporter {
                    reporter.measured(lane, json::lane(&plan, &outcome));
                }
                outcomes.push(outcome);
            }
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    let begun = bench.begun;
    drop(bench);
    let record = json::record(&plan, &outcomes, clock.at_us(begun), clock.now_us());
    if let Some(error) = failure {
        if let Some(reporter) = &reporter {
            reporter.failed(&error.to_string());
            if !outcomes.is_empty() {
                reporter.keep(record);
            }
        }
        return Err(error);
    }
    report::tell(&plan, &outcomes);
    if let Some(reporter) = &reporter {
        reporter.keep(record.clone());
    }
    if let Some(path) = &options.json {
        std::fs::write(path, record.to_json()).map_err(|error| LoadError::Json {
            path: path.display().to_string(),
            reason: error.to_string(),
        })?;
    }
    Ok(outcomes)
}

#[expect(clippy::print_stderr, reason = "the reason belongs to stderr")]
fn tell(error: &LoadError) {
    eprintln!("pushpull load: {error}");
}
