//! The command line: parses, calls the library, tells what went wrong.

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use pushpull::{
    load::{self, LoadOptions},
    publish::{self, PublishOptions},
    server::{Application, ServeOptions, StartError, site},
};
use tracing_subscriber::EnvFilter;

/// Connections come and go with many small pieces of memory; see
/// `docs/decisions/0014-allocator.md` for what it saves.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Shows and measures how events travel from a server to a browser: polling, long polling,
/// Server-Sent Events and WebSocket, side by side.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Start here: pushpull serve, then open http://127.0.0.1:3000"
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the lab and the event log
    #[command(after_help = "Logs go to stderr; RUST_LOG=pushpull=debug shows every request.")]
    Serve(Box<ServeOptions>),
    /// Publish standard input, each line an event
    #[command(
        after_help = "Example: tail -f app.log | pushpull publish --topic log\n\n\
        Exit code: 0 every line was published, 1 some were lost, 2 wrong usage."
    )]
    Publish(PublishOptions),
    /// Subscribe by thousands, publish on a schedule, and tell what arrived, when, and at what cost
    #[command(after_help = LOAD_HELP)]
    Load(Box<LoadOptions>),
}

/// What `pushpull load --help` ends with.
const LOAD_HELP: &str = "\
Examples:
  pushpull load --transport sse,websocket --subscribers 100,1000 --rate 20 --duration 30
  pushpull load --server-pid $(pgrep -f 'pushpull serve') --subscribers 250,500,1000,2000
  pushpull load --adapter nchan --subscribe-url 'http://127.0.0.1:8080/sub/{topic}' \\
      --publish-url 'http://127.0.0.1:8080/pub/{topic}' --transport long-polling,sse,websocket

How it measures: events go out when they are due, whether or not the server keeps up, and latency
counts from the schedule, so that no delay hides another one. Lanes follow each other;
each subscriber checks by number that every event came, once and in order. A percentile is shown
only with 10 deliveries beyond it out of 5 blocks of a second (or of two poll intervals).

What the columns mean:
  p50 [a–b]    median latency and the 95 % interval of it, by the number of events: what reaches many
               subscribers at one moment says no more than one delivery
  B/delivery   TCP payload read and written by all subscribers, from the first event on
  server µs    CPU time of --server-pid for each delivery;  own µs: that of this generator
  own delay    how long what had arrived waited to be read, at most (p99): not the server's doing
  late         how late events went out (p99), part of every latency

Put the server on other cores than the generator (taskset), or on another machine. A generator that
was itself the limit says so and gives no verdict.

Exit code: 0 every event came once and in order, 1 some did not or the lane failed, 2 wrong usage,
3 the generator was saturated.";

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")),
        )
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    match CommandLine::parse().command {
        Command::Serve(options) => serve(&options),
        Command::Publish(options) => publish::run(&options),
        Command::Load(options) => load::run(&options),
    }
}

fn serve(options: &ServeOptions) -> ExitCode {
    // Every subscriber is an open file.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(workers) = options.workers {
        builder.worker_threads(workers.into());
    }
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    let leptos = match site::options(options.site.as_deref()) {
        Ok(leptos) => leptos,
        Err(error) => return fail(&error),
    };
    let outcome: Result<(), StartError> = runtime.block_on(async {
        // Heard before anybody is told that there is a server to end.
        let interrupted = interrupted().map_err(StartError::Signals)?;
        let application = Application::build(options, &leptos).await?;
        announce(&application);
        application.run(interrupted).await;
        Ok(())
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Says where the server can be found: on stdout, so that a script can wait for it. By what its
/// certificate is known, so that a visitor can compare before trusting it. And where it is farther
/// away.
fn announce(application: &Application) {
    let mut told = format!("pushpull listens on {}\n", application.origin());
    if let Some(known) = application.fingerprints() {
        told += &format!("certificate SHA-256 {}\n", known.certificate);
        told += &format!("public key SHA-256 {}\n", known.public_key.base64());
    }
    for (ms, origin) in application.afar() {
        told += &format!("from {ms} ms away {origin}\n");
    }
    // Nobody may be listening: the server serves all the same.
    let _ = std::io::stdout().write_all(told.as_bytes());
}

#[expect(
    clippy::print_stderr,
    reason = "the reason must show whatever the log's level is"
)]
fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("pushpull: {error}");
    ExitCode::FAILURE
}

/// Hears Ctrl-C, and the signal with which service managers end a program, from the call on.
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("shutting down");
    })
}
