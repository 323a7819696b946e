//! Long polling: ask; the server holds the request until there is something to tell.
//!
//! Plain HTTP (RFC 9110), practice and pitfalls in RFC 6202: a `GET` to
//! `/api/topics/{topic}/long-poll?after=CURSOR&wait=25` that is answered with the first event or
//! gap behind the cursor, or with an empty batch after `wait` seconds, which keeps proxies from
//! taking the silence for death. One request is outstanding at any time. Every event costs a
//! request of its own, and events that come while the next request is on its way wait for it.
//!
//! Resume: every request names its cursor, so a lost one is asked again.

#[cfg(feature = "hydrate")]
pub mod client;
#[cfg(feature = "ssr")]
pub mod server;
