//! Where an answer's head ends, seen from the bytes that leave (RFC 9112).

use memchr::memmem;

/// `HTTP/1.1 ` stands before the status.
const STATUS_AT: usize = 9;
const END: &[u8; 4] = b"\r\n\r\n";

/// Reads the head of one answer, in whatever pieces it leaves. Interim answers (`100 Continue`)
/// belong to it.
#[derive(Debug, Clone, Copy, Default)]
pub struct AnswerScan {
    /// Bytes of this head, as far as its status.
    at: usize,
    status: [u8; 3],
    /// How much of the head's end has passed.
    end: usize,
    over: bool,
}

impl AnswerScan {
    /// Takes what leaves; how many of its bytes belong to the head.
    pub fn feed(&mut self, bytes: &[u8]) -> usize {
        if self.over {
            return 0;
        }
        // Mostly a head leaves in one piece.
        if self.at == 0
            && let Some(end) = memmem::find(bytes, END)
            && let Some(status) = bytes
                .get(STATUS_AT..end)
                .and_then(|rest| rest.first_chunk())
        {
            self.status = *status;
            let head = end + END.len();
            return head + self.end_head(bytes.get(head..).unwrap_or_default());
        }
        for (n, byte) in bytes.iter().enumerate() {
            if let Some(digit) = self
                .at
                .checked_sub(STATUS_AT)
                .and_then(|place| self.status.get_mut(place))
            {
                *digit = *byte;
            }
            self.at += 1;
            self.end = match END.get(self.end) {
                Some(next) if next == byte => self.end + 1,
                _ if *byte == b'\r' => 1,
                _ => 0,
            };
            if self.end == END.len() {
                let head = n + 1;
                return head + self.end_head(bytes.get(head..).unwrap_or_default());
            }
        }
        bytes.len()
    }

    /// A head is over; another one follows if it was an interim answer's.
    fn end_head(&mut self, rest: &[u8]) -> usize {
        let interim = self.status.first() == Some(&b'1') && !self.is_upgrade();
        if interim {
            *self = Self::default();
            self.feed(rest)
        } else {
            self.over = true;
            0
        }
    }

    /// Whether the head is over and what follows is another protocol.
    pub fn has_upgraded(&self) -> bool {
        self.over && self.is_upgrade()
    }

    fn is_upgrade(&self) -> bool {
        self.status == *b"101"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_ends_at_the_first_empty_line_however_it_is_cut() {
        for (text, head, upgraded) in [
            ("HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody\r\n\r\nmore", 25, false),
            (
                "HTTP/1.1 101 Switching Protocols\r\n\r\n\u{1}\u{2}",
                36,
                true,
            ),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n\r\n{}",
                25 + 24,
                false,
            ),
            ("HTTP/1.1 204 No Content\r\n\r\n", 27, false),
            ("HTTP/1.1 200 OK\r\nA: b\r\n", 23, false),
        ] {
            for piece in 1..=text.len() {
                let mut scan = AnswerScan::default();
                let found: usize = text
                    .as_bytes()
                    .chunks(piece)
                    .map(|part| scan.feed(part))
                    .sum();
                assert_eq!(found, head, "{text:?} in pieces of {piece}");
                assert_eq!(scan.has_upgraded(), upgraded, "{text:?}");
            }
        }
    }
}
