//! WebSocket: one socket, upgraded from HTTP, that both sides write to.
//!
//! RFC 6455: a `GET` to `/api/topics/{topic}/ws?after=CURSOR` with `Upgrade: websocket`, answered
//! with 101; from then on both sides send frames of their own accord, two to ten bytes of header
//! each from the server. Here the first text frame is the position, then comes one text frame an
//! event; a text frame from the client publishes to the topic. Proxies must know the protocol.
//!
//! Resume: the protocol has none, and the browser never reconnects by itself. The client does,
//! with its cursor in the address, after a pause that grows with each failure. Why a handshake
//! failed the browser does not tell.

#[cfg(feature = "hydrate")]
pub mod client;
pub mod frame;
#[cfg(feature = "ssr")]
pub mod server;
