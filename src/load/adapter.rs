//! In which dialect a server is spoken to.

use clap::ValueEnum;
use serde::Deserialize;

use super::answer::Head;
use crate::{
    event::{Cursor, Gap},
    transport::Transport,
};

/// A server's dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Adapter {
    /// pushpull's own contract
    Pushpull,
    /// pushpull's server functions: polling and long polling as the framework has them
    ServerFn,
    /// Nchan, an nginx module
    Nchan,
    /// Anything that relays what is published
    Plain,
}

/// Where a subscriber is in the log, as its server tells it; all that it needs to come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// The server has told none, or knows none.
    Unknown,
    /// pushpull's cursor.
    After(Cursor),
    /// Nchan's: the last answer's `Last-Modified` and `Etag`, sent back as conditions.
    Validators { modified: String, tag: String },
}

/// What an answer to a poll says beside its events.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Polled {
    pub(super) gap: Option<Gap>,
    /// There is more to read at once.
    pub(super) more: bool,
}

/// pushpull's answer to a poll without its events, which are known by their tags.
#[derive(Deserialize)]
struct Batch {
    next: Cursor,
    gap: Option<Gap>,
    more: bool,
}

impl Adapter {
    /// Whether it is a pushpull that answers: it makes a topic of its own for each lane, and tells
    /// cursors and gaps.
    pub(super) fn is_pushpull(self) -> bool {
        matches!(self, Self::Pushpull | Self::ServerFn)
    }

    /// How it carries that transport; `None` where it cannot.
    pub(super) fn carries(self, transport: Transport) -> Option<Transport> {
        match (self, transport) {
            (Self::ServerFn, Transport::Polling) => Some(Transport::ServerFnPolling),
            (Self::ServerFn, Transport::LongPolling) => Some(Transport::ServerFnLongPolling),
            (Self::ServerFn, _) => None,
            (_, transport) => Some(transport),
        }
    }

    /// Whether that status is an answer, with events or without.
    pub(super) fn answers(self, status: u16) -> bool {
        match self {
            Self::Pushpull | Self::ServerFn => status == 200,
            // A held request that is over, or an interval poll that finds nothing.
            Self::Nchan | Self::Plain => matches!(status, 200 | 204 | 304 | 408),
        }
    }

    /// Reads an answer to a poll and moves the place behind it; `None` for what makes no sense.
    pub(super) fn polled(self, head: &Head, body: &[u8], place: &mut Place) -> Option<Polled> {
        match self {
            Self::Pushpull | Self::ServerFn => {
                let Batch { next, gap, more } = serde_json::from_slice(body).ok()?;
                *place = Place::After(next);
                Some(Polled { gap, more })
            }
            Self::Nchan => {
                if head.status == 200 {
                    *place = Place::Validators {
                        modified: head.last_modified.clone(),
                        tag: head.etag.clone(),
                    };
                }
                // One message an answer: only an empty one says that there are no more.
                Some(Polled {
                    gap: None,
                    more: head.status == 200,
                })
            }
            Self::Plain => Some(Polled {
                gap: None,
                more: false,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_pushpulls_moves_the_cursor_and_tells_the_gap() {
        let body = br#"{"epoch":"00000000000000ab","events":[{"seq":7,"at":1,"data":"x"}],"next":"00000000000000ab-7","gap":{"epoch":"00000000000000ab","from":1,"to":6,"reset":false},"more":true}"#;
        let mut place = Place::Unknown;
        let polled = Adapter::Pushpull.polled(&Head::default(), body, &mut place);
        let polled = polled.unwrap();
        assert!(polled.more);
        assert_eq!(polled.gap.map(|gap| gap.missed()), Some(6));
        assert_eq!(place, Place::After("00000000000000ab-7".parse().unwrap()));
        assert_eq!(
            Adapter::Pushpull.polled(&Head::default(), b"<html>", &mut place),
            None
        );
    }

    #[test]
    fn nchans_place_is_in_its_headers_and_an_empty_answer_keeps_it() {
        let head = |status| Head {
            status,
            last_modified: "Wed, 25 Nov 2026 10:00:00 GMT".to_owned(),
            etag: "3".to_owned(),
            ..Head::default()
        };
        let mut place = Place::Unknown;
        assert!(
            Adapter::Nchan
                .polled(&head(200), b"x", &mut place)
                .unwrap()
                .more
        );
        let known = place.clone();
        assert!(matches!(&known, Place::Validators { tag, .. } if tag == "3"));
        assert!(
            !Adapter::Nchan
                .polled(
                    &Head {
                        etag: String::new(),
                        ..head(304)
                    },
                    b"",
                    &mut place
                )
                .unwrap()
                .more
        );
        assert_eq!(place, known);
    }
}
