//! WebSocket on the server: read, write, wait, for ever; and take what the client publishes.

use axum::{
    extract::{
        State,
        ws::{Message, Utf8Bytes, close_code},
    },
    response::Response,
};
use futures::{Sink, SinkExt, Stream, StreamExt};

use crate::{
    event::{Cursor, MAX_DATA},
    hub::{Entry, Read, ReadLimit},
    transport::{
        error::ApiError,
        reader::Reader,
        serving::Serving,
        socket::{Handshake, Pulse, answer_close, close, close_for, go_away},
        subscription::Subscription,
    },
};

/// `GET /api/topics/{topic}/ws`.
pub async fn serve(
    State(serving): State<Serving>,
    handshake: Handshake,
    subscription: Subscription,
) -> Result<Response, ApiError> {
    let (reader, read) = subscription.open(&serving, ReadLimit::STREAM)?;
    let its = serving.clone();
    Ok(handshake.accept(&serving, MAX_DATA, async move |socket| {
        // Either end may go away at any moment; there is nobody left to tell.
        let _ = deliver(socket, its, reader, read).await;
    }))
}

/// Delivers a topic over a socket until one side ends it.
pub(crate) async fn deliver<S>(
    mut socket: S,
    serving: Serving,
    mut reader: Reader,
    first: Read,
) -> Result<(), axum::Error>
where
    S: Stream<Item = Result<Message, axum::Error>> + Sink<Message, Error = axum::Error> + Unpin,
{
    // The epoch holds for the whole connection, so a cursor of another one cannot be repeated.
    let position = match first.position {
        same if same.epoch == reader.epoch() => same,
        _ => Cursor {
            epoch: reader.epoch(),
            seq: 0,
        },
    };
    socket
        .feed(text(&serde_json::json!({"cursor": position})))
        .await?;
    let mut read = first;
    let mut pulse = Pulse::new(serving.heartbeat);
    loop {
        if let Some(gap) = read.gap {
            let told = serde_json::json!({"gap": gap, "next": gap.next()});
            socket.feed(text(&told)).await?;
        }
        for event in &read.events {
            socket.feed(Message::Text(json_text(event))).await?;
        }
        socket.flush().await?;
        if !read.is_empty() {
            pulse.wrote();
        }
        read = reader.read();
        if !read.is_empty() {
            continue;
        }
        tokio::select! {
            () = reader.moved() => read = reader.read(),
            message = socket.next() => match message {
                Some(Ok(Message::Text(data))) => {
                    let topic = reader.topic();
                    serving.hub.publish_to(topic, serving.hub.clock().now_us(), &data);
                }
                Some(Ok(Message::Binary(_))) => {
                    return close(&mut socket, close_code::UNSUPPORTED, "events are text").await;
                }
                Some(Ok(Message::Pong(_))) => pulse.heard(),
                // Its answer leaves before more is read: a flood of them must not pile up.
                Some(Ok(Message::Ping(_))) => socket.flush().await?,
                Some(Ok(Message::Close(_))) => return answer_close(&mut socket).await,
                None => return Ok(()),
                Some(Err(error)) => return close_for(&mut socket, error).await,
            },
            beat = pulse.beat() => pulse.keep(beat, &mut socket).await?,
            () = serving.stop.cancelled() => return go_away(&mut socket).await,
        }
    }
}

fn text(value: &serde_json::Value) -> Message {
    Message::Text(value.to_string().into())
}

/// The event's JSON as the text it is; shares the log's memory.
fn json_text(entry: &Entry) -> Utf8Bytes {
    // It was made by serde_json, which writes nothing but UTF-8.
    Utf8Bytes::try_from(entry.json()).unwrap_or_default()
}
