//! The wire cases of the WHATWG's "Server-sent events", each cut at every place: what the crate
//! that was chosen makes of them is what a browser makes of them.

use sse_parse::SseParser;

/// Type, data and last event id of an event.
type Told = (&'static str, &'static str, &'static str);

/// A case: its name, the bytes, the events.
type Case = (&'static str, &'static [u8], &'static [Told]);

const CASES: &[Case] = &[
    ("lines end with LF", b"data: a\n\n", &[("message", "a", "")]),
    (
        "lines end with CR",
        b"data: a\r\rdata: b\r\r",
        &[("message", "a", ""), ("message", "b", "")],
    ),
    (
        "lines end with CRLF",
        b"data: a\r\n\r\ndata: b\r\n\r\n",
        &[("message", "a", ""), ("message", "b", "")],
    ),
    (
        "lines end with any of them",
        b"data: a\rdata: b\r\ndata: c\n\r\n",
        &[("message", "a\nb\nc", "")],
    ),
    (
        "a byte order mark is dropped",
        b"\xEF\xBB\xBFdata: a\n\n",
        &[("message", "a", "")],
    ),
    (
        "a second one is a character",
        b"\xEF\xBB\xBF\xEF\xBB\xBFdata: a\n\ndata: b\n\n",
        &[("message", "b", "")],
    ),
    (
        "comments are nothing",
        b": hi\n:\ndata: a\n: x\n\n:\n\n",
        &[("message", "a", "")],
    ),
    (
        "an id with NULL is ignored",
        b"id: 1\ndata: a\n\nid: 2\0x\ndata: b\n\n",
        &[("message", "a", "1"), ("message", "b", "1")],
    ),
    (
        "characters are split anywhere",
        "data: 한국어 ü 🙂\nid: 번\n\n".as_bytes(),
        &[("message", "한국어 ü 🙂", "번")],
    ),
    (
        "what is no UTF-8 is replaced",
        b"data: a\xff\xe2\x82b\n\n",
        &[("message", "a\u{fffd}\u{fffd}b", "")],
    ),
    (
        "without a blank line there is no event",
        b"data: a\n\ndata: b\n",
        &[("message", "a", "")],
    ),
    (
        "nor without a line's end",
        b"data: a\n\ndata: b",
        &[("message", "a", "")],
    ),
    (
        "a retry that is no number is ignored",
        b"retry: 1x\nretry: -1\nretry:\ndata: a\n\n",
        &[("message", "a", "")],
    ),
    (
        "a field needs no colon",
        b"data\ndata\n\ndata\n\n",
        &[("message", "\n", ""), ("message", "", "")],
    ),
    (
        "one space is dropped behind the colon",
        b"data:a\n\ndata:  b\n\ndata:\tc\n\n",
        &[
            ("message", "a", ""),
            ("message", " b", ""),
            ("message", "\tc", ""),
        ],
    ),
    (
        "an id holds until the next",
        b"id: 7\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
        &[
            ("message", "a", "7"),
            ("message", "b", "7"),
            ("message", "c", ""),
        ],
    ),
    (
        "an id needs no data",
        b"id: 7\n\ndata: b\n\n",
        &[("message", "b", "7")],
    ),
    (
        "a type without data is no event, and is forgotten",
        b"event: x\n\ndata: b\n\n",
        &[("message", "b", "")],
    ),
    (
        "the last type and id count",
        b"event: x\nevent: y\nid: 1\nid: 2\ndata: b\n\nevent:\ndata: c\n\n",
        &[("y", "b", "2"), ("message", "c", "2")],
    ),
    (
        "other fields are nothing",
        b"foo: x\n data: y\nDATA: z\ndata: a\n\n",
        &[("message", "a", "")],
    ),
    (
        "a value may have colons",
        b"data: a:b: c\n\n",
        &[("message", "a:b: c", "")],
    ),
];

/// What a stream says when it comes in pieces of that size.
fn parse(bytes: &[u8], size: usize) -> Vec<(String, String, String)> {
    let mut parser = SseParser::new();
    let mut events = Vec::new();
    for piece in bytes.chunks(size) {
        parser.feed(piece);
        while let Some(event) = parser.next_event() {
            events.push((event.event, event.data, event.id));
        }
    }
    parser.finish();
    assert_eq!(parser.next_event(), None, "the end completes nothing");
    events
}

#[test]
fn event_streams_are_read_as_the_standard_says_wherever_they_are_cut() {
    for &(name, bytes, expected) in CASES {
        let expected: Vec<_> = expected
            .iter()
            .map(|&(kind, data, id)| (kind.to_owned(), data.to_owned(), id.to_owned()))
            .collect();
        for size in 1..=bytes.len() {
            assert_eq!(parse(bytes, size), expected, "{name}, by {size}");
        }
        // Two pieces, parted at every place.
        for at in 1..bytes.len() {
            let mut parser = SseParser::new();
            let mut events = Vec::new();
            for piece in [&bytes[..at], &bytes[at..]] {
                parser.feed(piece);
                events.extend(std::iter::from_fn(|| parser.next_event()));
            }
            let events: Vec<_> = events
                .into_iter()
                .map(|event| (event.event, event.data, event.id))
                .collect();
            assert_eq!(events, expected, "{name}, parted at {at}");
        }
    }
}

#[test]
fn a_retry_is_a_number_of_ms_and_an_id_outlives_its_event() {
    let mut parser = SseParser::new();
    parser.feed(b"retry: 2500\nid: 9\n\n");
    assert_eq!(parser.next_event(), None);
    assert_eq!(parser.retry().map(|retry| retry.as_millis()), Some(2_500));
    assert_eq!(parser.last_event_id(), "9");
    parser.feed(b"id: 10\ndata: x\n");
    assert_eq!(parser.last_event_id(), "9", "not before the blank line");
}
