//! Publishes one lane's events, open loop: each is written when it is due, whether or not the last
//! one has been answered. The requests follow each other on one connection (HTTP/1.1 pipelining),
//! so that their order is that of the schedule.

use std::{
    collections::{BTreeSet, VecDeque},
    io::{Read, Write},
    net::TcpStream,
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;

use super::{
    answer::{AnswerReader, Piece},
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

/// What was asked and is not answered yet, and how it went so far.
#[derive(Debug, Default)]
struct Book {
    waiting: VecDeque<u64>,
    published: Published,
}

/// A connection that events are written to, and who reads its answers.
struct Line<'scope> {
    stream: TcpStream,
    answers: thread::ScopedJoinHandle<'scope, ()>,
}

impl Book {
    fn answered(&mut self, refused: Option<String>) {
        match (self.waiting.pop_front(), refused) {
            (Some(_), None) => self.published.taken += 1,
            (Some(number), Some(reason)) => self.unsure(number, &reason),
            (None, _) => {}
        }
    }

    fn unsure(&mut self, number: u64, reason: &str) {
        self.published.unsure.insert(number);
        self.published
            .reason
            .get_or_insert_with(|| reason.to_owned());
    }

    /// The connection is over: nothing on it will be answered.
    fn give_up(&mut self, reason: &str) {
        for number in std::mem::take(&mut self.waiting) {
            self.unsure(number, reason);
        }
    }
}

/// Publishes the whole schedule, whose start is set, and waits for the answers.
pub(super) fn publish(target: &LaneTarget, schedule: &Schedule) -> Published {
    let book = Mutex::new(Book::default());
    let mut lateness = Histogram::<u32>::new_with_bounds(1, 60_000_000, 2).ok();
    thread::scope(|scope| {
        let mut line: Option<Line<'_>> = None;
        let mut bytes = Vec::new();
        for number in schedule.numbers() {
            bytes.clear();
            target.post(&schedule.data(number), &mut bytes);
            let Some(due) = schedule.due(number) else {
                break;
            };
            wait_until(due);
            if let Some(lateness) = &mut lateness {
                let us = u64::try_from(due.elapsed().as_micros()).unwrap_or(u64::MAX);
                lateness.saturating_record(us);
            }
            // Whoever reads the answers has seen its end.
            line.take_if(|line| line.answers.is_finished());
            if line.is_none() {
                match open(target) {
                    Ok((stream, answers)) => {
                        let book = &book;
                        let answers = scope.spawn(move || hear(answers, book));
                        line = Some(Line { stream, answers });
                    }
                    Err(error) => {
                        with(&book, |book| book.unsure(number, &error.to_string()));
                        continue;
                    }
                }
            }
            let Some(Line { stream, .. }) = &mut line else {
                continue;
            };
            with(&book, |book| book.waiting.push_back(number));
            if let Err(error) = stream.write_all(&bytes) {
                with(&book, |book| book.give_up(&error.to_string()));
                let _ = stream.shutdown(std::net::Shutdown::Both);
                line = None;
            }
        }
        if let Some(Line { stream, .. }) = &line {
            let until = Instant::now() + PATIENCE;
            while Instant::now() < until && with(&book, |book| !book.waiting.is_empty()) {
                thread::sleep(Duration::from_millis(5));
            }
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    });
    let mut book = book.into_inner().unwrap_or_else(PoisonError::into_inner);
    book.give_up("the answer never came");
    let mut published = book.published;
    published.lateness_p99_us = lateness
        .filter(|it| !it.is_empty())
        .map(|it| it.value_at_quantile(0.99));
    published
}

fn with<T>(book: &Mutex<Book>, act: impl FnOnce(&mut Book) -> T) -> T {
    act(&mut book.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Sleeps until shortly before, and waits for the rest awake.
fn wait_until(due: Instant) {
    thread::sleep(due.saturating_duration_since(Instant::now() + EARLY));
    while Instant::now() < due {
        std::hint::spin_loop();
    }
}

fn open(target: &LaneTarget) -> std::io::Result<(TcpStream, TcpStream)> {
    let stream = TcpStream::connect_timeout(&target.publish.addr, WRITE)?;
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(WRITE))?;
    let answers = stream.try_clone()?;
    Ok((stream, answers))
}

/// Reads the answers of one connection to its end.
fn hear(mut stream: TcpStream, book: &Mutex<Book>) {
    let mut reader = AnswerReader::new();
    reader.expect();
    let mut buffer = [0; 4_096];
    let (mut status, mut body) = (0, Vec::new());
    let reason = 'line: loop {
        let length = match stream.read(&mut buffer) {
            Ok(0) => break "the server ended the publisher's connection".to_owned(),
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => break error.to_string(),
        };
        let mut bytes = buffer.get(..length).unwrap_or_default();
        loop {
            match reader.next(&mut bytes) {
                Ok(Some(Piece::Head(head))) => status = head.status,
                Ok(Some(Piece::Body(part))) => body.extend_from_slice(part),
                Ok(Some(Piece::End)) => {
                    let refused = (!(200..300).contains(&status))
                        .then(|| Trouble::refused(status, &body).to_string());
                    with(book, |book| book.answered(refused));
                    body.clear();
                    reader.expect();
                }
                Ok(None) => break,
                Err(error) => break 'line error.to_string(),
            }
        }
    };
    with(book, |book| book.give_up(&reason));
    let _ = stream.shutdown(std::net::Shutdown::Both);
}
