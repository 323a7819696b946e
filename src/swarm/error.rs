//! Why a report is not taken.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    hub::HubError,
    lab::workload::WorkloadError,
    runs::{record::RecordError, saved::StoreError},
    transport::error::RETRY_AFTER_S,
};

/// Why a report is refused. Its text tells the generator what to do.
#[derive(Debug, thiserror::Error)]
pub enum SwarmError {
    /// Not JSON, or not what is said here.
    #[error("this is not the JSON that is wanted here: {0}")]
    Json(String),
    /// A value is out of range.
    #[error("the swarm's {what}: {rule}")]
    Value {
        /// Which value.
        what: &'static str,
        /// What it has to be.
        rule: &'static str,
    },
    /// The workload is out of range.
    #[error("the swarm's workload: {0}")]
    Workload(WorkloadError),
    /// A lane or the run contradicts itself, or cannot be kept.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// No such swarm.
    #[error(
        "no swarm of that name reports here; it may have been silent for too long. Announce it \
         again: POST /api/swarm"
    )]
    Unknown,
    /// The key is missing, or another swarm's.
    #[error("only who announced a swarm may report for it: send its key as Swarm-Key")]
    Key,
    /// Nothing can be added any more.
    #[error("this swarm is over; announce another one: POST /api/swarm")]
    Over,
    /// As many as may be.
    #[error("as many swarms report here as may; try again when one of them is over")]
    TooMany,
    /// The machine gave no random number for a name or a key.
    #[error("the machine gave no random number; try again later")]
    NoRandomness,
}

impl SwarmError {
    /// What a reader of JSON says; never the whole input.
    pub(super) fn json(error: &serde_json::Error) -> Self {
        Self::Json(error.to_string().chars().take(300).collect())
    }

    /// The word by which programs tell errors apart; stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Json(_) | Self::Value { .. } | Self::Workload(_) => "bad_swarm",
            Self::Store(error) => error.code(),
            Self::Unknown => "unknown_swarm",
            Self::Key => "foreign_swarm",
            Self::Over => "swarm_over",
            Self::TooMany => "too_many_swarms",
            Self::NoRandomness => "no_randomness",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Json(_) | Self::Value { .. } | Self::Workload(_) => StatusCode::BAD_REQUEST,
            Self::Store(error) => error.status(),
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::Key => StatusCode::FORBIDDEN,
            Self::Over => StatusCode::CONFLICT,
            Self::TooMany | Self::NoRandomness => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl From<RecordError> for SwarmError {
    fn from(error: RecordError) -> Self {
        Self::Store(error.into())
    }
}

impl From<HubError> for SwarmError {
    fn from(_: HubError) -> Self {
        // Randomness is all that is asked of that room here.
        Self::NoRandomness
    }
}

impl IntoResponse for SwarmError {
    fn into_response(self) -> Response {
        let error = json!({"error": {"code": self.code(), "message": self.to_string()}});
        let mut response = (self.status(), Json(error)).into_response();
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            let after = RETRY_AFTER_S.into();
            response.headers_mut().insert(header::RETRY_AFTER, after);
        }
        response
    }
}
