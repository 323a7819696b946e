//! The control of a run: server functions with which the lab prepares, starts, pauses and stops
//! what the server publishes. All of them that change state are POST. `calls` \[hydrate\] calls them.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::workload::Workload;
use crate::{
    event::{Cursor, TopicName},
    transport::server_fn::FnError,
};

/// A run that waits for its lanes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreparedRun {
    /// Its name; whoever knows it may control it.
    pub run: String,
    /// The fresh topic that it will publish to.
    pub topic: TopicName,
    /// The place before the first event, where every lane opens.
    pub cursor: Cursor,
}

/// What can be said to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunCommand {
    /// Publish.
    Start,
    /// Let the schedule stand still.
    Pause,
    /// Let it go on.
    Resume,
    /// End for good.
    Stop,
}

impl RunCommand {
    /// Its word in a call.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Stop => "stop",
        }
    }
}

/// How far a run's publishing has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// It waits to be started.
    Prepared,
    /// Events go out on schedule.
    Publishing,
    /// The schedule stands still.
    Paused,
    /// All events are out, or it was stopped, or nobody listened for too long.
    Ended,
}

impl RunState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Prepared, Self::Publishing, Self::Paused, Self::Ended];

    /// Its word in an answer.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::Publishing => "publishing",
            Self::Paused => "paused",
            Self::Ended => "ended",
        }
    }
}

/// What the server knows of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStatus {
    /// Where it is.
    pub state: RunState,
    /// The last event's number; 0 before the first.
    pub published: u64,
    /// For how long it has published, without its pauses, in ms.
    pub elapsed_ms: u64,
    /// How late the publisher was, 99th percentile in µs by its own clock; `None` before the
    /// first event.
    pub lateness_p99_us: Option<u64>,
}

/// Makes a fresh topic for a workload. `poll_interval_ms` is the slowest lane's: for that long the
/// topic may be without a reader in the ordinary course of things.
#[server(prefix = "/api/fn", endpoint = "prepare-run")]
pub async fn prepare_run(
    /// What will be published.
    workload: Workload,
    /// The poll interval, ms.
    poll_interval_ms: u32,
) -> Result<PreparedRun, FnError> {
    super::control::prepare(workload, poll_interval_ms)
}

/// Says something to a run, and tells where it is then.
#[server(prefix = "/api/fn", endpoint = "command-run")]
pub async fn command_run(
    /// The run's name.
    run: String,
    /// What is said.
    command: RunCommand,
) -> Result<RunStatus, FnError> {
    super::control::command(run, command).await
}

/// Tells how far a run has come.
#[server(name = AskRunStatus, prefix = "/api/fn", endpoint = "run-status", input = leptos::server_fn::codec::GetUrl)]
pub async fn run_status(
    /// The run's name.
    run: String,
) -> Result<RunStatus, FnError> {
    super::control::status(&run)
}

#[cfg(test)]
mod tests {
    use serde_json::to_value;

    use super::*;

    #[test]
    fn words_are_those_of_calls_and_answers() {
        for state in RunState::ALL {
            assert_eq!(to_value(state).ok(), Some(state.slug().into()));
        }
        use RunCommand::{Pause, Resume, Start, Stop};
        for command in [Start, Pause, Resume, Stop] {
            assert_eq!(to_value(command).ok(), Some(command.slug().into()));
        }
    }
}
