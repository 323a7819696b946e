//! What can be done with saved runs: server functions, all of them POST, since all of them change
//! something. Those of the lists are plain forms as well, so that they work without JavaScript:
//! `back` is the page on this site to come back to.

use leptos::{prelude::*, server_fn::codec::Json};

use super::types::Recording;
use crate::transport::server_fn::FnError;

/// Keeps a run that is over, and tells the name under which it is found: `/runs/{id}`.
#[server(prefix = "/api/fn", endpoint = "save-run", input = Json)]
pub async fn save_run(
    /// What the browser knows of it; the server adds what it knows itself.
    recording: Recording,
) -> Result<String, FnError> {
    super::keeping::save(recording).await
}

/// Gives a saved run another name; an empty one takes its name away.
#[server(prefix = "/api/fn", endpoint = "rename-run")]
pub async fn rename_run(
    /// Which run.
    id: String,
    /// The name, at most 120 characters.
    name: String,
    /// The page to come back to.
    back: Option<String>,
) -> Result<(), FnError> {
    super::keeping::rename(&id, &name, back).await
}

/// Deletes a saved run. For a day it can be restored.
#[server(prefix = "/api/fn", endpoint = "delete-run")]
pub async fn delete_run(
    /// Which run.
    id: String,
    /// The page to come back to.
    back: Option<String>,
) -> Result<(), FnError> {
    super::keeping::delete(&id, back).await
}

/// Brings a deleted run back.
#[server(prefix = "/api/fn", endpoint = "restore-run")]
pub async fn restore_run(
    /// Which run.
    id: String,
    /// The page to come back to.
    back: Option<String>,
) -> Result<(), FnError> {
    super::keeping::restore(&id, back).await
}
