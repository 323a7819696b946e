//! `pushpull publish`: each line of standard input becomes an event.

use std::{
    error::Error as _,
    io::{self, BufRead},
    process::ExitCode,
    time::Duration,
};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::{Client, StatusCode, header};
use tokio::sync::mpsc;

use crate::{
    event::TopicName,
    http_client::{client, parse_url},
    server::tls::Fingerprint,
};

/// How long the first retry waits; each further one twice as long.
const FIRST_RETRY: Duration = Duration::from_millis(250);
/// The longest wait between two retries.
const LONGEST_RETRY: Duration = Duration::from_secs(10);
/// How long the server may take for one try.
const TRY: Duration = Duration::from_secs(30);
/// Lines that are read ahead of what the server has taken.
const AHEAD: usize = 64;

/// The options of `pushpull publish`.
#[derive(Debug, Clone, Args)]
pub struct PublishOptions {
    /// The server
    #[arg(long, env = "PUSHPULL_URL", default_value = "http://127.0.0.1:3000", value_parser = parse_url)]
    pub url: String,

    /// Trust the https server whose certificate has this SHA-256, and no other: `serve --tls` prints
    /// it at its start. Without it, the system's certificate authorities are asked
    #[arg(long, env = "PUSHPULL_FINGERPRINT", value_name = "SHA-256")]
    pub fingerprint: Option<Fingerprint>,

    /// The topic to publish to; made when it is not there
    #[arg(long, env = "PUSHPULL_TOPIC")]
    pub topic: TopicName,

    /// The server's token, where it wants one
    #[arg(long, env = "PUSHPULL_TOKEN", hide_env_values = true)]
    pub token: Option<String>,

    /// How often a line is tried again before it is given up. A line whose answer was lost on the
    /// way may be published twice
    #[arg(long, env = "PUSHPULL_RETRIES", default_value_t = 8)]
    pub retries: u32,

    /// Show no progress
    #[arg(long, short, env = "PUSHPULL_QUIET")]
    pub quiet: bool,
}

/// Why a line did not become an event.
#[derive(Debug, thiserror::Error)]
enum LineError {
    /// The server said no, and would again; or it is another server.
    #[error("the server does not take it ({status}): {message}")]
    Refused { status: StatusCode, message: String },
    /// The server is not the one that is trusted, however often it is asked.
    #[error(
        "the certificate of {url} is not trusted ({reason}); `pushpull serve --tls` prints its \
         fingerprint at its start: give that with --fingerprint"
    )]
    Untrusted { url: String, reason: rustls::Error },
    /// The server could not be asked, however often.
    #[error("the server cannot be reached at {url} after {tries} tries: {reason}")]
    Unreachable {
        url: String,
        tries: u32,
        reason: String,
    },
}

/// Publishes standard input to its end. Exit code 1 says that lines were lost.
#[expect(clippy::print_stderr, reason = "progress and losses belong to stderr")]
pub fn run(options: &PublishOptions) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let client = client(options.fingerprint, TRY);
    let published = match (runtime, client) {
        (Ok(runtime), Ok(client)) => runtime.block_on(publish(options, &client)),
        (Err(error), _) => return fail(&error),
        (_, Err(error)) => return fail(&error),
    };
    let tally = match published {
        Ok(tally) => tally,
        Err(error) => return fail(&error),
    };
    eprintln!("published {}, lost {}", tally.published, tally.lost);
    if tally.lost == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

#[expect(clippy::print_stderr, reason = "the reason belongs to stderr")]
fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("pushpull publish: {error}");
    ExitCode::FAILURE
}

/// What became of the lines.
#[derive(Debug, Default)]
struct Tally {
    published: u64,
    lost: u64,
}

