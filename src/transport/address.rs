//! Where a topic is read: the addresses of the contract, as the clients ask for them.

use std::fmt::Write as _;

use super::Target;
use crate::event::Cursor;

/// `/api/topics/{topic}/{way}` with the query that the target asks for. `way` is `poll`,
/// `long-poll`, `sse` or `ws`; `wait_s` is for `long-poll` alone. Names and cursors consist of
/// characters that need no escaping.
pub fn address(way: &str, target: &Target, after: Option<Cursor>, wait_s: Option<u32>) -> String {
    let mut address = format!("/api/topics/{}/{way}?lane={}", target.topic, target.lane);
    // Writing to a string does not fail.
    if let Some(cursor) = after {
        let _ = write!(address, "&after={cursor}");
    }
    if let Some(seconds) = wait_s {
        let _ = write!(address, "&wait={seconds}");
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Epoch;

    #[test]
    fn an_address_names_topic_lane_cursor_and_wait() -> Result<(), crate::event::WordError> {
        let after = Some(Cursor {
            epoch: Epoch(0xab),
            seq: 7,
        });
        let target = Target {
            topic: "demo".parse()?,
            after,
            lane: "run-1-sse".parse()?,
        };
        assert_eq!(
            address("sse", &target, None, None),
            "/api/topics/demo/sse?lane=run-1-sse"
        );
        assert_eq!(
            address("long-poll", &target, after, Some(25)),
            "/api/topics/demo/long-poll?lane=run-1-sse&after=00000000000000ab-7&wait=25"
        );
        Ok(())
    }
}
