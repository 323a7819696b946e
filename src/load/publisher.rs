//! Publishes one lane's events, open loop: each is written when it is due, whether or not the last
//! one has been answered. The requests follow each other on one connection (HTTP/1.1 pipelining),
//! so that their order is that of the schedule.

use std::{
    collections::{BTreeSet, VecDeque},
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, Scope},
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;

use super::{
    answer::{AnswerReader, Head, Piece},
    schedule::Schedule,
    subscriber::Trouble,
    target::LaneTarget,
};

/// How much earlier than its deadline the thread gets up: a sleeping thread wakes about this much
/// late, so the last bit is waited for awake.
const EARLY: Duration = Duration::from_micros(150);
/// How long the last answers are waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long connecting and writing may take.
const WRITE: Duration = Duration::from_secs(10);

/// How publishing went.
#[derive(Debug, Default)]
pub(super) struct Published {
    /// Events that the server took.
    pub(super) taken: u64,
    /// Numbers that it refused, or whose answer never came: these may have been published.
    pub(super) unsure: BTreeSet<u64>,
    /// Why the first of them was not taken.
    pub(super) reason: Option<String>,
    /// How late events were written, 99th percentile, µs.
    pub(super) lateness_p99_us: Option<u64>,
}

/// How it went so far, and what is to be asked again: what a server that closed in good order has
/// not looked at.
#[derive(Debug, Default)]
struct Book {
    published: Published,
    again: VecDeque<u64>,
}

impl Book {
    fn unsure(&mut self, number: u64, reason: &str) {
        self.published.unsure.insert(number);
        self.published
            .reason
            .get_or_insert_with(|| reason.to_owned());
    }
}

/// What was asked on one connection and is not answered yet.
#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<u64>,
    /// Nothing more will be answered there.
    over: bool,
}

/// A connection that events are written to.
struct Line {
    stream: TcpStream,
    queue: Arc<Mutex<Queue>>,
}

/// Writes events, on a new connection where the last one is over.
struct Desk<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    book: &'env Mutex<Book>,
    target: &'env LaneTarget,
    schedule: &'env Schedule,
    line: Option<Line>,
    bytes: Vec<u8>,
}

/// Publishes the whole schedule, whose start is set, and waits for the answers.
pub(super) fn publish(target: &LaneTarget, schedule: &Schedule) -> Published {
    let book = Mutex::new(Book::default());
    let mut lateness = Histogram::<u32>::new_with_bounds(1, 60_000_000, 2).ok();
    thread::scope(|scope| {
        let mut desk = Desk {
            scope,
            book: &book,
            target,
            schedule,
            line: None,
            bytes: Vec::new(),
        };
        for number in schedule.numbers() {
            let Some(due) = schedule.due(number) else {
                break;
            };
            wait_until(due);
            if let Some(lateness) = &mut lateness {
                let us = u64::try_from(due.elapsed().as_micros()).unwrap_or(u64::MAX);
                lateness.saturating_record(us);
            }
            desk.write_again();
            desk.write(number);
        }
        desk.finish();
    });
    let Book {
        mut published,
        again,
    } = book.into_inner().unwrap_or_else(PoisonError::into_inner);
    published.unsure.extend(again);
    published.lateness_p99_us = lateness
        .filter(|it| !it.is_empty())
        .map(|it| it.value_at_quantile(0.99));
    published
}

impl Desk<'_, '_> {
    fn write(&mut self, number: u64) {
        self.bytes.clear();
        self.target
            .post(&self.schedule.data(number), &mut self.bytes);
        let waits = |line: &Line| with(&line.queue, |queue| queue.take(number));
        if !self.line.as_ref().is_some_and(waits) {
            match self.open(number) {
                Ok(line) => self.line = Some(line),
                Err(error) => {
                    self.line = None;
                    return with(self.book, |book| book.unsure(number, &error.to_string()));
                }
            }
        }
        if let Some(line) = &mut self.line
            && line.stream.write_all(&self.bytes).is_err()
        {
            // Whoever reads its answers gives up what is waiting there.
            let _ = line.stream.shutdown(Shutdown::Both);
            self.line = None;
        }
    }

    fn write_again(&mut self) {
        while let Some(number) = with(self.book, |book| book.again.pop_front()) {
            self.write(number);
        }
    }

    /// A new connection, on which that number is waited for first.
    fn open(&self, number: u64) -> std::io::Result<Line> {
        let stream = TcpStream::connect_timeout(&self.target.publish.addr, WRITE)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(WRITE))?;
        let answers = stream.try_clone()?;
        let queue = Arc::new(Mutex::new(Queue {
            waiting: VecDeque::from([number]),
            over: false,
        }));
        let (its, book) = (Arc::clone(&queue), self.book);
        self.scope.spawn(move || hear(answers, &its, book));
        Ok(Line { stream, queue })
    }

    /// Waits for the last answers.
    fn finish(&mut self) {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            self.write_again();
            let line = self.line.as_ref();
            if line.is_none_or(|line| with(&line.queue, |queue| queue.waiting.is_empty())) {
                break;
            }
            thread::sleep(Duration::from_millis(5));
        }
        if let Some(line) = &self.line {
            let _ = line.stream.shutdown(Shutdown::Both);
        }
    }
}

