//! Where each transport is found.

use pushpull::transport::Transport;

/// The four plain transports and the framework's three.
pub const ALL: [Transport; 7] = [
    Transport::Polling,
    Transport::LongPolling,
    Transport::Sse,
    Transport::WebSocket,
    Transport::ServerFnPolling,
    Transport::ServerFnLongPolling,
    Transport::ServerFnWebSocket,
];

/// Those whose address can say `after=start`; the server function's socket takes cursors only.
pub const WITH_START: [Transport; 6] = [
    Transport::Polling,
    Transport::LongPolling,
    Transport::Sse,
    Transport::WebSocket,
    Transport::ServerFnPolling,
    Transport::ServerFnLongPolling,
];

/// A transport's address of a topic. `after` and `lane` may be empty: then they are not named.
pub fn address(transport: Transport, topic: &str, after: &str, lane: &str) -> String {
    let mut address = match transport {
        Transport::Polling => format!("/api/topics/{topic}/poll?"),
        Transport::LongPolling => format!("/api/topics/{topic}/long-poll?wait=60"),
        Transport::Sse => format!("/api/topics/{topic}/sse?"),
        Transport::WebSocket => format!("/api/topics/{topic}/ws?"),
        Transport::ServerFnPolling => format!("/api/fn/poll?topic={topic}"),
        Transport::ServerFnLongPolling => format!("/api/fn/long-poll?topic={topic}&wait=60"),
        // Topic, cursor and lane travel in its first message.
        Transport::ServerFnWebSocket => return "/api/fn/socket".to_owned(),
    };
    for (name, value) in [("after", after), ("lane", lane)] {
        if !value.is_empty() {
            address.push_str(&format!("&{name}={value}"));
        }
    }
    address
}
