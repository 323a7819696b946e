//! The board between the run and the page: what the run shows, and what the visitor asks of it.
//!
//! Everything on it is a signal. The run writes figures a few times in a second at most, however
//! many events come; what moves faster (the diagrams) reads the [`Model`](super::model::Model).

use leptos::prelude::*;

use super::{figures::Figures, judgement::Judgement, settings::Settings};
use crate::{event::TopicName, transport::Transport};

/// Where the run stands: what `data-run` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// Nothing runs.
    #[default]
    Idle,
    /// Lanes are being opened; nothing is published yet.
    Opening,
    /// Events are published.
    Running,
    /// Publishing pauses; the lanes stay open.
    Paused,
    /// Publishing has ended; the lanes may still get the last events.
    Draining,
    /// The figures are final.
    Ended,
    /// The run could not be carried through.
    Failed,
    /// A topic is watched that others publish to.
    Watching,
}

impl Phase {
    /// Its name in attributes and locale keys.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Opening => "opening",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Draining => "draining",
            Self::Ended => "ended",
            Self::Failed => "failed",
            Self::Watching => "watching",
        }
    }

    /// Whether lanes are open or about to be.
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Idle | Self::Ended | Self::Failed)
    }
}

/// What a run is for: what `data-kind` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Something to look at: it starts by itself and begins anew.
    #[default]
    Demo,
    /// The visitor's own: it is carried through to final figures.
    Measurement,
    /// Somebody else's topic.
    External,
}

impl Kind {
    /// Its name in attributes and locale keys.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Measurement => "measurement",
            Self::External => "external",
        }
    }
}

/// The run as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunView {
    /// Where it stands.
    pub phase: Phase,
    /// What it is for.
    pub kind: Kind,
    /// The topic that is read.
    pub topic: Option<TopicName>,
    /// The publisher's 99th percentile of lateness, µs, once the server has told it.
    pub lateness_p99_us: Option<u64>,
    /// The document was hidden during the run, so that the browser may have slowed its timers.
    pub was_hidden: bool,
    /// Why it failed.
    pub trouble: Trouble,
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    /// For how long events have been published, pauses left out, ms.
    pub elapsed_ms: f64,
    /// For how long they are to be published, ms; 0 where nobody knows.
    pub total_ms: f64,
}

/// Why a run could not be carried through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Trouble {
    /// It could.
    #[default]
    None,
    /// No lane is chosen, or none of those chosen fits.
    NoLanes,
    /// No lane has opened.
    NoneOpened,
    /// The server refused, in its own words.
    Refused(String),
}

/// What the figures are measured with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Instrument {
    /// The clock error, ± ms, once there was an exchange.
    pub clock_error_ms: Option<f64>,
    /// The shortest round trip, ms.
    pub round_trip_ms: Option<f64>,
    /// The step of the browser's timer as measured, ms.
    pub step_ms: f64,
    /// Whether the page is cross-origin isolated, which makes the step fine.
    pub isolated: bool,
    /// The browser's name and version.
    pub browser: String,
    /// The protocol that the page came by, as the browser calls it: `http/1.1`.
    pub protocol: String,
    /// The address that the page came from.
    pub origin: String,
    /// Whether that address is this machine's own.
    pub loopback: bool,
}

/// What the visitor asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Measure with the settings as they are.
    Measure,
    /// Show the demo with the settings as they are.
    Demo,
    /// Stop publishing for a while.
    Pause,
    /// Go on publishing.
    Resume,
    /// End the run.
    Stop,
    /// Watch a topic, from now on.
    Watch(TopicName),
    /// Publish a text into the topic that is read.
    Publish(String),
}

/// How the last text that the visitor published fared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Posted {
    /// There was none.
    #[default]
    Nothing,
    /// On its way.
    Sending,
    /// Published under this number.
    Done(u64),
    /// Refused or lost, with the reason.
    Refused(String),
}

/// The signals of one lab.
#[derive(Debug, Clone, Copy)]
pub struct Board {
    /// The island lives: controls may be used.
    pub ready: RwSignal<bool>,
    /// What the visitor has set.
    pub settings: RwSignal<Settings>,
    /// The run.
    pub run: RwSignal<RunView>,
    /// How far it has come: apart from the rest, because it changes all the time.
    pub progress: RwSignal<Progress>,
    /// What it is measured with.
    pub instrument: RwSignal<Instrument>,
    /// What may be said about the lanes.
    pub judgement: RwSignal<Judgement>,
    /// The fate of the visitor's own text.
    pub posted: RwSignal<Posted>,
    /// The visitor's latest wish; the run takes it.
    pub command: RwSignal<Option<Command>>,
    lanes: [RwSignal<Figures>; 7],
}

impl Board {
    /// An empty board, the same on the server and in the browser.
    pub fn new() -> Self {
        Self {
            ready: RwSignal::new(false),
            settings: RwSignal::new(Settings::default()),
            run: RwSignal::new(RunView::default()),
            progress: RwSignal::new(Progress::default()),
            instrument: RwSignal::new(Instrument::default()),
            judgement: RwSignal::new(Judgement::default()),
            posted: RwSignal::new(Posted::default()),
            command: RwSignal::new(None),
            lanes: std::array::from_fn(|_| RwSignal::new(Figures::default())),
        }
    }

    /// A lane's figures.
    pub fn lane(&self, transport: Transport) -> RwSignal<Figures> {
        let [
            polling,
            long_polling,
            sse,
            websocket,
            fn_polling,
            fn_long_polling,
            fn_websocket,
        ] = self.lanes;
        match transport {
            Transport::Polling => polling,
            Transport::LongPolling => long_polling,
            Transport::Sse => sse,
            Transport::WebSocket => websocket,
            Transport::ServerFnPolling => fn_polling,
            Transport::ServerFnLongPolling => fn_long_polling,
            Transport::ServerFnWebSocket => fn_websocket,
        }
    }

    /// Asks the run for something.
    pub fn ask(&self, command: Command) {
        self.command.set(Some(command));
    }
}

impl Default for Board {
    fn default() -> Self {
        Self::new()
    }
}
