//! The files by which a run leaves the house, and the door through which it comes back.

use axum::{
    Json,
    extract::{FromRequest, Multipart, Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::Owner;
use serde_json::json;

use super::{
    document::{POLICY, document},
    evaluating::evaluate,
    markdown::markdown,
    report::Report,
};
use crate::{
    runs::{
        csv::csv,
        record::{Record, RecordError},
        saved::{RunId, SavedRun, StoreError},
        store::Store,
    },
    transport::serving::Serving,
    ui::{
        chart::{Chart, from_record, standalone},
        swarm::curve::{Curve, points},
        text::Text,
        theme::Theme,
        visitor::Visitor,
    },
};

/// Where a run comes in. How long it may be, `server::large` says.
pub const IMPORT: &str = "/runs/import";

/// What the files need.
#[derive(Debug, Clone)]
pub struct Files {
    /// The saved runs.
    pub store: Store,
    /// The server's clock.
    pub serving: Serving,
}

/// Why a file is not to be had, or not taken.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The store says why.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Not one of the kinds.
    #[error(
        "a run is exported as export.json, export.csv, export.html or export.md, and its charts as \
         latency-over-time.svg, cdf.svg, histogram.svg, bytes-per-event.svg or cpu-per-event.svg; \
         one of the load generator also as cpu-per-delivery.svg, server-memory.svg, p50.svg or \
         p99.svg"
    )]
    Kind,
    /// No file was sent, or not as one.
    #[error(
        "send the JSON of a run as the body with Content-Type: application/json, or as the file \
         of a form"
    )]
    NoFile,
}

impl FileError {
    fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Kind => "not_found",
            Self::NoFile => "no_file",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Kind => StatusCode::NOT_FOUND,
            Self::Store(error) => error.status(),
            Self::NoFile => StatusCode::BAD_REQUEST,
        }
    }
}

impl From<RecordError> for FileError {
    fn from(error: RecordError) -> Self {
        Self::Store(error.into())
    }
}

impl IntoResponse for FileError {
    fn into_response(self) -> Response {
        let error = json!({ "error": { "code": self.code(), "message": self.to_string() } });
        (self.status(), Json(error)).into_response()
    }
}

/// A kind of file.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Json,
    Csv,
    Html,
    Markdown,
    Chart(Chart),
    Curve(Curve),
}

impl Kind {
    fn of(file: &str) -> Option<Self> {
        Some(match file {
            "export.json" => Self::Json,
            "export.csv" => Self::Csv,
            "export.html" => Self::Html,
            "export.md" => Self::Markdown,
            _ => {
                let picture = file.strip_suffix(".svg")?;
                let chart = Chart::from_slug(picture).map(Self::Chart);
                chart.or_else(|| Curve::from_slug(picture).map(Self::Curve))?
            }
        })
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Html => "text/html; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Chart(_) | Self::Curve(_) => "image/svg+xml",
        }
    }

    /// What follows the run's name in the file's.
    fn ending(self) -> String {
        match self {
            Self::Json => ".json".to_owned(),
            Self::Csv => ".csv".to_owned(),
            Self::Html => ".html".to_owned(),
            Self::Markdown => ".md".to_owned(),
            Self::Chart(chart) => format!("-{}.svg", chart.slug()),
            Self::Curve(curve) => format!("-{}.svg", curve.slug()),
        }
    }

    fn bytes(self, record: &Record, text: Text, theme: Theme) -> Vec<u8> {
        match self {
            Self::Json => record.to_json(),
            Self::Csv => csv(record),
            Self::Html => Owner::new()
                .with(|| document(record, &Report::of(record, text), text))
                .into_bytes(),
            Self::Markdown => markdown(record, &Report::of(record, text), text).into_bytes(),
            Self::Chart(chart) => {
                let labels = text
                    .labels_with_prefix("chart-")
                    .and(&text.labels_with_prefix("lab-name-"));
                let latencies = from_record::latencies(record);
                let data = from_record::data(record, &latencies, &labels);
                standalone::svg(chart, &data, &labels, theme).into_bytes()
            }
            Self::Curve(curve) => curve.svg(&points(record), text, theme).into_bytes(),
        }
    }
}