/// Publishes line by line. What would befall each of them alike ends it.
async fn publish(options: &PublishOptions, client: &Client) -> Result<Tally, LineError> {
    let progress = if options.quiet {
        ProgressBar::hidden()
    } else {
        ProgressBar::new_spinner()
    };
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} published, {per_sec} {msg}") {
        progress.set_style(style);
    }
    let mut lines = read_lines();
    let mut tally = Tally::default();
    while let Some(line) = lines.recv().await {
        let outcome = match line {
            Ok(line) => match post(client, options, &progress, line).await {
                Err(error @ LineError::Untrusted { .. }) => {
                    progress.finish_and_clear();
                    return Err(error);
                }
                posted => posted.map_err(|error| error.to_string()),
            },
            Err(error) => Err(error.to_string()),
        };
        match outcome {
            Ok(()) => {
                tally.published += 1;
                progress.inc(1);
            }
            Err(reason) => {
                tally.lost += 1;
                progress.suspend(|| {
                    tracing::error!(
                        line = tally.published + tally.lost,
                        reason,
                        "a line is lost"
                    );
                });
            }
        }
    }
    progress.finish_and_clear();
    Ok(tally)
}

/// Reads in a thread of its own: a terminal or a pipe may keep a read waiting for ever.
fn read_lines() -> mpsc::Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    std::thread::spawn(move || {
        for line in io::stdin().lock().split(b'\n') {
            let line = line.map(|mut line| {
                line.pop_if(|last| *last == b'\r');
                line
            });
            let broken = line.is_err();
            if sender.blocking_send(line).is_err() || broken {
                return;
            }
        }
    });
    receiver
}

/// Publishes one line, again and again where that may help.
async fn post(
    client: &Client,
    options: &PublishOptions,
    progress: &ProgressBar,
    line: Vec<u8>,
) -> Result<(), LineError> {
    let url = format!("{}/api/topics/{}/events", options.url, options.topic);
    // Cheap to send again: a clone is a reference.
    let line = bytes::Bytes::from(line);
    let mut wait = FIRST_RETRY;
    let mut tries = 0;
    let mut jitter = fastrand::Rng::with_seed(crate::hub::random().unwrap_or_default());
    loop {
        tries += 1;
        let mut request = client.post(&url).body(line.clone());
        if let Some(token) = &options.token {
            request = request.bearer_auth(token);
        }
        let (reason, asked_to_wait) = match request.send().await {
            Ok(response) if response.status() == StatusCode::CREATED => return Ok(()),
            Ok(response) if is_passing(response.status()) => {
                let after = response.headers().get(header::RETRY_AFTER);
                let after = after.and_then(|value| value.to_str().ok()?.parse().ok());
                (
                    response.status().to_string(),
                    after.map(Duration::from_secs),
                )
            }
            Ok(response) => {
                let status = response.status();
                let message = response.text().await.unwrap_or_default();
                return Err(LineError::Refused { status, message });
            }
            Err(error) => {
                if let Some(reason) = distrust(&error) {
                    let url = options.url.clone();
                    return Err(LineError::Untrusted { url, reason });
                }
                (error.to_string(), None)
            }
        };
        if tries > options.retries {
            return Err(LineError::Unreachable { url, tries, reason });
        }
        // Jitter: many publishers must not come back in the same moment.
        let pause = match asked_to_wait {
            // The server's word is the least.
            Some(asked) => asked.min(LONGEST_RETRY).mul_f64(1.0 + jitter.f64()),
            None => wait.mul_f64(0.5 + jitter.f64()),
        };
        progress.set_message(format!(
            "retrying in {:.1} s: {reason}",
            pause.as_secs_f64()
        ));
        tokio::time::sleep(pause).await;
        progress.set_message("");
        wait = (wait * 2).min(LONGEST_RETRY);
    }
}

/// What is wrong with the server's certificate, if that is why it could not be asked.
fn distrust(error: &reqwest::Error) -> Option<rustls::Error> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = error.source();
    while let Some(error) = cause {
        if let Some(reason @ rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return Some(reason.clone());
        }
        // An input error tells what its reason was caused by, not the reason.
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        cause = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

/// Whether the same request may succeed later.
fn is_passing(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
        )
}
