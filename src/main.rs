//! The command line: parses, calls the library, tells what went wrong.

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use pushpull::{
    publish::{self, PublishOptions},
    server::{Application, ServeOptions, StartError, site},
};
use tracing_subscriber::EnvFilter;

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
}

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
