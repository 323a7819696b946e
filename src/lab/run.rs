//! A run as the page shows it: where it stands, what it is for, how far it has come.

use super::settings::Settings;
use crate::{event::TopicName, runs::types::Mode};

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
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunView {
    /// Where it stands.
    pub phase: Phase,
    /// What it is for.
    pub kind: Kind,
    /// The topic that is read.
    pub topic: Option<TopicName>,
    /// What it runs with, whatever the visitor sets meanwhile.
    pub settings: Settings,
    /// In which order its lanes are fed.
    pub mode: Mode,
    /// Its lanes take turns: in the mode of that name, and where they do not fit at a time.
    pub in_turn: bool,
    /// How many events the server has published for it, as far as it has told.
    pub published: u64,
    /// The publisher's 99th percentile of lateness, µs, once the server has told it.
    pub lateness_p99_us: Option<u64>,
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
    /// How many blocks of a run in turn are over, and how many there will be; 0 in others.
    pub blocks: (u32, u32),
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
