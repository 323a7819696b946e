//! How long a request's body may be: a form's and a server function's are short, a saved run's is
//! long. Long ones are taken in whole before anything is done with them: whoever sends slowly keeps
//! nobody else from being served, and what all of them hold together is bounded.

use std::{panic::resume_unwind, sync::Arc};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinError,
};

use crate::{swarm, transport::error::ApiError, ui::runs::files};

/// The longest body of a form or a server function, in bytes. Events have a bound of their own.
const MAX_FORM: usize = 64 * 1024;
/// The longest saved run, in bytes: an hour of the fastest workload in all lanes.
const MAX_RUN: usize = 32 * 1024 * 1024;
/// Where saved runs come in, beside the swarms' own addresses.
const RUNS: [&str; 2] = ["/api/fn/save-run", files::IMPORT];
/// How many of them are read and kept at a time; the others wait for that, complete.
const AT_A_TIME: usize = 4;
/// What all that are on their way hold at most, in KiB: eight of the longest.
const HELD_KIB: usize = 8 * MAX_RUN / 1024;

/// Places for long bodies; a clone is a reference.
#[derive(Debug, Clone)]
pub struct Places {
    held: Arc<Semaphore>,
    served: Arc<Semaphore>,
}

impl Default for Places {
    fn default() -> Self {
        Self::holding(HELD_KIB)
    }
}

impl Places {
    fn holding(kib: usize) -> Self {
        Self {
            held: Arc::new(Semaphore::new(kib)),
            served: Arc::new(Semaphore::new(AT_A_TIME)),
        }
    }

    /// Takes in a body to its end. Its room is free again when what comes with it is dropped.
    async fn take_in(
        &self,
        body: Body,
        most: usize,
    ) -> Result<(Bytes, Option<OwnedSemaphorePermit>), ApiError> {
        let mut body = Limited::new(body, most);
        let (mut bytes, mut room) = (Vec::new(), None::<OwnedSemaphorePermit>);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| refusal(&*error))?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            let kib = u32::try_from(data.len().div_ceil(1024)).unwrap_or(u32::MAX);
            let more = Arc::clone(&self.held)
                .try_acquire_many_owned(kib)
                .map_err(|_| ApiError::TooManyRunsAtOnce)?;
            match &mut room {
                Some(room) => room.merge(more),
                None => room = Some(more),
            }
            bytes.extend_from_slice(&data);
        }
        Ok((bytes.into(), room))
    }
}

/// Why a body did not come to its end.
fn refusal(error: &(dyn std::error::Error + Send + Sync + 'static)) -> ApiError {
    if error.is::<LengthLimitError>() {
        return ApiError::RunTooLarge;
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut) {
            return ApiError::SlowBody;
        }
        cause = error.source();
    }
    ApiError::BrokenBody
}

/// Bounds the body by its address.
pub async fn bound(State(places): State<Places>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !RUNS.contains(&path) && !swarm::api::takes_runs(path) {
        return if length(&request).is_some_and(|length| length > MAX_FORM as u64) {
            ApiError::FormTooLarge.into_response()
        } else {
            let limited = |body| Body::new(Limited::new(body, MAX_FORM));
            next.run(request.map(limited)).await
        };
    }
    let is_form = files::is_form(&request);
    let refused = |error: ApiError| {
        if is_form {
            files::back_to_list(error.code())
        } else {
            error.into_response()
        }
    };
    if length(&request).is_some_and(|length| length > MAX_RUN as u64) {
        return refused(ApiError::RunTooLarge);
    }
    let (head, body) = request.into_parts();
    let (bytes, room) = match places.take_in(body, MAX_RUN).await {
        Ok(taken) => taken,
        Err(error) => return refused(error),
    };
    // A task of its own: whoever hangs up does not free the place and the room of work that goes on.
    let served = Arc::clone(&places.served);
    let serving = tokio::spawn(async move {
        // It is never closed.
        let place = served.acquire_owned().await;
        let response = next.run(Request::from_parts(head, Body::from(bytes))).await;
        drop((place, room));
        response
    });
    match serving.await.map_err(JoinError::try_into_panic) {
        Ok(response) => response,
        Err(Ok(panic)) => resume_unwind(panic),
        // The server ends.
        Err(Err(_)) => refused(ApiError::BrokenBody),
    }
}

/// How long the body says that it is.
fn length(request: &Request) -> Option<u64> {
    let told = request.headers().get(header::CONTENT_LENGTH)?;
    told.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_held_is_bounded_and_free_again_afterwards() {
        let places = Places::holding(4);
        let body = |kib: usize| Body::from(vec![b'x'; kib * 1024]);
        let (bytes, room) = places.take_in(body(3), MAX_RUN).await.unwrap();
        assert_eq!(bytes.len(), 3 * 1024);
        let refused = places.take_in(body(2), MAX_RUN).await;
        assert_eq!(refused.unwrap_err(), ApiError::TooManyRunsAtOnce);
        assert!(places.take_in(body(1), MAX_RUN).await.is_ok());
        drop(room);
        assert!(places.take_in(body(4), MAX_RUN).await.is_ok());
    }

    #[tokio::test]
    async fn why_a_body_does_not_come_to_its_end_is_told() {
        let places = Places::default();
        let long = places.take_in(Body::from(vec![b'x'; 11]), 10).await;
        assert_eq!(long.unwrap_err(), ApiError::RunTooLarge);
        for (kind, expected) in [
            (std::io::ErrorKind::TimedOut, ApiError::SlowBody),
            (std::io::ErrorKind::ConnectionReset, ApiError::BrokenBody),
        ] {
            let broken = futures::stream::iter([Ok("x"), Err(std::io::Error::from(kind))]);
            let broken = places.take_in(Body::from_stream(broken), 10).await;
            assert_eq!(broken.unwrap_err(), expected);
        }
    }
}
