//! What can be asked for. Flags and environment variables mirror each other.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{LoadError, adapter::Adapter};
use crate::{
    http_client::parse_url,
    lab::workload::{Arrivals, Workload},
    runs::record::{MAX_NAME, is_line},
    server::tls::Fingerprint,
    stats::block_us,
    transport::Transport,
};

/// The shortest payload: an event carries its lane's tag and its number.
const SHORTEST: u32 = 24;
/// As many lanes of one transport as a run's file tells apart.
const MOST_STEPS: usize = 16;
/// The most subscribers of a lane.
const MOST_SUBSCRIBERS: u32 = 1_000_000;

/// The transports by their names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Way {
    /// Ask at an interval
    Polling,
    /// Ask; the server holds the request until there is something to tell
    LongPolling,
    /// One answer that never ends: `text/event-stream`
    Sse,
    /// One socket, upgraded from HTTP
    Websocket,
}

impl Way {
    fn transport(self) -> Transport {
        match self {
            Self::Polling => Transport::Polling,
            Self::LongPolling => Transport::LongPolling,
            Self::Sse => Transport::Sse,
            Self::Websocket => Transport::WebSocket,
        }
    }
}

/// How events are spread over time, by their names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Spread {
    /// Independently of each other, as in life
    Poisson,
    /// At a fixed interval
    Even,
}

/// The options of `pushpull load`.
#[derive(Debug, Clone, Args)]
pub struct LoadOptions {
    /// The pushpull to measure. Each lane gets a fresh topic
    #[arg(long, env = "PUSHPULL_URL", default_value = "http://127.0.0.1:3000")]
    pub url: String,

    /// The dialect: pushpull's own; server-fn, its server functions; nchan, whose polls carry their place in Last-Modified and
    /// Etag; plain for any SSE or WebSocket endpoint that relays what is published
    #[arg(long, env = "PUSHPULL_ADAPTER", value_enum, default_value = "pushpull")]
    pub adapter: Adapter,

    /// Where others are subscribed to; {topic} becomes a fresh name for each lane and {transport}
    /// the lane's: `http://127.0.0.1:8080/sub/{topic}`
    #[arg(long, env = "PUSHPULL_SUBSCRIBE_URL", value_name = "URL")]
    pub subscribe_url: Option<String>,

    /// Where others take what is published, by POST; {topic} and {transport} as above
    #[arg(long, env = "PUSHPULL_PUBLISH_URL", value_name = "URL")]
    pub publish_url: Option<String>,

    /// The transports, each a lane of its own
    #[arg(
        long,
        env = "PUSHPULL_TRANSPORT",
        value_enum,
        value_delimiter = ',',
        default_value = "polling,long-polling,sse,websocket"
    )]
    pub transport: Vec<Way>,

    /// How many subscribers; several numbers are measured one after the other. Four or more of them
    /// with --server-pid give the memory that one more connection costs
    #[arg(
        long,
        env = "PUSHPULL_SUBSCRIBERS",
        value_delimiter = ',',
        default_value = "100"
    )]
    pub subscribers: Vec<u32>,

    /// Events per second, 0.1 to 500; every subscriber gets each
    #[arg(long, env = "PUSHPULL_RATE", default_value_t = 5.0)]
    pub rate: f64,

    /// How events are spread over time
    #[arg(long, env = "PUSHPULL_ARRIVALS", value_enum, default_value = "poisson")]
    pub arrivals: Spread,

    /// Bytes of an event, 24 to 16384
    #[arg(long, env = "PUSHPULL_SIZE", default_value_t = 128)]
    pub size: u32,

    /// Seconds of publishing in each lane, 1 to 3600. Percentiles want five blocks, a median that
    /// can be compared 20; a block is 1 s, with polling twice the poll interval where that is more
    #[arg(long, env = "PUSHPULL_DURATION", default_value_t = 10)]
    pub duration: u32,

    /// From which everything random is drawn: the same seed, the same schedule
    #[arg(long, env = "PUSHPULL_SEED", default_value_t = 1)]
    pub seed: u64,

    /// From the start of one poll to the start of the next, ms, 50 to 60000
    #[arg(long, env = "PUSHPULL_POLL_INTERVAL", default_value_t = 1_000)]
    pub poll_interval: u32,

    /// For how long the server may hold a long poll, s, 1 to 60
    #[arg(long, env = "PUSHPULL_WAIT", default_value_t = 25)]
    pub wait: u32,

    /// Seconds in which all subscribers are open and nothing is published: what silence costs
    #[arg(long, env = "PUSHPULL_IDLE", default_value_t = 0)]
    pub idle: u32,

    /// The server's process on this machine, or several: its CPU time, its memory (PSS), and what
    /// the kernel holds for sockets are told
    #[arg(
        long,
        env = "PUSHPULL_SERVER_PID",
        value_name = "PID",
        value_delimiter = ','
    )]
    pub server_pid: Vec<u32>,

    /// Threads that subscribe; default is half of the cores. A further one publishes
    #[arg(long, env = "PUSHPULL_THREADS", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,

    /// Let a pushpull count bytes and CPU time for each lane, under names that begin so; the
    /// counting itself costs the server something
    #[arg(long, env = "PUSHPULL_LANE", value_name = "NAME", value_parser = parse_lane)]
    pub lane: Option<String>,

    /// Write the run to this file: `Import a run` under /runs takes it
    #[arg(long, env = "PUSHPULL_JSON", value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// The run's name in that file
    #[arg(long, env = "PUSHPULL_NAME", default_value = "")]
    pub name: String,

    /// The server's token, where it wants one
    #[arg(long, env = "PUSHPULL_TOKEN", hide_env_values = true)]
    pub token: Option<String>,

    /// Report to this pushpull: its page /swarm draws the curves as they grow, and the run is kept
    /// there. With --server-pid nothing is sent while a lane is measured
    #[arg(long, env = "PUSHPULL_REPORT", value_name = "URL", value_parser = parse_url)]
    pub report: Option<String>,

    /// That pushpull's token, where it wants one; --token where it is the measured server
    #[arg(long, env = "PUSHPULL_REPORT_TOKEN", hide_env_values = true)]
    pub report_token: Option<String>,

    /// Trust that pushpull's certificate by its SHA-256; without it, the system's authorities
    #[arg(long, env = "PUSHPULL_REPORT_FINGERPRINT", value_name = "SHA-256")]
    pub report_fingerprint: Option<Fingerprint>,

    /// Show no progress
    #[arg(long, short, env = "PUSHPULL_QUIET")]
    pub quiet: bool,
}

