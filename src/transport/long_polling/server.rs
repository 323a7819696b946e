//! Long polling on the server: read; when empty, wait for the head or the deadline.

use std::time::Duration;

use axum::{extract::State, response::Response};

use crate::{
    hub::{Read, ReadLimit},
    transport::{
        Transport, batch, error::ApiError, reader::Reader, serving::Serving,
        subscription::Subscription,
    },
};

/// `GET /api/topics/{topic}/long-poll`: what follows the cursor, as soon as there is any.
pub async fn serve(
    State(serving): State<Serving>,
    subscription: Subscription,
) -> Result<Response, ApiError> {
    let wait = subscription.wait;
    let (mut reader, read) =
        subscription.open(&serving, Transport::LongPolling, ReadLimit::ANSWER)?;
    let read = hold(&serving, &mut reader, read, wait).await;
    Ok(batch::answer(reader.epoch(), &read))
}

/// Holds an empty answer until there is something to tell, `wait` is over or the server goes down.
/// When the client goes away meanwhile, hyper drops this future, and the reader with it.
pub(crate) async fn hold(
    serving: &Serving,
    reader: &mut Reader,
    first: Read,
    wait: Duration,
) -> Read {
    let mut read = first;
    let deadline = tokio::time::sleep(wait);
    tokio::pin!(deadline);
    while read.is_empty() {
        tokio::select! {
            () = reader.moved() => read = reader.read(),
            () = &mut deadline => break,
            () = serving.stop.cancelled() => break,
        }
    }
    if read.is_empty() {
        reader.count_wasted();
    }
    read
}
