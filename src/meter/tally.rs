//! Numbers that many raise at once, without waiting for each other.

use std::{
    ops::AddAssign,
    sync::atomic::{AtomicU64, Ordering},
};

/// A number that many may raise. Its readers may see it a moment late, never wrong.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Raises it.
    pub fn add(&self, n: u64) {
        if n > 0 {
            self.0.fetch_add(n, Ordering::Relaxed);
        }
    }

    /// Takes back what was added before.
    pub fn take_back(&self, n: u64) {
        self.0.fetch_sub(n, Ordering::Relaxed);
    }

    /// The number.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// The number, with which it begins anew at 0.
    pub fn take(&self) -> u64 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

/// Bytes that passed on a connection, and what they were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Passed {
    /// Read.
    pub bytes_in: u64,
    /// Written.
    pub bytes_out: u64,
    /// Of both, heads of requests and answers.
    pub header: u64,
    /// Of both, heads that opened an event stream or a WebSocket, and preflights.
    pub setup: u64,
    /// Of both, what bodies and messages held, without the framing around it.
    pub content: u64,
    /// Pings and pongs, or comment lines.
    pub heartbeats: u64,
    /// What they took.
    pub heartbeat_bytes: u64,
    /// What TLS added.
    pub tls: u64,
}

impl AddAssign for Passed {
    fn add_assign(&mut self, more: Self) {
        self.bytes_in += more.bytes_in;
        self.bytes_out += more.bytes_out;
        self.header += more.header;
        self.setup += more.setup;
        self.content += more.content;
        self.heartbeats += more.heartbeats;
        self.heartbeat_bytes += more.heartbeat_bytes;
        self.tls += more.tls;
    }
}

/// The sum of what passed.
#[derive(Debug, Default)]
pub struct Tally {
    bytes_in: Count,
    bytes_out: Count,
    header: Count,
    setup: Count,
    content: Count,
    heartbeats: Count,
    heartbeat_bytes: Count,
    tls: Count,
}

impl Tally {
    /// Adds.
    pub fn add(&self, passed: &Passed) {
        self.bytes_in.add(passed.bytes_in);
        self.bytes_out.add(passed.bytes_out);
        self.header.add(passed.header);
        self.setup.add(passed.setup);
        self.content.add(passed.content);
        self.heartbeats.add(passed.heartbeats);
        self.heartbeat_bytes.add(passed.heartbeat_bytes);
        self.tls.add(passed.tls);
    }

    /// A head of `n` bytes, counted as one of an exchange, turns out to have opened a stream.
    pub fn turn_into_setup(&self, n: u64) {
        self.header.take_back(n);
        self.setup.add(n);
    }

    /// The sum.
    pub fn get(&self) -> Passed {
        self.each(Count::get)
    }

    /// The sum, with which it begins anew at 0. Whatever is added meanwhile is in this sum or in
    /// the next one.
    pub fn take(&self) -> Passed {
        self.each(Count::take)
    }

    fn each(&self, get: impl Fn(&Count) -> u64) -> Passed {
        Passed {
            bytes_in: get(&self.bytes_in),
            bytes_out: get(&self.bytes_out),
            header: get(&self.header),
            setup: get(&self.setup),
            content: get(&self.content),
            heartbeats: get(&self.heartbeats),
            heartbeat_bytes: get(&self.heartbeat_bytes),
            tls: get(&self.tls),
        }
    }
}