fn parse_lane(text: &str) -> Result<String, String> {
    let good = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-');
    if (1..=10).contains(&text.len()) && text.bytes().all(good) {
        Ok(text.to_owned())
    } else {
        Err("1 to 10 characters out of a-z, 0-9 and -".to_owned())
    }
}

/// One transport with one number of subscribers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LanePlan {
    pub(super) transport: Transport,
    pub(super) subscribers: u32,
    /// Which of the transport's numbers of subscribers, from 0.
    pub(super) step: u8,
    /// Which lane of the run, from 0.
    pub(super) index: usize,
}

/// What was asked for, checked.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) options: LoadOptions,
    /// The transports as the server's dialect carries them.
    transports: Vec<Transport>,
    pub(super) workload: Workload,
    /// Threads that subscribe.
    pub(super) threads: usize,
    /// Cores that this process may use.
    pub(super) cores: usize,
}

impl LoadOptions {
    /// Checks what clap could not.
    pub(super) fn plan(&self) -> Result<Plan, LoadError> {
        let usage = |text: &str| Err(LoadError::Usage(text.to_owned()));
        let workload = Workload {
            rate: self.rate,
            arrivals: match self.arrivals {
                Spread::Poisson => Arrivals::Poisson,
                Spread::Even => Arrivals::Even,
            },
            payload: self.size,
            duration_s: self.duration,
            seed: self.seed,
        };
        if let Err(error) = workload.check() {
            return Err(LoadError::Usage(error.to_string()));
        }
        if self.size < SHORTEST {
            return usage("--size is at least 24: an event carries its number");
        }
        if !(50..=60_000).contains(&self.poll_interval) {
            return usage("--poll-interval is 50 to 60000 ms");
        }
        if !(1..=60).contains(&self.wait) {
            return usage("--wait is 1 to 60 s");
        }
        if self.idle > 3_600 {
            return usage("--idle is at most 3600 s");
        }
        let mut ways: Vec<Transport> = Vec::new();
        for way in &self.transport {
            let Some(transport) = self.adapter.carries(way.transport()) else {
                return usage(
                    "--adapter server-fn carries polls: --transport polling,long-polling",
                );
            };
            if ways.contains(&transport) {
                return usage("--transport names one transport twice");
            }
            ways.push(transport);
        }
        let counts = &self.subscribers;
        if counts.is_empty() || counts.len() > MOST_STEPS || counts.len() * ways.len() > 32 {
            return usage("--subscribers takes 1 to 16 numbers, and a run has at most 32 lanes");
        }
        let good = |count: &u32| (1..=MOST_SUBSCRIBERS).contains(count);
        if !counts.iter().all(good) {
            return usage("--subscribers are 1 to 1000000 in each lane");
        }
        if workload.schedule().next().is_none() {
            return usage(
                "with this --rate, --duration and --seed not one event is due; take a longer --duration",
            );
        }
        if !is_line(&self.name, MAX_NAME) {
            return usage("--name is one line of at most 120 characters");
        }
        let urls = (&self.subscribe_url, &self.publish_url);
        match (self.adapter, urls) {
            (Adapter::Pushpull | Adapter::ServerFn, (None, None)) => {}
            (Adapter::Pushpull | Adapter::ServerFn, _) => {
                return usage(
                    "--subscribe-url and --publish-url are for others; name their dialect: --adapter nchan or plain",
                );
            }
            (_, (Some(_), Some(_))) => {}
            _ => return usage("this --adapter wants --subscribe-url and --publish-url"),
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Plan {
            options: self.clone(),
            transports: ways,
            workload,
            threads: self.threads.map_or((cores / 2).max(1), usize::from),
            cores,
        })
    }
}

#[cfg(test)]
impl LoadOptions {
    /// Whether a run can be planned by them.
    pub(crate) fn are_in_order(&self) -> bool {
        self.plan().is_ok()
    }
}

impl Plan {
    /// The lanes in the order in which they are measured: few subscribers first.
    pub(super) fn lanes(&self) -> Vec<LanePlan> {
        let mut lanes = Vec::new();
        for (step, &subscribers) in (0..).zip(&self.options.subscribers) {
            for &transport in &self.transports {
                lanes.push(LanePlan {
                    transport,
                    subscribers,
                    step,
                    index: lanes.len(),
                });
            }
        }
        lanes
    }

    pub(super) fn most_subscribers(&self) -> u32 {
        self.options.subscribers.iter().copied().max().unwrap_or(1)
    }

    /// How long a block of the run is, µs: one for all lanes.
    pub(super) fn block_us(&self) -> u64 {
        let polls = self.options.transport.contains(&Way::Polling);
        block_us(if polls { self.options.poll_interval } else { 0 })
    }
}