impl Queue {
    /// Waits for one more; `false` where nothing more will be answered.
    fn take(&mut self, number: u64) -> bool {
        if !self.over {
            self.waiting.push_back(number);
        }
        !self.over
    }
}

fn with<Of, T>(of: &Mutex<Of>, act: impl FnOnce(&mut Of) -> T) -> T {
    act(&mut of.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Sleeps until shortly before, and waits for the rest awake.
fn wait_until(due: Instant) {
    thread::sleep(due.saturating_duration_since(Instant::now() + EARLY));
    while Instant::now() < due {
        std::hint::spin_loop();
    }
}

/// Reads the answers of one connection to its end.
fn hear(mut stream: TcpStream, queue: &Mutex<Queue>, book: &Mutex<Book>) {
    let reason = answers(&mut stream, queue, book);
    let _ = stream.shutdown(Shutdown::Both);
    let left = with(queue, |queue| {
        queue.over = true;
        std::mem::take(&mut queue.waiting)
    });
    with(book, |book| match reason {
        // What follows the last answer was not looked at (RFC 9112, section 9.6).
        None => book.again.extend(left),
        Some(reason) => {
            for number in left {
                book.unsure(number, &reason);
            }
        }
    });
}

/// Reads answers until the connection is over; why it is, or `None` where the server has said that
/// it closes.
fn answers(stream: &mut TcpStream, queue: &Mutex<Queue>, book: &Mutex<Book>) -> Option<String> {
    let mut reader = AnswerReader::new();
    reader.expect();
    let mut buffer = [0; 4_096];
    let (mut head, mut body) = (Head::default(), Vec::new());
    loop {
        let length = match stream.read(&mut buffer) {
            Ok(0) => return Some("the answer never came".to_owned()),
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Some(error.to_string()),
        };
        let mut bytes = buffer.get(..length).unwrap_or_default();
        loop {
            match reader.next(&mut bytes) {
                Ok(Some(Piece::Head(told))) => head = told,
                Ok(Some(Piece::Body(part))) => body.extend_from_slice(part),
                Ok(Some(Piece::End)) => {
                    let number = with(queue, |queue| queue.waiting.pop_front());
                    with(book, |book| match number {
                        Some(_) if (200..300).contains(&head.status) => book.published.taken += 1,
                        Some(number) => {
                            let reason = Trouble::refused(head.status, &body).to_string();
                            book.unsure(number, &reason);
                        }
                        None => {}
                    });
                    if head.closes {
                        return None;
                    }
                    body.clear();
                    reader.expect();
                }
                Ok(None) => break,
                Err(error) => return Some(error.to_string()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::{
        lab::workload::{Arrivals, Workload},
        load::target::tests::plain,
    };

    /// Takes so many requests of each connection, says that it closes, and does so.
    fn take(listener: &TcpListener, each: usize, taken: &Mutex<Vec<String>>) {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut bytes = Vec::new();
            let mut left = each;
            let mut buffer = [0; 4_096];
            while let Ok(length @ 1..) = stream.read(&mut buffer) {
                bytes.extend_from_slice(&buffer[..length]);
                while let Some((data, rest)) = request(&bytes).filter(|_| left > 0) {
                    bytes = rest;
                    left -= 1;
                    taken.lock().unwrap().push(data);
                    let closes = if left == 0 {
                        "connection: close\r\n"
                    } else {
                        ""
                    };
                    let answer =
                        format!("HTTP/1.1 201 Created\r\n{closes}content-length: 0\r\n\r\n");
                    stream.write_all(answer.as_bytes()).unwrap();
                }
                if left == 0 {
                    let _ = stream.shutdown(Shutdown::Write);
                }
            }
        }
    }

    /// A whole request's body, and what follows it.
    fn request(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
        let mut fields = [httparse::EMPTY_HEADER; 16];
        let mut request = httparse::Request::new(&mut fields);
        let httparse::Status::Complete(head) = request.parse(bytes).unwrap() else {
            return None;
        };
        let length = request
            .headers
            .iter()
            .find(|it| it.name == "Content-Length")?;
        let length: usize = std::str::from_utf8(length.value).ok()?.parse().ok()?;
        let data = bytes.get(head..head + length)?;
        Some((
            String::from_utf8(data.to_vec()).unwrap(),
            bytes[head + length..].to_vec(),
        ))
    }

    #[test]
    fn a_server_that_closes_now_and_then_takes_every_event_once_and_in_order() {
        let listener = Arc::new(TcpListener::bind("127.0.0.1:0").unwrap());
        let taken = Arc::new(Mutex::new(Vec::new()));
        let addr = listener.local_addr().unwrap();
        let server = (Arc::clone(&listener), Arc::clone(&taken));
        // It ends with the test's process.
        thread::spawn(move || take(&server.0, 3, &server.1));
        let workload = Workload {
            rate: 200.0,
            arrivals: Arrivals::Poisson,
            payload: 24,
            duration_s: 1,
            seed: 3,
        };
        let now = Instant::now();
        let schedule = Schedule::new(workload, 1, 0, 1, (now, 1_000_000));
        schedule.start(now);
        let published = publish(&plain(&format!("http://{addr}/")), &schedule);
        assert_eq!(published.taken, schedule.events(), "{:?}", published.reason);
        let expected: Vec<_> = schedule.numbers().map(|it| schedule.data(it)).collect();
        assert_eq!(*taken.lock().unwrap(), expected);
    }
}
