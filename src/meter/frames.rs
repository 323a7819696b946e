//! WebSocket frames as they pass (RFC 6455, 5.2): what is content and what is framing.

use std::ops::AddAssign;

const PING: u8 = 0x9;
const PONG: u8 = 0xA;
/// Up to here an opcode is not a control frame's.
const LAST_DATA: u8 = 0x7;

/// What was found in a piece of the stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Bytes of messages.
    pub content: u64,
    /// Pings and pongs that began.
    pub heartbeats: u64,
    /// Bytes of pings and pongs, their heads included.
    pub heartbeat_bytes: u64,
}

impl AddAssign for Found {
    fn add_assign(&mut self, more: Self) {
        self.content += more.content;
        self.heartbeats += more.heartbeats;
        self.heartbeat_bytes += more.heartbeat_bytes;
    }
}

/// Reads one direction's frames, in whatever pieces they come.
#[derive(Debug, Clone, Copy, Default)]
pub struct FrameScan {
    opcode: u8,
    /// Bytes of the frame's head that have come; 0 between frames.
    have: u8,
    /// Bytes that the frame's head has, once its second byte has come.
    head: u8,
    /// Bytes of the frame's payload that are still to come.
    left: u64,
}

impl FrameScan {
    /// Takes what came. Of what is no WebSocket it finds nonsense, but never more than came.
    pub fn feed(&mut self, mut bytes: &[u8]) -> Found {
        let mut found = Found::default();
        while let Some((first, rest)) = bytes.split_first() {
            if self.have == 0 && self.left > 0 {
                let here = bytes
                    .len()
                    .min(usize::try_from(self.left).unwrap_or(usize::MAX));
                self.left -= here as u64;
                match self.opcode {
                    PING | PONG => found.heartbeat_bytes += here as u64,
                    0..=LAST_DATA => found.content += here as u64,
                    _ => {}
                }
                bytes = bytes.get(here..).unwrap_or_default();
            } else {
                self.head_byte(*first, &mut found);
                bytes = rest;
            }
        }
        found
    }

    fn head_byte(&mut self, byte: u8, found: &mut Found) {
        match self.have {
            0 => self.opcode = byte & 0x0F,
            1 => {
                let (more, length) = match byte & 0x7F {
                    126 => (2, 0),
                    127 => (8, 0),
                    short => (0, short),
                };
                self.left = length.into();
                self.head = 2 + more + if byte & 0x80 == 0 { 0 } else { 4 };
            }
            // The extended length comes before the mask. Only 2 or 8 bytes more than 2 and a mask
            // of 4 can be meant.
            n if n < self.head - self.mask() => self.left = self.left << 8 | u64::from(byte),
            _ => {}
        }
        self.have += 1;
        if self.have > 1 && self.have == self.head {
            self.have = 0;
            if matches!(self.opcode, PING | PONG) {
                found.heartbeats += 1;
                found.heartbeat_bytes += u64::from(self.head);
            }
        }
    }

    /// The mask's length: heads of 2, 4 and 10 bytes have none.
    fn mask(&self) -> u8 {
        if matches!(self.head, 2 | 4 | 10) {
            0
        } else {
            4
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A frame, written by hand.
    fn frame(opcode: u8, payload: usize, masked: bool) -> Vec<u8> {
        let mask = if masked { 0x80 } else { 0 };
        let mut bytes = vec![0x80 | opcode];
        match payload {
            0..126 => bytes.push(mask | u8::try_from(payload).unwrap()),
            126..65_536 => {
                bytes.push(mask | 126);
                bytes.extend(u16::try_from(payload).unwrap().to_be_bytes());
            }
            _ => {
                bytes.push(mask | 127);
                bytes.extend((payload as u64).to_be_bytes());
            }
        }
        if masked {
            bytes.extend([1, 2, 3, 4]);
        }
        bytes.extend(std::iter::repeat_n(0x89, payload));
        bytes
    }

    proptest! {
        #[test]
        fn content_and_heartbeats_are_found_however_the_stream_is_cut(
            frames in prop::collection::vec(
                (prop::sample::select(vec![0, 1, 2, 8, 9, 10]), prop_oneof![0..130_usize, Just(126), Just(70_000)], any::<bool>()),
                1..8,
            ),
            cuts in prop::collection::vec(1..5_000_usize, 1..20),
        ) {
            let mut stream = Vec::new();
            let mut expected = Found::default();
            for (opcode, payload, masked) in frames {
                // A control frame has at most 125 bytes.
                let payload = if opcode >= 8 { payload.min(125) } else { payload };
                let bytes = frame(opcode, payload, masked);
                match opcode {
                    9 | 10 => {
                        expected.heartbeats += 1;
                        expected.heartbeat_bytes += bytes.len() as u64;
                    }
                    8 => {}
                    _ => expected.content += payload as u64,
                }
                stream.extend(bytes);
            }
            let (mut scan, mut found) = (FrameScan::default(), Found::default());
            let mut rest = &stream[..];
            for cut in cuts.iter().cycle() {
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                found += scan.feed(piece);
                rest = after;
                if rest.is_empty() { break; }
            }
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn of_any_bytes_it_finds_no_more_than_came(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let found = FrameScan::default().feed(&bytes);
            prop_assert!(found.content + found.heartbeat_bytes <= bytes.len() as u64);
        }
    }
}
