//! WebSocket messages without an end, and frames that announce too much.

use futures::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::{
    app::{TestApp, eventually, soon},
    raw::{HANDSHAKE, Raw, request},
};

#[tokio::test]
async fn a_message_in_endless_pieces_is_too_long() {
    let app = TestApp::start().await;
    for path in ["/api/topics/t/ws", "/api/clock", "/api/echo"] {
        let mut socket = app.socket_at(path).await;
        let piece = |code| {
            Message::Frame(Frame::message(
                vec![b'x'; 16_384],
                OpCode::Data(code),
                false,
            ))
        };
        let mut sent = 0;
        let mut next = socket.send(piece(Data::Text)).await;
        // Twice the longest message that any address takes; none takes as much.
        while next.is_ok() && sent < 2_048 {
            next = soon(
                "the server to take a piece",
                socket.send(piece(Data::Continue)),
            )
            .await;
            sent += 1;
        }
        let code = loop {
            match soon("the close", socket.next()).await {
                Some(Ok(Message::Close(frame))) => {
                    break Some(u16::from(frame.expect("a code").code));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break None,
            }
        };
        // Where we are still sending, the reset may overtake the close.
        assert!(matches!(code, Some(1009) | None), "{path}: {code:?}");
        eventually("the socket to be gone", async || {
            app.health("connections").await <= 1
        })
        .await;
    }
}

#[tokio::test]
async fn a_frame_that_announces_too_much_is_not_waited_for() {
    let app = TestApp::start().await;
    for path in ["/api/topics/t/ws", "/api/clock", "/api/echo"] {
        for length in [17_u64 * 1024 * 1024, 1 << 40, (1 << 63) - 1] {
            let mut raw = Raw::open(app.addr).await;
            raw.say(request(app.addr, &format!("GET {path}"), &HANDSHAKE, ""))
                .await;
            assert_eq!(raw.answer().await.status, 101);
            let mut head = vec![0x81, 0xff];
            head.extend(length.to_be_bytes());
            head.extend([0; 4]);
            raw.say(head).await;
            let rest = raw.rest().await;
            let close = [0x88, rest.len() as u8];
            let told = rest
                .windows(4)
                .any(|w| w[0] == close[0] && w[2..] == 1009_u16.to_be_bytes());
            assert!(told, "{path} {length}: close 1009 in {rest:?}");
        }
    }
}
