//! Long polling on the server: read; when empty, wait for the head or the deadline.

use std::{io, pin::pin, time::Duration};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, Method, header},
    response::{IntoResponse, Response},
};

use crate::{
    hub::{Read, ReadLimit},
    transport::{
        Transport, batch,
        error::ApiError,
        reader::Reader,
        serving::Serving,
        standing::{Carrier, Ear, Standing},
        subscription::Subscription,
    },
};

/// `GET /api/topics/{topic}/long-poll`: what follows the cursor, as soon as there is any.
pub async fn serve(
    State(serving): State<Serving>,
    subscription: Subscription,
) -> Result<Response, ApiError> {
    let wait = subscription.wait;
    let (reader, first) = subscription.open(&serving, Transport::LongPolling, ReadLimit::ANSWER)?;
    if !first.is_empty() {
        return Ok(batch::answer(reader.epoch(), &first));
    }
    let held = Box::new(Held {
        serving,
        reader,
        wait,
    });
    let json = HeaderValue::from_static("application/json");
    let head = [(header::CONTENT_TYPE, json)].into_response();
    Ok(Standing::Held(held).mark(head))
}

/// A request that has no answer yet.
pub struct Held {
    serving: Serving,
    reader: Reader,
    wait: Duration,
}

impl Held {
    /// Waits for the answer's body on a connection of our own; `None` when the client went away.
    pub async fn on_wire<C: Carrier>(
        self: Box<Self>,
        carrier: &mut C,
        stop: impl Future<Output = ()> + Unpin + Send,
    ) -> io::Result<Option<Vec<u8>>> {
        let mut ear = Ear::default();
        tokio::select! {
            biased;
            body = self.body(stop) => Ok(Some(body)),
            ended = ear.end(carrier) => ended.map(|()| None),
        }
    }

    /// The same for hyper, which drops it when the client goes away.
    pub async fn on_hyper(self: Box<Self>, response: Response, method: &Method) -> Response {
        let serving = self.serving.clone();
        let body = self.body(pin!(serving.stop.cancelled())).await;
        let length = HeaderValue::from(body.len());
        let mut response = response.map(|_| {
            if method == Method::HEAD {
                Body::empty()
            } else {
                Body::from(body)
            }
        });
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, length);
        response
    }

    async fn body(mut self: Box<Self>, stop: impl Future<Output = ()> + Unpin) -> Vec<u8> {
        let read = hold(stop, &mut self.reader, self.wait).await;
        batch::encode(self.reader.epoch(), &read)
    }
}

/// Holds an empty answer until there is something to tell, `wait` is over or the server goes down.
/// When the client goes away meanwhile, this future is dropped, and the reader with it.
pub(crate) async fn hold(
    mut stop: impl Future<Output = ()> + Unpin,
    reader: &mut Reader,
    wait: Duration,
) -> Read {
    let mut deadline = pin!(tokio::time::sleep(wait));
    loop {
        let over = tokio::select! {
            biased;
            () = reader.moved() => false,
            () = deadline.as_mut() => true,
            () = &mut stop => true,
        };
        let read = reader.read();
        if !read.is_empty() {
            return read;
        }
        if over {
            reader.count_wasted();
            return read;
        }
    }
}
