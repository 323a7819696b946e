//! What a reading request asks for, parsed once at the door.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{FromRequestParts, Path},
    http::{Uri, request::Parts},
};

use super::{Transport, error::ApiError, query, reader::Reader, serving::Serving};
use crate::{
    event::{Position, TopicName},
    hub::{Read, ReadLimit},
    meter::lane::Lane,
};

/// How long a request is held when it does not say, in seconds.
const DEFAULT_WAIT_S: u64 = 25;

/// A request to read a topic: `/api/topics/{topic}/…?after=…&wait=…&lane=…`.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// What to read.
    pub topic: TopicName,
    /// Where to begin.
    pub position: Position,
    /// How long a held request may be held.
    pub wait: Duration,
    /// Whose traffic this is.
    pub lane: Option<Arc<Lane>>,
}

impl Subscription {
    /// What an address with that topic in it asks for, on a lane.
    pub fn asked(topic: &str, uri: &Uri, lane: Option<Arc<Lane>>) -> Result<Self, ApiError> {
        let [after, wait] = query::named(uri, ["after", "wait"])?;
        Ok(Self {
            topic: topic.parse()?,
            position: match after {
                Some(after) => after.parse()?,
                None => Position::Now,
            },
            wait: match wait {
                Some(wait) => parse_wait(&wait)?,
                None => Duration::from_secs(DEFAULT_WAIT_S),
            },
            lane,
        })
    }

    /// Opens the topic for it and reads once.
    pub fn open(
        self,
        serving: &Serving,
        transport: Transport,
        limit: ReadLimit,
    ) -> Result<(Reader, Read), ApiError> {
        let payer = (transport, self.lane);
        Reader::open(serving, &self.topic, self.position, payer, limit)
    }
}

/// Seconds of waiting, 1 to 60.
pub fn parse_wait(text: &str) -> Result<Duration, ApiError> {
    // A sign or a blank would be taken by `parse`, but is not a whole number as the contract has it.
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(seconds @ 1..=60) if digits => Ok(Duration::from_secs(seconds)),
        _ => Err(ApiError::Wait),
    }
}

impl FromRequestParts<Serving> for Subscription {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, serving: &Serving) -> Result<Self, ApiError> {
        let Path(topic) = Path::<String>::from_request_parts(parts, serving)
            .await
            .map_err(|_| crate::event::WordError::Topic)?;
        Self::asked(&topic, &parts.uri, parts.extensions.get().cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_one_to_sixty_whole_seconds() {
        assert_eq!(parse_wait("1"), Ok(Duration::from_secs(1)));
        assert_eq!(parse_wait("60"), Ok(Duration::from_secs(60)));
        for bad in [
            "",
            "0",
            "61",
            "1.5",
            "-1",
            "+5",
            "5s",
            "99999999999999999999",
        ] {
            assert_eq!(parse_wait(bad), Err(ApiError::Wait), "{bad}");
        }
    }
}
