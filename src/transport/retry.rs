//! When to try again, and when not: the back-off of all clients, and what an answer that is no
//! batch means. Pure: no clock, no randomness of its own.

use super::server_fn::{FnError, Refusal};

/// The first pause, in ms, before jitter.
pub const BASE_MS: f64 = 250.0;

/// The longest pause, in ms, that a client takes of its own accord.
pub const CAP_MS: f64 = 5_000.0;

/// The longest pause, in ms, that a server may ask for: a day. More would overflow the browser's
/// timers, which count ms in 31 bits and fire at once beyond that.
const LONGEST_ASKED_MS: f64 = 86_400_000.0;

/// Reasons that are the client's own words, for [`Signal::Closed`](super::Signal::Closed). A
/// server's refusal reads `503 too_many_topics`, a WebSocket's end is its close code.
pub mod reason {
    /// The browser says no more than that it did not work.
    pub const NETWORK: &str = "network";
    /// The answer did not come in the time that it should have taken.
    pub const NO_ANSWER: &str = "no-answer";
    /// A stream or socket did not open in time.
    pub const NOT_OPENED: &str = "not-opened";
    /// What came is not what the contract says.
    pub const BAD_ANSWER: &str = "bad-answer";
    /// The browser refuses to open the connection.
    pub const BLOCKED: &str = "blocked";
    /// The stream or socket ended without a word.
    pub const ENDED: &str = "ended";
    /// The browser says that it has no network.
    pub const OFFLINE: &str = "offline";
    /// The page was left; it may come back from the browser's cache.
    pub const PAGE_HIDDEN: &str = "page-hidden";
}

/// Pauses that double from [`BASE_MS`] to [`CAP_MS`], half of each drawn at random, so that
/// clients that lost the same server do not all come back at once.
#[derive(Debug, Clone, Copy, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The pause before the next attempt in ms; `draw` is a random number from 0 to 1.
    pub fn pause_ms(&mut self, draw: f64) -> f64 {
        // Beyond 2^5 the cap holds anyway.
        let doublings = self.failures.min(5);
        self.failures = self.failures.saturating_add(1);
        let whole = (BASE_MS * f64::from(1_u32 << doublings)).min(CAP_MS);
        whole / 2.0 + draw.clamp(0.0, 1.0) * whole / 2.0
    }

    /// It worked: the next failure starts over with the shortest pause.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }
}

/// Why there is no batch.
#[derive(Debug, Clone, PartialEq)]
pub enum Trouble {
    /// It may pass: try again.
    Passing {
        /// The reason, for [`Signal::Closed`](super::Signal::Closed).
        reason: String,
        /// The server asks to be left alone for so many ms; 0 when it does not.
        pause_ms: f64,
    },
    /// The server refuses for a reason that trying again will not change.
    Lasting {
        /// The reason, the server's error code first.
        reason: String,
    },
}

impl Trouble {
    /// A trouble that may pass, of which the server said nothing.
    pub fn passing(reason: impl Into<String>) -> Self {
        Self::Passing {
            reason: reason.into(),
            pause_ms: 0.0,
        }
    }

    /// Its reason.
    pub fn reason(&self) -> &str {
        match self {
            Self::Passing { reason, .. } | Self::Lasting { reason } => reason,
        }
    }
}

/// What an answer means that is not a batch. Of the statuses 4xx (RFC 9110, section 15.5) only
/// 408 and 429 are worth another attempt; everything else that is not 4xx may be a server or a
/// proxy that is having a bad moment.
pub fn judge(status: u16, body: &str, retry_after: Option<&str>) -> Trouble {
    let refusal = serde_json::from_slice::<FnError>(body.as_bytes()).ok();
    let lasting = (400..500).contains(&status) && !matches!(status, 408 | 429);
    match (lasting, refusal.map(|refusal| refusal.error)) {
        (true, Some(Refusal { code, message })) => Trouble::Lasting {
            reason: format!("{code}: {message}"),
        },
        (true, None) => Trouble::Lasting {
            reason: status.to_string(),
        },
        (false, error) => Trouble::Passing {
            reason: match error {
                Some(Refusal { code, .. }) => format!("{status} {code}"),
                None if (200..300).contains(&status) => reason::BAD_ANSWER.to_owned(),
                None => status.to_string(),
            },
            pause_ms: match status {
                429 | 503 => retry_after.map_or(0.0, asked_pause_ms),
                _ => 0.0,
            },
        },
    }
}

/// `Retry-After` in ms. Its other form, a date, would need the server's clock: the client's own
/// back-off stands in for it.
fn asked_pause_ms(retry_after: &str) -> f64 {
    retry_after
        .trim()
        .parse::<u32>()
        .map_or(0.0, |s| (f64::from(s) * 1_000.0).min(LONGEST_ASKED_MS))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap_and_start_over() {
        let mut backoff = Backoff::default();
        let full: Vec<f64> = (0..8).map(|_| backoff.pause_ms(1.0)).collect();
        assert_eq!(
            full,
            [
                250.0, 500.0, 1_000.0, 2_000.0, 4_000.0, 5_000.0, 5_000.0, 5_000.0
            ]
        );
        backoff.succeeded();
        assert_eq!(backoff.pause_ms(0.0), 125.0);
    }

    #[test]
    fn a_refusal_that_will_not_pass_gives_its_code_first() {
        let body = r#"{"error":{"code":"cursor_ahead","message":"the head is 3"}}"#;
        let reason = "cursor_ahead: the head is 3".to_owned();
        assert_eq!(judge(400, body, None), Trouble::Lasting { reason });
        let plain = judge(404, "<html>", Some("3"));
        assert_eq!(
            plain,
            Trouble::Lasting {
                reason: "404".to_owned()
            }
        );
    }

    #[test]
    fn a_busy_server_is_left_alone_as_long_as_it_asks() {
        let body = r#"{"error":{"code":"too_many_topics","message":"later"}}"#;
        let busy = |retry_after, pause_ms| {
            let reason = "503 too_many_topics".to_owned();
            let expected = Trouble::Passing { reason, pause_ms };
            assert_eq!(judge(503, body, retry_after), expected, "{retry_after:?}");
        };
        busy(Some("5"), 5_000.0);
        busy(Some(" 0 "), 0.0);
        busy(Some("4000000000"), LONGEST_ASKED_MS);
        busy(Some("Wed, 21 Oct 2026 07:28:00 GMT"), 0.0);
        busy(Some("-1"), 0.0);
        busy(None, 0.0);
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        for status in [408, 429, 500, 502, 504, 599] {
            assert_eq!(
                judge(status, "", None),
                Trouble::passing(status.to_string())
            );
        }
        assert_eq!(
            judge(200, "<html>", None),
            Trouble::passing(reason::BAD_ANSWER)
        );
        assert_eq!(judge(429, "", Some("2")).reason(), "429");
    }

    proptest! {
        #[test]
        fn a_pause_is_never_short_nor_long(before in 0_u32..100, draw in -1.0..2.0) {
            let mut backoff = Backoff { failures: before };
            let pause = backoff.pause_ms(draw);
            prop_assert!((BASE_MS / 2.0..=CAP_MS).contains(&pause));
        }

        #[test]
        fn no_answer_panics(status: u16, body in ".*", retry_after in proptest::option::of(".*")) {
            let _ = judge(status, &body, retry_after.as_deref());
        }
    }
}
