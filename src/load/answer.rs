//! What a server answers in HTTP/1.1, read as it comes: heads and chunk sizes by `httparse`, the
//! body handed on where it lies.

/// The longest head, and the longest line of a chunked body, in bytes.
const LONGEST: usize = 16 * 1024;
/// Header fields of a head.
const FIELDS: usize = 64;

/// What of a head matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) last_modified: String,
    pub(super) etag: String,
    /// `Sec-WebSocket-Accept`.
    pub(super) accept: String,
    /// The body is `text/event-stream`.
    pub(super) is_event_stream: bool,
    /// The server will close the connection after this answer.
    pub(super) closes: bool,
}

/// Why an answer cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadAnswer {
    #[error("what came is no HTTP/1.1")]
    Http,
    #[error("a head or a chunk's size is longer than 16 KiB")]
    TooLong,
    #[error("something came that was not asked for")]
    Unasked,
}

/// A part of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Head(Head),
    /// Some bytes of the body, its chunks' framing taken off.
    Body(&'a [u8]),
    /// The answer is complete.
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing is asked.
    Idle,
    Head,
    /// So many bytes of the body are left.
    Length(u64),
    /// So many bytes of the chunk are left.
    Chunk(u64),
    /// A chunk's size comes next.
    Size,
    /// The line's end behind a chunk comes next.
    ChunkEnd,
    /// Fields behind the last chunk.
    Trailer,
    /// All that comes until the connection ends, or is no HTTP any more.
    UntilClose,
    /// The body has no bytes.
    Over,
}

/// Reads the answers of one connection, one after the other.
#[derive(Debug)]
pub(super) struct AnswerReader {
    state: State,
    /// What came of a head or line that is not complete.
    partial: Vec<u8>,
}

impl AnswerReader {
    /// For a connection on which nothing is asked yet.
    pub(super) fn new() -> Self {
        Self {
            state: State::Idle,
            partial: Vec::new(),
        }
    }

    /// A request was sent: its answer comes next.
    pub(super) fn expect(&mut self) {
        self.state = State::Head;
    }

    /// The next part of what has come; `input` is moved behind it. `None` wants more bytes.
    pub(super) fn next<'a>(
        &mut self,
        input: &mut &'a [u8],
    ) -> Result<Option<Piece<'a>>, BadAnswer> {
        loop {
            match self.state {
                State::Idle if input.is_empty() => return Ok(None),
                State::Idle => return Err(BadAnswer::Unasked),
                State::Head => return self.head(input),
                State::Over | State::Length(0) => {
                    self.state = State::Idle;
                    return Ok(Some(Piece::End));
                }
                State::Chunk(0) => self.state = State::ChunkEnd,
                _ if input.is_empty() => return Ok(None),
                State::UntilClose => return Ok(Some(Piece::Body(std::mem::take(input)))),
                State::Length(left) => {
                    let (piece, left) = part(input, left);
                    self.state = State::Length(left);
                    return Ok(Some(piece));
                }
                State::Chunk(left) => {
                    let (piece, left) = part(input, left);
                    self.state = State::Chunk(left);
                    return Ok(Some(piece));
                }
                State::Size | State::ChunkEnd | State::Trailer => {
                    if !self.line(input)? {
                        return Ok(None);
                    }
                    self.state = self.behind_line()?;
                    self.partial.clear();
                }
            }
        }
    }

    fn head<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Piece<'a>>, BadAnswer> {
        if input.is_empty() {
            return Ok(None);
        }
        let before = self.partial.len();
        let whole: &[u8] = if before == 0 {
            input
        } else {
            self.partial.extend_from_slice(input);
            &self.partial
        };
        let Some((length, head, body)) = parse(whole)? else {
            if whole.len() > LONGEST {
                return Err(BadAnswer::TooLong);
            }
            if before == 0 {
                self.partial.extend_from_slice(input);
            }
            *input = &[];
            return Ok(None);
        };
        *input = input
            .get(length.saturating_sub(before)..)
            .unwrap_or_default();
        self.partial.clear();
        // 1xx are announcements; only a switch of protocols is an answer.
        if (100..200).contains(&head.status) && head.status != 101 {
            return self.head(input);
        }
        self.state = body;
        Ok(Some(Piece::Head(head)))
    }

    /// Gathers a line; `true` when it is complete.
    fn line(&mut self, input: &mut &[u8]) -> Result<bool, BadAnswer> {
        let end = memchr::memchr(b'\n', input);
        let (line, rest) = input.split_at(end.map_or(input.len(), |end| end + 1));
        self.partial.extend_from_slice(line);
        *input = rest;
        if self.partial.len() > LONGEST {
            return Err(BadAnswer::TooLong);
        }
        Ok(end.is_some())
    }

    /// What follows the line that was gathered.
    fn behind_line(&self) -> Result<State, BadAnswer> {
        let empty = matches!(self.partial.as_slice(), b"\r\n" | b"\n");
        match self.state {
            State::Size => match httparse::parse_chunk_size(&self.partial) {
                Ok(httparse::Status::Complete((_, 0))) => Ok(State::Trailer),
                Ok(httparse::Status::Complete((_, size))) => Ok(State::Chunk(size)),
                _ => Err(BadAnswer::Http),
            },
            State::ChunkEnd if empty => Ok(State::Size),
            State::ChunkEnd => Err(BadAnswer::Http),
            State::Trailer if empty => Ok(State::Over),
            state => Ok(state),
        }
    }
}

