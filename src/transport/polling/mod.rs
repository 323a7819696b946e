//! Polling: ask at an interval; each answer is whatever has piled up since the cursor.
//!
//! Plain HTTP (RFC 9110): a `GET` to `/api/topics/{topic}/poll?after=CURSOR` that the server
//! answers at once. Nothing stands between two polls, neither on the server nor on the way, and
//! any proxy can carry it. The price is time (half an interval on average) and empty answers.
//!
//! Resume: there is nothing to resume. Every poll names its cursor, so a lost one is asked again.

#[cfg(feature = "hydrate")]
pub mod client;
#[cfg(feature = "ssr")]
pub mod server;
