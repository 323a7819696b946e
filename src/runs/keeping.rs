//! What the server functions of [`super::api`] do: they find the server's store and speak to it.

use super::types::Recording;
use crate::transport::server_fn::FnError;

fn no_store() -> FnError {
    FnError::new("no_store", "this server keeps no runs")
}

/// Keeps a run.
pub(super) async fn save(_recording: Recording) -> Result<String, FnError> {
    Err(no_store())
}

/// Renames a run.
pub(super) async fn rename(_id: &str, _name: &str, _back: Option<String>) -> Result<(), FnError> {
    Err(no_store())
}

/// Deletes a run.
pub(super) async fn delete(_id: &str, _back: Option<String>) -> Result<(), FnError> {
    Err(no_store())
}

/// Restores a run.
pub(super) async fn restore(_id: &str, _back: Option<String>) -> Result<(), FnError> {
    Err(no_store())
}
