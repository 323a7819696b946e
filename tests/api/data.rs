//! Any text travels unchanged, in by HTTP and by WebSocket, out by every transport.

use futures::SinkExt;
use pushpull::{
    event::MAX_DATA,
    transport::{Transport, server_fn::ToServer},
};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    app::TestApp,
    socket::{hear, say},
    subscriber::{ALL, Subscriber},
};

/// Texts that some encoding on the way has a meaning for.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        " leading and trailing ",
        "line\nline\n\nline",
        "\r\nwith\rreturns\n\r",
        "\n",
        "data: x\n\nid: 0123456789abcdef-9\nevent: gap\n\n",
        ": a comment",
        "\0\u{1}\u{8}\t\u{b}\u{c}\u{1b}\u{1f}\u{7f}\u{80}\u{9f}",
        "\u{2028}\u{2029}\u{85}\u{feff}\u{fffe}\u{ffff}",
        "\"quoted\" \\back\\slashed\\ \\u0041 </script>",
        "한국어, ελληνικά, עברית, e\u{301} and é",
        "😀👩‍👩‍👧‍👦\u{10ffff}",
        "{\"seq\":1,\"error\":{\"code\":\"x\"}}",
        "null",
        "%41%0A+&=;",
    ]
    .map(ToOwned::to_owned)
    .into();
    texts.push("\"".repeat(MAX_DATA));
    texts.push("😀".repeat(MAX_DATA / 4));
    texts
}

#[tokio::test]
async fn every_text_arrives_unchanged_by_every_transport() {
    let app = TestApp::start().await;
    let mut subscribers = Vec::new();
    for transport in ALL {
        subscribers.push(Subscriber::open(&app, transport, "topic", "").await);
    }
    for text in texts() {
        app.publish("topic", &text).await;
        for subscriber in &mut subscribers {
            let event = subscriber.event().await;
            assert!(event.data == text, "{:?}: {text:?}", subscriber.transport);
        }
    }
}

#[tokio::test]
async fn every_text_arrives_unchanged_when_a_socket_published_it() {
    let app = TestApp::start().await;
    let mut socket = app.web_socket("topic", "").await;
    hear(&mut socket).await.expect("the position");
    let mut reader = Subscriber::open(&app, Transport::Sse, "topic", "").await;
    for text in texts() {
        socket
            .send(Message::Text(text.clone().into()))
            .await
            .unwrap();
        assert!(reader.event().await.data == text, "{text:?}");
        let own = hear(&mut socket).await.expect("the event comes back");
        let own: serde_json::Value = serde_json::from_slice(&own).unwrap();
        assert!(own["data"] == text.as_str(), "{text:?}");
    }
}

#[tokio::test]
async fn every_text_arrives_unchanged_when_the_server_functions_socket_published_it() {
    let app = TestApp::start().await;
    let mut reader = Subscriber::open(&app, Transport::Sse, "topic", "").await;
    let mut socket = app.socket_at("/api/fn/socket").await;
    let open = ToServer::Open {
        topic: "topic".parse().unwrap(),
        after: None,
        lane: None,
    };
    say(&mut socket, &open).await;
    hear(&mut socket).await.expect("the position");
    for text in texts() {
        say(&mut socket, &ToServer::Publish { data: text.clone() }).await;
        assert!(reader.event().await.data == text, "{text:?}");
        hear(&mut socket).await.expect("the event comes back");
    }
}
