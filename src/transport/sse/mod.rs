//! Server-Sent Events: one response that never ends, `text/event-stream`.
//!
//! WHATWG HTML, section 9.2: over plain HTTP the server writes blocks of lines, `id:` the cursor,
//! `data:` the event's JSON, one block an event; the browser reads them with `EventSource`. The
//! way back is an ordinary request. Over HTTP/1.1 each stream keeps one of the browser's six
//! connections to an origin.
//!
//! Resume: the browser reconnects by itself after the time that the server gave in `retry:`, and
//! sends the last `id:` it saw as `Last-Event-ID`. An answer other than 200 makes it give up; then
//! a new `EventSource` has to be made, with the cursor in its address.

#[cfg(feature = "hydrate")]
pub mod client;
#[cfg(feature = "ssr")]
pub mod server;

/// How long a browser waits before it reconnects, in ms: short, because the cursor makes it cheap.
pub const RETRY_MS: u32 = 1_000;
