//! What a lane's connection is doing.

/// What a lane's connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// There was no run yet.
    #[default]
    Idle,
    /// A connection is being opened.
    Connecting,
    /// Events come, or answers do.
    Open,
    /// The connection ended; a new attempt follows.
    Retrying,
    /// The server refuses for good.
    Failed,
    /// Not open 10 s after it was asked for.
    Late,
    /// Not opened: the browser has no connection left for it.
    LeftOut,
    /// Another lane has its turn.
    Waiting,
    /// The run is over.
    Ended,
}

impl State {
    /// All in which the end of a run can leave a lane: none waits for its turn then.
    pub const ALL: [Self; 8] = [
        Self::Idle,
        Self::Connecting,
        Self::Open,
        Self::Retrying,
        Self::Failed,
        Self::Late,
        Self::LeftOut,
        Self::Ended,
    ];

    /// The state of that name.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.slug() == slug)
    }

    /// Its name in attributes and locale keys.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting => "connecting",
            Self::Open => "open",
            Self::Retrying => "retrying",
            Self::Failed => "failed",
            Self::Late => "late",
            Self::LeftOut => "left-out",
            Self::Waiting => "waiting",
            Self::Ended => "ended",
        }
    }

    /// Whether events are to be expected of the lane, now or later.
    pub fn takes_part(self) -> bool {
        matches!(self, Self::Connecting | Self::Open | Self::Retrying)
    }
}
