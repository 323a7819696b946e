//! Questions beside the measurement: one connection, one answer.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde::Deserialize;

use super::{
    LoadError,
    answer::{AnswerReader, Piece},
    subscriber::Trouble,
    target::LaneTarget,
};
use crate::{event::Cursor, transport::counters::LaneCounters};

/// How long anything of it may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes a pushpull's fresh topic and learns its first cursor.
pub(super) fn make_topic(target: &LaneTarget) -> Result<Cursor, LoadError> {
    #[derive(Deserialize)]
    struct Batch {
        next: Cursor,
    }
    let mut request = Vec::new();
    target.first_poll(&mut request);
    let unlike = |reason: String| LoadError::Topic(reason);
    let body = ask(target, &request).map_err(|trouble| unlike(trouble.to_string()))?;
    let batch: Batch = serde_json::from_slice(&body).map_err(|_| {
        unlike("what answered there is no pushpull; see --adapter for others".to_owned())
    })?;
    Ok(batch.next)
}

/// Asks a pushpull what it has counted of the lane; `None` where it was not to count, or no longer
/// knows it.
pub(super) fn counters(target: &LaneTarget) -> Option<LaneCounters> {
    target.counted.as_ref()?;
    let mut request = Vec::new();
    target.counters(&mut request);
    serde_json::from_slice(&ask(target, &request).ok()?).ok()
}

fn ask(target: &LaneTarget, request: &[u8]) -> Result<Vec<u8>, Trouble> {
    let io = |error: std::io::Error| Trouble::Io(error.kind());
    let mut stream = TcpStream::connect_timeout(&target.publish.addr, PATIENCE).map_err(io)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(io)?;
    stream.write_all(request).map_err(io)?;
    let mut reader = AnswerReader::new();
    reader.expect();
    let (mut status, mut body) = (0, Vec::new());
    let mut buffer = [0; 4_096];
    loop {
        let length = stream.read(&mut buffer).map_err(io)?;
        if length == 0 {
            return Err(Trouble::Ended);
        }
        let mut bytes = buffer.get(..length).unwrap_or_default();
        while let Some(piece) = reader.next(&mut bytes)? {
            match piece {
                Piece::Head(head) => status = head.status,
                Piece::Body(part) => body.extend_from_slice(part),
                Piece::End if status == 200 => return Ok(body),
                Piece::End => return Err(Trouble::refused(status, &body)),
            }
        }
    }
}
