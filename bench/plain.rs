//! A server as most would write it: axum, its own event streams and WebSockets, and a broadcast
//! channel. What it costs is what one gets without thinking of the cost.
//!
//! `cargo run --release --features ssr --example plain -- 127.0.0.1:3191`; publish with
//! `POST /publish`, subscribe at `/sse`, `/ws` and `/long-poll`. One worker, as the others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a tool for developers: what goes wrong may end it"
)]

use std::convert::Infallible;

use axum::{
    Router,
    extract::{State, WebSocketUpgrade},
    response::{IntoResponse, Response, Sse, sse::Event},
    routing::{get, post},
};
use futures::stream;
use tokio::{net::TcpListener, sync::broadcast};

type Events = broadcast::Sender<String>;

async fn sse(State(events): State<Events>) -> impl IntoResponse {
    Sse::new(stream::unfold(events.subscribe(), async |mut events| {
        let event = Event::default().data(events.recv().await.ok()?);
        Some((Ok::<_, Infallible>(event), events))
    }))
}

async fn web_socket(State(events): State<Events>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async move |mut socket| {
        let mut events = events.subscribe();
        while let Ok(event) = events.recv().await {
            if socket.send(event.into()).await.is_err() {
                return;
            }
        }
    })
}

async fn long_poll(State(events): State<Events>) -> String {
    events.subscribe().recv().await.unwrap_or_default()
}

async fn publish(State(events): State<Events>, event: String) {
    // Nobody may be listening.
    let _ = events.send(event);
}

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let addr = std::env::args().nth(1).expect("an address");
    let router = Router::new()
        .route("/publish", post(publish))
        .route("/sse", get(sse))
        .route("/ws", get(web_socket))
        .route("/long-poll", get(long_poll))
        .with_state(broadcast::channel(1_000).0);
    axum::serve(TcpListener::bind(addr).await.unwrap(), router)
        .await
        .unwrap();
}
