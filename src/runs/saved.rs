//! A saved run's words: its id, and what a list shows of it.

use std::{fmt, str::FromStr};

use http::StatusCode;

use super::{
    packed::UnpackError,
    record::{Record, RecordError},
    types::Mode,
};
use crate::{lab::workload::Preset, transport::Transport};

/// A saved run's place: `/runs/{id}`. Random, so that nobody finds a run by counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RunId(pub u64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for RunId {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 16 || !text.bytes().all(hex) {
            return Err(StoreError::Unknown);
        }
        u64::from_str_radix(text, 16)
            .map(Self)
            .map_err(|_| StoreError::Unknown)
    }
}

/// A saved run.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedRun {
    /// Its place.
    pub id: RunId,
    /// What was kept.
    pub record: Record,
    /// When it came from a file, µs since the Unix epoch; `None` for this server's own.
    pub imported_us: Option<u64>,
    /// It has been deleted, and can be restored for a while.
    pub deleted: bool,
}

/// What a list shows of a saved run.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Its place.
    pub id: RunId,
    /// When it was saved, µs since the Unix epoch.
    pub saved_us: u64,
    /// It came from a file.
    pub imported: bool,
    /// Its name; may be empty.
    pub name: String,
    /// In which order the lanes were fed.
    pub mode: Option<Mode>,
    /// The preset whose settings it had.
    pub preset: Option<Preset>,
    /// Events per second.
    pub rate: f64,
    /// Bytes of an event's data.
    pub payload: u32,
    /// Seconds of publishing.
    pub duration_s: u32,
    /// How much farther away the server was made, ms.
    pub distance_ms: u32,
    /// The browser.
    pub client: String,
    /// Events published.
    pub events: u64,
    /// How many flags it has.
    pub flags: u32,
    /// Lane by lane the median latency, µs, where there is one; infinite for never.
    pub medians: Vec<(Transport, Option<f64>)>,
}

/// Why the store does not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such run.
    #[error("no saved run has this address; it may have been deleted")]
    Unknown,
    /// The record is not in order.
    #[error("{0}")]
    Record(#[from] RecordError),
    /// What is stored cannot be read.
    #[error("{0}")]
    Unpack(#[from] UnpackError),
    /// The name is too long, or no line of text.
    #[error("a run's name is one line of at most 120 characters")]
    Name,
    /// As many runs as may be.
    #[error(
        "as many runs are saved as may be ({runs}); delete some, or start the server with a \
         higher --max-runs"
    )]
    TooManyRuns {
        /// How many that is.
        runs: u64,
    },
    /// As many bytes as may be.
    #[error(
        "the saved runs take as much room as they may ({bytes} bytes); delete some, or start the \
         server with a higher --runs-bytes"
    )]
    TooManyBytes {
        /// How many that is.
        bytes: u64,
    },
    /// The system gave no randomness for an id.
    #[error("the system gave no randomness; try again later")]
    NoRandomness,
    /// The database failed.
    #[error("the database of saved runs failed: {0}")]
    Database(#[from] sqlx::Error),
}

impl StoreError {
    /// The word by which programs tell errors apart.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown_saved_run",
            Self::Record(error) => error.code(),
            Self::Unpack(_) | Self::Database(_) => "store_failed",
            Self::Name => "bad_name",
            Self::TooManyRuns { .. } | Self::TooManyBytes { .. } => "store_full",
            Self::NoRandomness => "no_randomness",
        }
    }

    /// The HTTP status (RFC 9110).
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::TooManyRuns { .. } | Self::TooManyBytes { .. } => {
                StatusCode::INSUFFICIENT_STORAGE
            }
            Self::NoRandomness => StatusCode::SERVICE_UNAVAILABLE,
            Self::Database(_) | Self::Unpack(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Record(_) | Self::Name => StatusCode::BAD_REQUEST,
        }
    }
}
