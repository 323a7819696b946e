//! Servers that are no pushpull.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{State, ws::WebSocketUpgrade},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response, Sse, sse::Event},
    routing::{any, get, post},
};
use futures::{SinkExt, StreamExt, stream};
use pushpull::runs::record::LoadLimit;
use tokio::{net::TcpListener, sync::watch};

use super::{BRISK, load};

/// All messages so far; whoever reads waits for more.
type Channel = watch::Sender<Vec<String>>;

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    addr
}

async fn publish(State(channel): State<Arc<Channel>>, data: Bytes) -> StatusCode {
    let data = String::from_utf8(data.into()).unwrap();
    channel.send_modify(|messages| messages.push(data));
    StatusCode::ACCEPTED
}

/// Nchan's place of the message behind which one reads: `Last-Modified` is the same for all here,
/// so that only both conditions together tell them apart.
const SECOND: &str = "Wed, 25 Nov 2026 10:00:00 GMT";

fn place(headers: &HeaderMap) -> usize {
    let condition = |name| headers.get(name).map(|value| value.to_str().unwrap());
    match (
        condition(header::IF_MODIFIED_SINCE),
        condition(header::IF_NONE_MATCH),
    ) {
        (Some(SECOND), Some(tag)) => tag.parse().unwrap(),
        (None, None) => 0,
        other => panic!("one condition without the other: {other:?}"),
    }
}

fn message(messages: &[String], at: usize) -> Option<Response> {
    let text = messages.get(at)?.clone();
    let tag = (at + 1).to_string();
    let headers = [
        (header::LAST_MODIFIED, SECOND.to_owned()),
        (header::ETAG, tag),
    ];
    Some((headers, text).into_response())
}

async fn long_poll(State(channel): State<Arc<Channel>>, headers: HeaderMap) -> Response {
    let at = place(&headers);
    let mut reader = channel.subscribe();
    let more = reader.wait_for(|messages| messages.len() > at);
    match tokio::time::timeout(Duration::from_millis(700), more).await {
        Ok(messages) => message(&messages.unwrap(), at).unwrap(),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

async fn interval_poll(State(channel): State<Arc<Channel>>, headers: HeaderMap) -> Response {
    let found = message(&channel.borrow(), place(&headers));
    found.unwrap_or_else(|| StatusCode::NOT_MODIFIED.into_response())
}

/// One by one what is published from the beginning on.
fn messages(channel: &Channel) -> impl futures::Stream<Item = String> + use<> {
    stream::unfold((channel.subscribe(), 0), async |(mut reader, at)| {
        let text = reader.wait_for(|messages| messages.len() > at).await.ok()?[at].clone();
        Some((text, (reader, at + 1)))
    })
}

async fn event_stream(State(channel): State<Arc<Channel>>) -> impl IntoResponse {
    Sse::new(
        messages(&channel)
            .map(|text| Ok::<_, std::convert::Infallible>(Event::default().data(text))),
    )
}

async fn socket(State(channel): State<Arc<Channel>>, upgrade: WebSocketUpgrade) -> Response {
    let texts = messages(&channel).map(|text| Ok(text.into()));
    upgrade.on_upgrade(async |mut socket| {
        let _ = socket.send_all(&mut Box::pin(texts)).await;
    })
}

#[tokio::test]
async fn nchan_is_read_by_its_headers_and_plain_streams_as_they_come() {
    let channel = |way| {
        let channel = Arc::new(Channel::default());
        Router::new()
            .route(&format!("/{way}/pub"), post(publish))
            .route("/polling/sub", get(interval_poll))
            .route("/long-polling/sub", get(long_poll))
            .route("/sse/sub", get(event_stream))
            .route("/websocket/sub", any(socket))
            .with_state(channel)
    };
    for (adapter, way) in [
        ("nchan", "polling"),
        ("nchan", "long-polling"),
        ("nchan", "sse"),
        ("nchan", "websocket"),
        ("plain", "sse"),
        ("plain", "websocket"),
    ] {
        let addr = serve(channel(way)).await;
        let subscribe = format!("http://{addr}/{{transport}}/sub");
        let publish = format!("http://{addr}/{{transport}}/pub");
        let others = [
            "--adapter",
            adapter,
            "--subscribe-url",
            &subscribe,
            "--publish-url",
            &publish,
            "--transport",
            way,
            "--subscribers",
            "4",
        ];
        let told = load(&[&others[..], &BRISK].concat()).await;
        let lane = told.record().lanes.remove(0);
        let client = lane.client;
        let wrong = client.lost + client.duplicated + client.reordered;
        assert_eq!(wrong, 0, "{adapter} {way}: {}", told.stdout());
        assert_eq!(client.delivered, 4 * lane.load.unwrap().published);
    }
}

#[tokio::test]
async fn a_generator_that_cannot_keep_its_schedule_gives_no_verdict() {
    // It takes the first event only after a while: pipelined requests pile up until nothing more
    // fits between the two, and the schedule is late.
    let first = Arc::new(AtomicBool::new(true));
    let channel = Arc::new(Channel::default());
    let slow = async move |State(channel): State<Arc<Channel>>, data: Bytes| {
        if first.swap(false, Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(1_800)).await;
        }
        publish(State(channel), data).await
    };
    let router = Router::new()
        .route("/pub", post(slow))
        .route("/sub", get(event_stream))
        .with_state(channel);
    let addr = serve(router).await;
    let (subscribe, publish) = (format!("http://{addr}/sub"), format!("http://{addr}/pub"));
    let told = load(&[
        "--adapter",
        "plain",
        "--subscribe-url",
        &subscribe,
        "--publish-url",
        &publish,
        "--transport",
        "sse",
        "--subscribers",
        "1",
        "--rate",
        "500",
        "--size",
        "16384",
        "--duration",
        "2",
    ])
    .await;
    assert_eq!(told.code(), Some(3), "{}{}", told.stdout(), told.stderr());
    assert!(told.stdout().contains("no verdict"), "{}", told.stdout());
    let record = told.record();
    let limit = record.lanes[0].load.as_ref().unwrap().saturated;
    assert_eq!(limit, Some(LoadLimit::Late));
    let kinds: Vec<_> = record.flags.iter().map(|flag| flag.kind.slug()).collect();
    assert!(kinds.contains(&"generator-saturated"), "{kinds:?}");
}
