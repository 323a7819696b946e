//! Looks at requests' heads on their way in, for the one thing that hyper hides: it takes
//! `Content-Length` away where `Transfer-Encoding` stands beside it.

use memchr::memchr;

/// What a head says of its body's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Lengths {
    /// The head came together with the request before it and was not looked at.
    Unseen,
    /// One way of telling it at most.
    Clear,
    /// Both ways: where a proxy and a server believe different ones of the two, one client's body
    /// becomes another one's request (RFC 9112, 6.3).
    Contradictory,
}

const LENGTH: &[u8] = b"content-length";
const ENCODING: &[u8] = b"transfer-encoding";

/// Reads one head, in whatever pieces it comes.
#[derive(Debug, Default)]
pub struct HeadScan {
    /// The line's text up to its first colon, as far as it may still be one of the two names.
    name: [u8; ENCODING.len()],
    named: u8,
    /// The line's name is over, or is neither of the two.
    past_name: bool,
    /// The line has had a character.
    filled: bool,
    /// A line that was not empty has come: the next empty one ends the head.
    begun: bool,
    length: bool,
    encoding: bool,
    told: bool,
}

impl HeadScan {
    /// Takes what came; how many of its bytes belong to the head, and once, when the head has
    /// come to its end, what it says. What follows is not looked at.
    pub fn feed(&mut self, bytes: &[u8]) -> (usize, Option<Lengths>) {
        if self.told {
            return (0, None);
        }
        let mut from = 0;
        while let Some(rest) = bytes.get(from..).filter(|rest| !rest.is_empty()) {
            let Some(end) = memchr(b'\n', rest) else {
                self.go_on(rest);
                break;
            };
            self.go_on(rest.get(..end).unwrap_or_default());
            self.end_line();
            from += end + 1;
            if self.told {
                let lengths = if self.length && self.encoding {
                    Lengths::Contradictory
                } else {
                    Lengths::Clear
                };
                return (from, Some(lengths));
            }
        }
        (bytes.len(), None)
    }

    /// Whether the head has come to its end.
    pub fn is_over(&self) -> bool {
        self.told
    }

    /// Takes a piece of a line.
    fn go_on(&mut self, piece: &[u8]) {
        self.filled |= piece.iter().any(|byte| *byte != b'\r');
        if self.past_name {
            return;
        }
        let colon = memchr(b':', piece);
        let name = piece.get(..colon.unwrap_or(piece.len()));
        for byte in name.unwrap_or_default().iter().filter(|it| **it != b'\r') {
            let Some(place) = self.name.get_mut(usize::from(self.named)) else {
                self.past_name = true;
                return;
            };
            *place = *byte;
            self.named += 1;
        }
        if colon.is_some() {
            let name = self.name.get(..self.named.into()).unwrap_or_default();
            self.length |= name.eq_ignore_ascii_case(LENGTH);
            self.encoding |= name.eq_ignore_ascii_case(ENCODING);
            self.past_name = true;
        }
    }

    fn end_line(&mut self) {
        // Empty lines before the first one do not count (RFC 9112, 2.2).
        self.told = self.begun && !self.filled;
        self.begun |= self.filled;
        self.filled = false;
        self.past_name = false;
        self.named = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    fn scan(head: &str) -> Option<Lengths> {
        let (length, whole) = HeadScan::default().feed(head.as_bytes());
        // In pieces it must be the same.
        let mut scan = HeadScan::default();
        let pieces: Vec<_> = head.bytes().map(|byte| scan.feed(&[byte])).collect();
        let told: Vec<_> = pieces.iter().filter_map(|(_, lengths)| *lengths).collect();
        assert_eq!(told, Vec::from_iter(whole), "{head:?}");
        let lengths: usize = pieces.iter().map(|(length, _)| length).sum();
        assert_eq!(lengths, length, "{head:?}");
        whole
    }

    #[test]
    fn both_lengths_are_seen_in_any_order_and_spelling() {
        for head in [
            "POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding:chunked\r\nHost: x\r\nCONTENT-LENGTH:4\r\n\r\n",
            "\r\nPOST / HTTP/1.1\nContent-Length: 4\nTransfer-Encoding: chunked\n\n",
        ] {
            assert_eq!(scan(head), Some(Lengths::Contradictory), "{head:?}");
        }
    }

    #[test]
    fn one_length_or_a_word_elsewhere_is_clear() {
        for head in [
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 4\r\nX: Transfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encodings: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nTransfer-Encoding: chunked\r\n\r\n",
        ] {
            let (length, lengths) = HeadScan::default().feed(head.as_bytes());
            assert_eq!(lengths, Some(Lengths::Clear), "{head:?}");
            let end = head.find("\r\n\r\n").map(|place| place + 4);
            assert_eq!(Some(length), end, "{head:?}");
        }
    }

    proptest! {
        #[test]
        fn a_head_says_the_same_in_whatever_pieces_it_comes(
            parts in vec(
                select(&["Content-Length", "transfer-encoding", ":", " 4", "\r", "\n", "\r\n", "x"][..]),
                0..24,
            )
        ) {
            scan(&parts.concat());
        }
    }

    #[test]
    fn half_a_head_tells_nothing() {
        assert_eq!(
            scan("\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 4\r\n"),
            None
        );
    }
}
