//! The lab's server functions, called. What is sent is put together by the browser, and so is the
//! answer taken apart: the framework's own stubs bring a writer of decimals and one of forms, and a
//! reader for each answer. Their addresses are those of the functions.

use js_sys::Number;
use leptos::server_fn::{ServerFn as _, error::FromServerFnError as _};
use wasm_bindgen::JsValue;
use web_sys::{Blob, UrlSearchParams};

use super::{
    api::{AskRunStatus, CommandRun, PrepareRun, PreparedRun, RunCommand, RunState, RunStatus},
    request::{Body, json, member, request, whole},
    workload::Workload,
};
use crate::{
    runs::api::SaveRun,
    transport::{retry::reason, server_fn::FnError},
};

/// Calls `api::prepare_run`.
pub(super) async fn prepare_run(
    workload: &Workload,
    poll_interval_ms: u32,
) -> Result<PreparedRun, FnError> {
    let form = form([
        ("workload[rate]", decimal(workload.rate)),
        ("workload[arrivals]", workload.arrivals.slug().to_owned()),
        ("workload[payload]", workload.payload.to_string()),
        ("workload[duration_s]", workload.duration_s.to_string()),
        ("workload[seed]", workload.seed.to_string()),
        ("poll_interval_ms", poll_interval_ms.to_string()),
    ]);
    let told = call(PrepareRun::PATH, Some(Body::Form(form?))).await?;
    let prepared = || {
        Some(PreparedRun {
            run: text(&told, "run")?,
            topic: text(&told, "topic")?.parse().ok()?,
            cursor: text(&told, "cursor")?.parse().ok()?,
        })
    };
    prepared().ok_or_else(senseless)
}

/// Calls `api::command_run`, or `api::run_status` where there is nothing to say.
pub(super) async fn run_status(
    run: &str,
    command: Option<RunCommand>,
) -> Result<RunStatus, FnError> {
    let told = if let Some(command) = command {
        let form = form([
            ("run", run.to_owned()),
            ("command", command.slug().to_owned()),
        ]);
        call(CommandRun::PATH, Some(Body::Form(form?))).await
    } else {
        call(&[AskRunStatus::PATH, "?run=", run].concat(), None).await
    }?;
    let status = || {
        let state = text(&told, "state")?;
        let known = RunState::ALL.into_iter();
        Some(RunStatus {
            state: known.into_iter().find(|known| known.slug() == state)?,
            published: whole(&told, "published")?,
            elapsed_ms: whole(&told, "elapsed_ms")?,
            lateness_p99_us: whole(&told, "lateness_p99_us"),
        })
    };
    status().ok_or_else(senseless)
}

/// Calls `runs::api::save_run` with a recording that has been written already.
pub(super) async fn save_run(recording: &Blob) -> Result<String, FnError> {
    let told = call(SaveRun::PATH, Some(Body::Json(recording))).await?;
    told.as_string().ok_or_else(senseless)
}

/// What a function gives; or its error, or that of whoever refused before it was reached.
async fn call(address: &str, body: Option<Body<'_>>) -> Result<JsValue, FnError> {
    let answer = request(address, body).await;
    let answer = answer.ok_or_else(|| FnError::new(reason::NETWORK, ""))?;
    if (200..300).contains(&answer.status) {
        Ok(json(&answer.body))
    } else {
        Err(FnError::de(answer.body.into()))
    }
}

fn senseless() -> FnError {
    FnError::new(reason::BAD_ANSWER, "")
}

/// Fields of a form.
fn form<const N: usize>(fields: [(&str, String); N]) -> Result<UrlSearchParams, FnError> {
    let form = UrlSearchParams::new().map_err(|_| senseless())?;
    for (name, value) in fields {
        form.append(name, &value);
    }
    Ok(form)
}

/// A number with as many decimals as it has.
fn decimal(value: f64) -> String {
    let text = Number::from(value).to_string_with_radix(10);
    text.map(String::from).unwrap_or_default()
}

/// An object's member, if it is a text.
fn text(object: &JsValue, name: &str) -> Option<String> {
    member(object, name).as_string()
}
