//! What the server functions of [`super::api`] do: they find the server's [`Publisher`] and speak
//! to it.

use std::time::Duration;

use leptos::prelude::use_context;

use super::{
    api::{PreparedRun, RunCommand, RunStatus},
    publisher::{Publisher, RunError},
    workload::Workload,
};
use crate::transport::server_fn::FnError;

fn publisher() -> Result<Publisher, FnError> {
    use_context().ok_or_else(|| FnError::new("no_publisher", "this server publishes no runs"))
}

impl From<RunError> for FnError {
    fn from(error: RunError) -> Self {
        Self::new(error.code(), &error.to_string())
    }
}

/// Makes a run that waits for its start.
pub(super) fn prepare(workload: Workload, poll_interval_ms: u32) -> Result<PreparedRun, FnError> {
    let interval = Duration::from_millis(poll_interval_ms.min(60_000).into());
    Ok(publisher()?.prepare(workload, interval)?)
}

/// Speaks to a run and tells where it is then.
pub(super) async fn command(run: String, command: RunCommand) -> Result<RunStatus, FnError> {
    let publisher = publisher()?;
    // The run's thread answers when it can; no worker of the server's waits for it.
    tokio::task::spawn_blocking(move || publisher.command(&run, command))
        .await
        .map_err(|_| RunError::Unknown)?
        .map_err(FnError::from)
}

/// Tells where a run is.
pub(super) fn status(run: &str) -> Result<RunStatus, FnError> {
    Ok(publisher()?.status(run)?)
}
