//! A record as few bytes: what the database keeps.
//!
//! A version byte, then a zlib stream: the record's JSON without histograms and receipts, and
//! these as columns of numbers of variable length, lane by lane. Numbers that are close to what
//! could be expected are small: a receipt's number is nearly always the next one, its `at` is the
//! same in all lanes, and what came in one answer came at the same moment.

use std::{
    collections::HashMap,
    io::{Read, Write},
};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};

use self::numbers::{Reader, Writer};
use super::{
    record::Record,
    types::{BlockCounts, Receipt},
};

mod numbers;

/// How this file packs.
const VERSION: u8 = 1;
/// The most that is unpacked, in bytes: no record comes near.
const MAX_UNPACKED: u64 = 256 * 1024 * 1024;

/// Why bytes cannot be read as a record: they were not written by this file, or were damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// Written by a later pushpull.
    #[error("the record was packed by a later pushpull")]
    Version,
    /// Damaged.
    #[error("the record is damaged")]
    Damaged,
}

/// Packs a record. Costs some ten ms for a full one.
pub fn pack(record: &Record) -> Vec<u8> {
    let mut rest = record.clone();
    for lane in &mut rest.lanes {
        lane.client.histogram = Vec::new();
        lane.client.receipts = Vec::new();
    }
    let mut columns = Writer::default();
    let mut ats = HashMap::new();
    for lane in &record.lanes {
        write_histogram(&mut columns, &lane.client.histogram);
        write_receipts(&mut columns, &lane.client.receipts, &mut ats);
    }
    let json = rest.to_json();
    let mut lengths = Writer::default();
    lengths.count(json.len());
    let mut packed = ZlibEncoder::new(vec![VERSION], Compression::default());
    for part in [lengths.into_bytes(), json, columns.into_bytes()] {
        // Writing into memory does not fail.
        let _ = packed.write_all(&part);
    }
    packed.finish().unwrap_or_default()
}

/// Unpacks a record.
pub fn unpack(packed: &[u8]) -> Result<Record, UnpackError> {
    let (&version, stream) = packed.split_first().ok_or(UnpackError::Damaged)?;
    if version != VERSION {
        return Err(UnpackError::Version);
    }
    let mut bytes = Vec::new();
    ZlibDecoder::new(stream)
        .take(MAX_UNPACKED)
        .read_to_end(&mut bytes)
        .map_err(|_| UnpackError::Damaged)?;
    let mut reader = Reader::new(&bytes);
    unpack_columns(&mut reader).ok_or(UnpackError::Damaged)
}

fn unpack_columns(reader: &mut Reader<'_>) -> Option<Record> {
    let length = reader.count()?;
    let mut record: Record = serde_json::from_slice(reader.bytes(length)?).ok()?;
    let mut ats = HashMap::new();
    for lane in &mut record.lanes {
        lane.client.histogram = read_histogram(reader)?;
        lane.client.receipts = read_receipts(reader, &mut ats)?;
    }
    Some(record)
}

fn write_histogram(columns: &mut Writer, blocks: &[BlockCounts]) {
    columns.count(blocks.len());
    let mut before = 0;
    for block in blocks {
        columns.whole(u64::from(block.block.wrapping_sub(before)));
        before = block.block;
        columns.whole(block.never.into());
        columns.count(block.counts.len());
    }
    for block in blocks {
        let mut before = 0;
        for &(us, _) in &block.counts {
            columns.signed(us.wrapping_sub(before));
            before = us;
        }
    }
    for (_, count) in blocks.iter().flat_map(|block| &block.counts) {
        columns.whole((*count).into());
    }
}

fn read_histogram(columns: &mut Reader<'_>) -> Option<Vec<BlockCounts>> {
    let mut blocks = Vec::new();
    let mut before = 0_u32;
    for _ in 0..columns.count()? {
        before = before.wrapping_add(u32::try_from(columns.whole()?).ok()?);
        blocks.push(BlockCounts {
            block: before,
            never: u32::try_from(columns.whole()?).ok()?,
            counts: vec![(0, 0); columns.count()?],
        });
    }
    for block in &mut blocks {
        let mut before = 0_i64;
        for (us, _) in &mut block.counts {
            before = before.wrapping_add(columns.signed()?);
            *us = before;
        }
    }
    for (_, count) in blocks.iter_mut().flat_map(|block| &mut block.counts) {
        *count = u32::try_from(columns.whole()?).ok()?;
    }
    Some(blocks)
}

/// Writes the receipts' three columns. `ats` knows when each event happened as far as an earlier
/// lane has told.
fn write_receipts(columns: &mut Writer, receipts: &[Receipt], ats: &mut HashMap<u64, i64>) {
    columns.count(receipts.len());
    let mut before = 0;
    for &(seq, _, _) in receipts {
        columns.whole(seq.wrapping_sub(before));
        before = seq;
    }
    let mut before = 0;
    for &(seq, at, _) in receipts {
        columns.signed(at.wrapping_sub(*ats.get(&seq).unwrap_or(&before)));
        ats.insert(seq, at);
        before = at;
    }
    let mut before = 0_i64;
    for &(_, at, latency) in receipts {
        columns.signed(at.wrapping_add(latency).wrapping_sub(before.max(at)));
        before = at.wrapping_add(latency);
    }
}

fn read_receipts(columns: &mut Reader<'_>, ats: &mut HashMap<u64, i64>) -> Option<Vec<Receipt>> {
    let mut receipts: Vec<Receipt> = vec![(0, 0, 0); columns.count()?];
    let mut before = 0_u64;
    for (seq, _, _) in &mut receipts {
        before = before.wrapping_add(columns.whole()?);
        *seq = before;
    }
    let mut before = 0_i64;
    for (seq, at, _) in &mut receipts {
        let expected = *ats.get(seq).unwrap_or(&before);
        *at = expected.wrapping_add(columns.signed()?);
        ats.insert(*seq, *at);
        before = *at;
    }
    let mut before = 0_i64;
    for (_, at, latency) in &mut receipts {
        // What came in one answer with its predecessor came when that came; what did not has
        // been on its way since it happened.
        let came = before.max(*at).wrapping_add(columns.signed()?);
        *latency = came.wrapping_sub(*at);
        before = came;
    }
    Some(receipts)
}