/// Takes at most `left` bytes.
fn part<'a>(input: &mut &'a [u8], left: u64) -> (Piece<'a>, u64) {
    let length = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
    let (body, rest) = input.split_at(length);
    *input = rest;
    (Piece::Body(body), left - length as u64)
}

/// A head, its length, and how its body ends (RFC 9112, section 6.3); `None` while it is not
/// complete.
fn parse(bytes: &[u8]) -> Result<Option<(usize, Head, State)>, BadAnswer> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut answer = httparse::Response::new(&mut fields);
    let length = match answer.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(BadAnswer::Http),
    };
    let mut head = Head {
        status: answer.code.unwrap_or_default(),
        closes: answer.version == Some(0),
        ..Head::default()
    };
    let (mut length_told, mut chunked) = (None, false);
    for field in answer.headers.iter() {
        let Ok(value) = std::str::from_utf8(field.value) else {
            continue;
        };
        let is = |name: &str| field.name.eq_ignore_ascii_case(name);
        if is("content-length") {
            length_told = Some(value.parse().map_err(|_| BadAnswer::Http)?);
        } else if is("transfer-encoding") {
            chunked = value.to_ascii_lowercase().ends_with("chunked");
        } else if is("connection") {
            head.closes |= value.to_ascii_lowercase().contains("close");
        } else if is("content-type") {
            let essence = value.split(';').next().unwrap_or_default().trim();
            head.is_event_stream = essence.eq_ignore_ascii_case("text/event-stream");
        } else if is("last-modified") {
            value.clone_into(&mut head.last_modified);
        } else if is("etag") {
            value.clone_into(&mut head.etag);
        } else if is("sec-websocket-accept") {
            value.clone_into(&mut head.accept);
        }
    }
    let body = match (head.status, chunked, length_told) {
        (101, ..) => State::UntilClose,
        (204 | 304, ..) => State::Over,
        (_, true, _) => State::Size,
        (_, false, Some(length)) => State::Length(length),
        (_, false, None) => {
            head.closes = true;
            State::UntilClose
        }
    };
    Ok(Some((length, head, body)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All answers in `bytes`, handed over in pieces of that size: status and body.
    fn read(bytes: &[u8], size: usize) -> Result<Vec<(u16, String)>, BadAnswer> {
        let mut reader = AnswerReader::new();
        reader.expect();
        let mut answers = Vec::new();
        let (mut status, mut body) = (0, Vec::new());
        for mut input in bytes.chunks(size) {
            while let Some(piece) = reader.next(&mut input)? {
                match piece {
                    Piece::Head(head) => status = head.status,
                    Piece::Body(part) => body.extend_from_slice(part),
                    Piece::End => {
                        let text = String::from_utf8(std::mem::take(&mut body)).unwrap();
                        answers.push((status, text));
                        reader.expect();
                    }
                }
            }
        }
        if !body.is_empty() {
            answers.push((status, String::from_utf8(body).unwrap()));
        }
        Ok(answers)
    }

    #[test]
    fn answers_are_read_wherever_they_are_cut() {
        let told: &[(&str, &[(u16, &str)])] = &[
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
                &[(200, "hello")],
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nt: 1\r\n\r\n",
                &[(200, "abc0123456789")],
            ),
            (
                "HTTP/1.1 304 Not Modified\r\netag: x\r\n\r\nHTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nz",
                &[(304, ""), (204, ""), (200, "z")],
            ),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\nok",
                &[(201, "ok")],
            ),
            ("HTTP/1.0 200 OK\r\n\r\nto the end", &[(200, "to the end")]),
            ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", &[(200, "")]),
        ];
        for (bytes, expected) in told {
            let expected: Vec<_> = expected
                .iter()
                .map(|(s, b)| (*s, (*b).to_owned()))
                .collect();
            for size in 1..=bytes.len() {
                assert_eq!(
                    read(bytes.as_bytes(), size),
                    Ok(expected.clone()),
                    "{bytes} by {size}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_http_is_refused() {
        for bad in [
            "SSH-2.0-x\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n",
        ] {
            assert_eq!(
                read(bad.as_bytes(), bad.len()),
                Err(BadAnswer::Http),
                "{bad}"
            );
        }
        let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(20_000));
        assert_eq!(read(endless.as_bytes(), 999), Err(BadAnswer::TooLong));
        assert_eq!(
            AnswerReader::new().next(&mut b"HTTP/1.1".as_slice()),
            Err(BadAnswer::Unasked)
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), size in 1..50_usize) {
            let _ = read_any(&bytes, size);
        }
    }

    fn read_any(bytes: &[u8], size: usize) -> Result<(), BadAnswer> {
        let mut reader = AnswerReader::new();
        reader.expect();
        for mut input in bytes.chunks(size) {
            while let Some(piece) = reader.next(&mut input)? {
                if piece == Piece::End {
                    reader.expect();
                }
            }
        }
        Ok(())
    }
}
