//! A recording's JSON, piece by piece: written at once, that of a long run takes the page's main
//! thread for several frames.

use std::mem::take;

use serde::Serialize;
use serde_json::{Error, to_string};

use super::types::{Receipt, Recording};
use crate::stats::BlockCounts;

/// How many receipts are one piece.
const RECEIPTS: usize = 1_000;

/// A part of the JSON that is written in one go, in a fraction of a frame.
#[derive(Debug)]
pub enum Piece {
    /// What has been written already.
    Text(String),
    /// A block of a histogram, and whether others stand before it.
    Block(BlockCounts, bool),
    /// Some receipts, and whether others stand before them.
    Receipts(Vec<Receipt>, bool),
}

impl Piece {
    /// Its JSON, which follows that of the piece before.
    pub fn json(self) -> Result<String, Error> {
        let (members, follows) = match self {
            Self::Text(text) => return Ok(text),
            Self::Block(block, follows) => (to_string(&block)?, follows),
            Self::Receipts(receipts, follows) => {
                let list = to_string(&receipts)?;
                let inside = list
                    .strip_prefix('[')
                    .and_then(|list| list.strip_suffix(']'));
                (inside.unwrap_or_default().to_owned(), follows)
            }
        };
        Ok(if follows {
            format!(",{members}")
        } else {
            members
        })
    }
}

/// The pieces of what `runs::api::save_run` is called with, in their order.
pub fn pieces(mut recording: Recording) -> Result<Vec<Piece>, Error> {
    let lanes = take(&mut recording.lanes);
    let (front, back) = around("lanes", &recording)?;
    let mut pieces = vec![Piece::Text(format!("{{\"recording\":{front}"))];
    for (index, mut lane) in lanes.into_iter().enumerate() {
        let histogram = take(&mut lane.histogram);
        let receipts = take(&mut lane.receipts);
        let (front, rest) = around("histogram", &lane)?;
        let (between, back) = split("receipts", &rest);
        let comma = if index > 0 { "," } else { "" };
        pieces.push(Piece::Text(format!("{comma}{front}")));
        for (index, block) in histogram.into_iter().enumerate() {
            pieces.push(Piece::Block(block, index > 0));
        }
        pieces.push(Piece::Text(between));
        for (index, some) in receipts.chunks(RECEIPTS).enumerate() {
            pieces.push(Piece::Receipts(some.to_vec(), index > 0));
        }
        pieces.push(Piece::Text(back));
    }
    pieces.push(Piece::Text(format!("{back}}}")));
    Ok(pieces)
}

/// What stands before and behind the members of an empty list of that name in a value's JSON.
fn around(name: &str, value: &impl Serialize) -> Result<(String, String), Error> {
    Ok(split(name, &to_string(value)?))
}

/// A quotation mark inside a text has a backslash before it, so that no text passes for the list.
fn split(name: &str, json: &str) -> (String, String) {
    let list = format!("\"{name}\":[");
    let end = json.find(&format!("{list}]")).unwrap_or(json.len()) + list.len();
    let (front, back) = json.split_at_checked(end).unwrap_or((json, ""));
    (front.to_owned(), back.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::runs::{
        api::SaveRun,
        record::any::record,
        types::{LaneRecording, Mode},
    };

    fn of(lanes: Vec<LaneRecording>) -> Recording {
        Recording {
            run: "run".to_owned(),
            mode: Mode::Together,
            poll_interval_ms: 500,
            wait_s: 25,
            distance_ms: 0,
            start_us: 1,
            block_us: 1_000_000,
            browser: "\"lanes\":[]".to_owned(),
            user_agent: String::new(),
            step_ns: 5_000,
            isolated: true,
            secure: true,
            clock_error_us: 40,
            round_trip_us: 80,
            drift_ppb: 0,
            bias_us: Vec::new(),
            flags: Vec::new(),
            lanes,
        }
    }

    fn both(recording: Recording) -> (String, String) {
        let whole = to_string(&SaveRun {
            recording: recording.clone(),
        });
        let pieces = pieces(recording).unwrap().into_iter();
        (
            pieces.map(|piece| piece.json().unwrap()).collect(),
            whole.unwrap(),
        )
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_whole(record in record()) {
            let lanes = record.lanes.into_iter().map(|lane| lane.client);
            let (pieces, whole) = both(of(lanes.collect()));
            prop_assert_eq!(pieces, whole);
        }

        #[test]
        fn no_text_passes_for_a_list(mut record in record(), receipts in 0..2_100_u64) {
            for lane in &mut record.lanes {
                lane.client.state = "\"histogram\":[]".to_owned();
                lane.client.reason = "\\\"receipts\":[]".to_owned();
                lane.client.receipts = (1..=receipts).map(|seq| (seq, 0, -1)).collect();
            }
            let lanes = record.lanes.into_iter().map(|lane| lane.client);
            let (pieces, whole) = both(of(lanes.collect()));
            prop_assert_eq!(pieces, whole);
        }
    }

    #[test]
    fn a_run_without_lanes_is_written_as_well() {
        let (pieces, whole) = both(of(Vec::new()));
        assert_eq!(pieces, whole);
    }
}