/// `GET /runs/{id}/export.json`, `.csv`, `.html`, `.md`: the run as a file, in the visitor's
/// language; `GET /runs/{id}/cdf.svg` and the like: one of its charts, in the visitor's theme.
pub async fn export(
    State(files): State<Files>,
    Path((id, file)): Path<(String, String)>,
    request: Request,
) -> Result<Response, FileError> {
    let kind = Kind::of(&file).ok_or(FileError::Kind)?;
    let id: RunId = id.parse()?;
    let SavedRun { record, .. } = files.store.load(id).await?;
    if matches!(kind, Kind::Curve(_)) && !record.is_load() {
        return Err(FileError::Kind);
    }
    let (parts, _) = request.into_parts();
    let visitor = Visitor::of(&parts);
    let (text, theme) = (Text::new(visitor.language), visitor.theme);
    let bytes = evaluate(move || kind.bytes(&record, text, theme))
        .await
        .ok_or(StoreError::Database(sqlx::Error::WorkerCrashed))?;
    let name = format!("attachment; filename=\"pushpull-{id}{}\"", kind.ending());
    let mut headers = HeaderMap::new();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, kind.media_type());
    set(header::CONTENT_DISPOSITION, &name);
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::CACHE_CONTROL, "private, no-cache");
    set(header::VARY, "Accept-Language, Cookie");
    Ok((headers, bytes).into_response())
}

/// `POST /runs/import`: takes in the JSON of a run. A program sends it as the body and gets 201
/// with the new place; a form sends it as a file and is led there, or back to the list with the
/// reason.
pub async fn import(State(files): State<Files>, request: Request) -> Response {
    let is_form = is_form(&request);
    let imported = async {
        let json = if is_form {
            in_form(request).await?
        } else {
            in_body(request).await?
        };
        take_in(&files, json).await
    };
    match imported.await {
        Ok(id) if is_form => Redirect::to(&format!("/runs/{id}")).into_response(),
        Ok(id) => {
            let place = [(header::LOCATION, format!("/runs/{id}"))];
            let body = Json(json!({ "id": id.to_string() }));
            (StatusCode::CREATED, place, body).into_response()
        }
        Err(error) if is_form => back_to_list(error.code()),
        Err(error) => error.into_response(),
    }
}

/// Whether a page's form sends a file.
pub fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"))
}

/// Leads a form back to the list, which tells the reason.
pub fn back_to_list(code: &str) -> Response {
    Redirect::to(&format!("/runs?refused={code}")).into_response()
}

/// The first file of a form.
async fn in_form(request: Request) -> Result<Vec<u8>, FileError> {
    let no_file = |_| FileError::NoFile;
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| FileError::NoFile)?;
    while let Some(field) = form.next_field().await.map_err(no_file)? {
        if field.file_name().is_some() {
            let bytes = field.bytes().await.map_err(no_file)?;
            if !bytes.is_empty() {
                return Ok(bytes.into());
            }
        }
    }
    Err(FileError::NoFile)
}

async fn in_body(request: Request) -> Result<Vec<u8>, FileError> {
    let bytes = axum::body::to_bytes(request.into_body(), usize::MAX)
        .await
        .map_err(|_| FileError::NoFile)?;
    Ok(bytes.into())
}

async fn take_in(files: &Files, json: Vec<u8>) -> Result<RunId, FileError> {
    let record = tokio::task::spawn_blocking(move || Record::from_json(&json))
        .await
        .map_err(|_| StoreError::Database(sqlx::Error::WorkerCrashed))??;
    let now = files.serving.hub.clock().now_us();
    Ok(files.store.import(record, now).await?)
}
