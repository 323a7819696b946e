//! `make bench`: what each transport costs a server, and what others cost who do the same.
//!
//! Every number comes from `pushpull load`, run as a program of its own on cores of its own. Each
//! lane has a server that was started for it, and the servers take turns, so that whatever else the
//! machine does meets them all alike. What was measured is kept as JSON; the page and its pictures
//! are drawn from that, so they can be drawn anew without measuring (`BENCH_ONLY=page`).
//!
//! | file | what it answers |
//! |---|---|
//! | [`options`] | How much is measured? From the environment |
//! | [`plan`] | Which lanes, in which order? |
//! | [`contender`] | Who is measured, and how are they started? |
//! | [`generator`] | How is the load generator asked, and what did it say? |
//! | [`cores`] | Who runs where? |
//! | [`conduct`] | One lane after the other |
//! | [`quiet`] | Did anybody else use the machine? |
//! | [`results`] | What is kept? |
//! | [`machine`] | On what machine, with which versions? |
//! | [`spread`] | Repeats put together: median, range, ratio |
//! | [`sign`] | What has to be said of a lane, and which verdicts does it bar? |
//! | [`select`] | The lanes of a kind, put together |
//! | [`page`] | The page's tables |
//! | [`picture`] | The page's pictures |
#![allow(
    clippy::print_stderr,
    unreachable_pub,
    reason = "a program for developers, which tells what it does"
)]

mod conduct;
mod contender;
mod cores;
mod generator;
mod machine;
mod options;
mod page;
mod picture;
mod plan;
mod quiet;
mod results;
mod select;
mod sign;
mod spread;

use std::{fs, path::Path, process::ExitCode};

use self::{
    options::Options,
    results::{Part, Results},
};

/// What ended the bench. A lane that fails does not: it is told in the table.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Something in the environment that is no option's value.
    #[error("{0}")]
    Option(String),
    /// A program that is to be measured, or to measure, is not there.
    #[error("{0} is missing; `make bench` builds it")]
    Missing(String),
    /// The machine refused something.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: String,
        /// What the machine said.
        error: std::io::Error,
    },
    /// A server or the generator did not do what it was asked.
    #[error("{0}")]
    Program(String),
    /// A file that does not say what a bench has written.
    #[error("{path} was written by another bench ({reason}); measure that part again")]
    Results {
        /// Which file.
        path: String,
        /// What is the matter with it.
        reason: String,
    },
}

impl Failure {
    fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |error| Self::Io { what, error }
    }
}

fn main() -> ExitCode {
    match bench() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn bench() -> Result<(), Failure> {
    let options = Options::from_environment(|name| std::env::var(name).ok())?;
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = home.join(&options.folder);
    let files = folder.join("benchmarks");
    fs::create_dir_all(&files).map_err(Failure::io(files.display().to_string()))?;
    for part in &options.parts {
        let results = conduct::part(*part, &options)?;
        write(&files.join(part.file()), &results.to_json())?;
    }
    let mut all = Vec::new();
    for part in Part::ALL {
        let path = files.join(part.file());
        if let Ok(json) = fs::read(&path) {
            all.push(
                Results::from_json(&json).map_err(|reason| Failure::Results {
                    path: path.display().to_string(),
                    reason,
                })?,
            );
        }
    }
    for (name, svg) in picture::all(&all) {
        write(&files.join(name), svg.as_bytes())?;
    }
    let page = folder.join("benchmarks.md");
    write(&page, page::page(&all).as_bytes())?;
    eprintln!("bench: {}", page.display());
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(Failure::io(path.display().to_string()))
}
