//! The board between the run and the page: what the run shows, and what the visitor asks of it.
//!
//! The run writes figures a few times in a second at most, however many events come; what moves
//! faster (the diagrams) reads the [`Model`](super::model::Model).

use leptos::prelude::*;

use super::{
    bias::{Bias, Twins},
    figures::Figures,
    judgement::Judgement,
    run::{Kind, Progress, RunView},
    settings::{Lanes, Settings},
};
use crate::{
    event::TopicName,
    runs::types::{Flag, Mode},
    transport::Transport,
};

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
    /// Whether the page has a secure context; without one no page is isolated.
    pub secure: bool,
    /// Whether the browser tells of long tasks.
    pub long_tasks: bool,
    /// How much farther away the server was made, round trip, ms.
    pub distance_ms: u32,
    /// The browser's name and version.
    pub browser: String,
    /// Its `navigator.userAgent`.
    pub user_agent: String,
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
    /// Measure with the settings as they are, in the mode that is chosen.
    Measure,
    /// Let this browser measure itself: each transport in two lanes.
    SelfCheck,
    /// Try once more to save the run that has ended.
    Save,
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

/// What became of a run that has ended: whether it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Saved {
    /// It is none that is kept, or has not ended.
    #[default]
    Nothing,
    /// On its way.
    Saving,
    /// Kept under this name.
    Done(String),
    /// Refused or lost, with the reason.
    Refused(String),
}

/// Everything that the page shows.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The island lives: controls may be used.
    pub ready: bool,
    /// What the visitor has set.
    pub settings: Settings,
    /// In which order the lanes shall be fed.
    pub mode: Mode,
    /// The fields whose present text is no possible value, as bits in the order of the fields.
    pub invalid: u8,
    /// The name of the topic that the visitor may watch, as it stands in its field.
    pub watchable: String,
    /// It is no topic's name, and the visitor has been told so.
    pub is_misnamed: bool,
    /// The run.
    pub run: RunView,
    /// How far it has come.
    pub progress: Progress,
    /// What it is measured with.
    pub instrument: Instrument,
    /// What may be said about the lanes.
    pub judgement: Judgement,
    /// What a self-check has told by now, transport by transport.
    pub twins: Vec<Twins>,
    /// This browser's bias as its last self-check found it.
    pub bias: Option<Bias>,
    /// What may have disturbed the run.
    pub flags: Vec<Flag>,
    /// Whether the run is kept.
    pub saved: Saved,
    /// The fate of the visitor's own text.
    pub posted: Posted,
    /// The lanes' figures, in the order of the transports.
    pub figures: Vec<Figures>,
}

/// The topic that the page's examples publish to.
const EXAMPLE: &str = "demo";

impl Default for State {
    /// A lab that is asleep.
    fn default() -> Self {
        Self {
            ready: false,
            settings: Settings::default(),
            mode: Mode::default(),
            invalid: 0,
            watchable: EXAMPLE.to_owned(),
            is_misnamed: false,
            run: RunView::default(),
            progress: Progress::default(),
            instrument: Instrument::default(),
            judgement: Judgement::default(),
            twins: Vec::new(),
            bias: None,
            flags: Vec::new(),
            saved: Saved::default(),
            posted: Posted::default(),
            figures: vec![Figures::NONE; Lanes::ALL.len()],
        }
    }
}

impl State {
    /// A lane's figures.
    pub fn lane(&self, transport: Transport) -> &Figures {
        const NONE: &Figures = &Figures::NONE;
        self.figures.get(transport as usize).unwrap_or(NONE)
    }

    /// Whether the settings are being measured with, so that they must stay as they are.
    pub fn is_measuring(&self) -> bool {
        self.run.kind == Kind::Measurement && self.run.phase.is_live()
    }

    /// Whether the lanes watch somebody else's topic.
    pub fn is_watching(&self) -> bool {
        self.run.kind == Kind::External && self.run.phase.is_live()
    }
}

/// The board: one signal that holds all of it. A few updates in a second are cheap; one signal for
/// each part would be most of what the browser has to load.
#[derive(Debug, Clone, Copy)]
pub struct Board(RwSignal<State>);

impl Board {
    /// An empty board.
    pub fn new() -> Self {
        Self(RwSignal::new(State::default()))
    }

    /// Changes what is on it.
    pub fn change(self, mut change: impl FnMut(&mut State)) {
        // One closure type for all: the signal's machinery is compiled once.
        let change: &mut dyn FnMut(&mut State) = &mut change;
        self.0.update(change);
    }

    /// Reads what is on it.
    pub fn read<T>(self, read: impl FnOnce(&State) -> T) -> T {
        let state = self.0.read_untracked();
        read(&state)
    }

    /// Calls `show` with what is on it, now and after every change.
    pub fn watch(self, show: impl Fn(&State) + 'static) {
        Effect::new(move |_| show(&self.0.read()));
    }
}

impl Default for Board {
    fn default() -> Self {
        Self::new()
    }
}
