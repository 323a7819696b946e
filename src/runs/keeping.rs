//! What the server functions of [`super::api`] do: they find the server's store and speak to it.

use http::{header, request::Parts};
use leptos::prelude::use_context;

use super::{record::Record, saved::StoreError, store::Store, types::Recording};
use crate::{
    lab::publisher::Publisher,
    transport::{server_fn::FnError, serving::Serving},
    ui::preferences::is_path_on_this_site,
};

impl From<StoreError> for FnError {
    fn from(error: StoreError) -> Self {
        if error.code() == "store_failed" {
            tracing::warn!(%error);
        }
        Self::new(error.code(), &error.to_string())
    }
}

fn context<T: Clone + 'static>() -> Result<T, FnError> {
    use_context().ok_or_else(|| FnError::new("no_store", "this server keeps no runs"))
}

/// Keeps a run.
pub(super) async fn save(recording: Recording) -> Result<String, FnError> {
    let store: Store = context()?;
    let serving: Serving = context()?;
    let known = context::<Publisher>()?.known(&recording.run)?;
    let run = recording.run.clone();
    let now = serving.hub.clock().now_us();
    let counted = |lane: &_| serving.lanes.counters(lane);
    let record = Record::of(recording, known, now, counted).map_err(StoreError::Record)?;
    Ok(store.save(record, &run).await?.to_string())
}

/// Renames a run.
pub(super) async fn rename(id: &str, name: &str, back: Option<String>) -> Result<(), FnError> {
    let store: Store = context()?;
    let done = async { store.rename(id.parse()?, name).await }.await;
    answered(done, back.as_deref(), None)
}

/// Deletes a run.
pub(super) async fn delete(id: &str, back: Option<String>) -> Result<(), FnError> {
    let store: Store = context()?;
    let now = context::<Serving>()?.hub.clock().now_us();
    let done = async { store.delete(id.parse()?, now).await }.await;
    answered(done, back.as_deref(), Some(("deleted", id)))
}

/// Restores a run.
pub(super) async fn restore(id: &str, back: Option<String>) -> Result<(), FnError> {
    let store: Store = context()?;
    let done = async { store.restore(id.parse()?).await }.await;
    answered(done, back.as_deref(), None)
}

/// Sends a form back to its page, which is told what was done or why not. A program gets the
/// answer itself.
fn answered(
    done: Result<(), StoreError>,
    back: Option<&str>,
    told: Option<(&str, &str)>,
) -> Result<(), FnError> {
    let told = done
        .as_ref()
        .map_or_else(|error| Some(("refused", error.code())), |()| told);
    let back = back.filter(|back| is_path_on_this_site(back));
    if let Some(back) = back.filter(|_| is_form()) {
        let joint = if back.contains('?') { '&' } else { '?' };
        let address = told.map_or_else(
            || back.to_owned(),
            |(name, value)| format!("{back}{joint}{name}={value}"),
        );
        leptos_axum::redirect(&address);
    }
    done.map_err(FnError::from)
}

/// Whether a browser posted a plain form.
fn is_form() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        let accepted = parts.headers.get(header::ACCEPT);
        accepted.is_some_and(|it| it.as_bytes().windows(9).any(|part| part == b"text/html"))
    })
}
