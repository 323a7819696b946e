//! Sends what is reported. Whatever goes wrong is said on stderr, once, and disturbs nothing.

use std::time::Duration;

use indicatif::ProgressBar;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde::{Deserialize, Serialize};

use super::{Announcement, LoadError, Order, Orders};
use crate::{
    http_client::{client, is_same_server},
    load::LoadOptions,
    swarm::report::{KEY_HEADER, Welcome},
};

/// How long the server may take for a word, and for a run.
const PATIENCE: Duration = Duration::from_secs(5);
const LONG: Duration = Duration::from_secs(60);
/// How long whoever has ended the generator waits for the server to hear of it.
const FAREWELL: Duration = Duration::from_secs(1);
/// How often a run is handed in that cannot be taken right now, and the pause before the next time.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);

/// Why something could not be told.
#[derive(Debug, thiserror::Error)]
enum Unheard {
    #[error("{0}")]
    Refused(Refusal),
    /// Told as the first cause that has a name: the address is known.
    #[error("{}", cause(.0))]
    Unreachable(#[from] reqwest::Error),
}

/// How the server refuses.
#[derive(Debug, thiserror::Error)]
#[error("{status}: {message}")]
struct Refusal {
    status: StatusCode,
    code: String,
    message: String,
}

/// Whoever brings the reports.
pub(super) struct Postman {
    client: Client,
    url: String,
    token: Option<String>,
    announcement: Announcement,
    line: ProgressBar,
    is_quiet: bool,
    /// How the server knows the run; `None` while it does not.
    welcome: Option<Welcome>,
    /// The server has not heard the last word: progress waits until something succeeds.
    is_unheard: bool,
    has_complained: bool,
}

impl Postman {
    /// `None` where no report was asked for.
    pub(super) fn new(
        options: &LoadOptions,
        announcement: Announcement,
        line: ProgressBar,
    ) -> Result<Option<Self>, LoadError> {
        let Some(url) = options.report.clone() else {
            return Ok(None);
        };
        let client = client(options.report_fingerprint, PATIENCE);
        let client = client.map_err(|error| LoadError::Usage(error.to_string()))?;
        // The measured server's token is nobody else's business.
        let own = options.token.clone();
        let own = own.filter(|_| is_same_server(&options.url, &url));
        Ok(Some(Self {
            client,
            token: options.report_token.clone().or(own),
            url,
            announcement,
            line,
            is_quiet: options.quiet,
            welcome: None,
            is_unheard: false,
            has_complained: false,
        }))
    }

    /// Sends until all has been said.
    pub(super) async fn work(&mut self, orders: &mut Orders) {
        let announced = self.announce().await;
        if announced.is_ok() && !self.is_quiet {
            self.say(&format!("reports to {}/swarm", self.url));
        }
        self.note(announced.err());
        let mut after = None;
        while let Some(order) = orders.next(&mut after).await {
            match order {
                Order::Settle(done) => {
                    // Whoever waited may have gone on.
                    let _ = done.send(());
                }
                Order::Progress(_) if self.is_unheard => {}
                Order::Progress(told) => {
                    let sent = self.put("progress", &told, PATIENCE).await;
                    self.note(sent.err());
                }
                Order::Lane(number, lane) => {
                    let part = format!("lanes/{number}");
                    // Nobody waits long for a server that is silent: the run holds every lane.
                    let patience = if self.is_unheard { PATIENCE } else { LONG };
                    let sent = self.put(&part, &lane, patience).await;
                    self.note(sent.err());
                }
                Order::Failure(why) => {
                    let sent = self.put("failure", &why, PATIENCE).await;
                    self.note(sent.err());
                }
                Order::Run(run) => self.keep(&run).await,
            }
        }
    }

    /// Says that the generator has been ended, if the server knows the run at all. Nothing is made
    /// of a server that does not hear it: it notices the silence.
    pub(super) async fn farewell(&mut self) {
        if self.welcome.is_some() {
            let _ = self.put("interruption", &(), FAREWELL).await;
        }
    }

    /// Hands in the run.
    async fn keep(&mut self, run: &impl Serialize) {
        #[derive(Deserialize)]
        struct Place {
            id: String,
        }
        let mut tries = 1;
        loop {
            let failed = match self.put("run", run, LONG).await {
                Ok(body) => {
                    if let Ok(Place { id }) = serde_json::from_slice(&body)
                        && !self.is_quiet
                    {
                        self.say(&format!("kept as {}/runs/{id}", self.url));
                    }
                    return;
                }
                Err(failed) => failed,
            };
            let passes = match &failed {
                // In conflict with itself: what was cut off is being kept all the same.
                Unheard::Refused(Refusal { status, .. }) => {
                    [StatusCode::SERVICE_UNAVAILABLE, StatusCode::CONFLICT].contains(status)
                        || self.welcome.is_none()
                }
                // Cut off: asked again, the server tells where it is, or takes it.
                Unheard::Unreachable(error) => !error.is_connect() && !error.is_timeout(),
            };
            if !passes || tries >= TRIES {
                let url = &self.url;
                self.say(&format!(
                    "the run could not be handed in at {url}: {failed}. The file that --json \
                     writes can be imported under {url}/runs"
                ));
                return;
            }
            tries += 1;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Introduces the run.
    async fn announce(&mut self) -> Result<(), Unheard> {
        let request = self.request(Method::POST, "", PATIENCE);
        let body = send(request, &self.announcement).await?;
        let welcome = serde_json::from_slice(&body).map_err(|_| {
            Unheard::Refused(Refusal {
                status: StatusCode::OK,
                code: String::new(),
                message: "what answers there is no pushpull that takes reports".to_owned(),
            })
        })?;
        self.welcome = Some(welcome);
        Ok(())
    }

    /// Says something of the run, which is introduced first where the server does not know it: it
    /// may have been out of reach, or begun anew.
    async fn put(
        &mut self,
        part: &str,
        what: &impl Serialize,
        patience: Duration,
    ) -> Result<Vec<u8>, Unheard> {
        if self.welcome.is_none() {
            self.announce().await?;
        }
        let Welcome { swarm, key } = self.welcome.clone().unwrap_or_else(|| Welcome {
            swarm: String::new(),
            key: String::new(),
        });
        let request = self
            .request(Method::PUT, &format!("/{swarm}/{part}"), patience)
            .header(KEY_HEADER, key);
        let sent = send(request, what).await;
        if let Err(Unheard::Refused(refusal)) = &sent
            && refusal.code == "unknown_swarm"
        {
            self.welcome = None;
        }
        sent
    }

    fn request(&self, method: Method, path: &str, patience: Duration) -> RequestBuilder {
        let url = format!("{}/api/swarm{path}", self.url);
        let request = self.client.request(method, url).timeout(patience);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Notes how it went; the first trouble is told.
    fn note(&mut self, failed: Option<Unheard>) {
        self.is_unheard = failed.is_some();
        if let Some(failed) = failed
            && !self.has_complained
        {
            self.has_complained = true;
            self.say(&format!(
                "{} does not take the report: {failed}. Measuring goes on; each further lane and \
                 the whole run are tried again",
                self.url
            ));
        }
    }

    #[expect(clippy::print_stderr, reason = "what happens to reports belongs there")]
    fn say(&self, text: &str) {
        self.line.suspend(|| eprintln!("pushpull load: {text}"));
    }
}

/// Sends a request and gives the answer's body.
async fn send(request: RequestBuilder, what: &impl Serialize) -> Result<Vec<u8>, Unheard> {
    #[derive(Deserialize)]
    struct Told {
        error: Words,
    }
    #[derive(Deserialize)]
    struct Words {
        code: String,
        message: String,
    }
    let answer = request.json(what).send().await?;
    let status = answer.status();
    let body = answer.bytes().await?;
    if status.is_success() {
        return Ok(body.into());
    }
    let told: Option<Told> = serde_json::from_slice(&body).ok();
    let (code, message) = told.map_or_else(
        || (String::new(), "no pushpull that takes reports".to_owned()),
        |Told { error }| (error.code, error.message),
    );
    Err(Unheard::Refused(Refusal {
        status,
        code,
        message,
    }))
}

/// What lies at the bottom of a failed request.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
