//! The bytes that pass on a connection, in their order: says of each whose it is and what it is.
//! It sees the same bytes as the socket, and nothing else; so it can be tested without one.

use std::sync::Arc;

use super::{
    account::{Account, Before, Payer, Phase},
    answer::AnswerScan,
    frames::{Found, FrameScan},
    lane::Lane,
    meters::Meters,
    sock_diag::TcpInfo,
    tally::Passed,
};

/// How many lanes that shared a connection are told apart when it is closed.
const MOST_SHARES: usize = 32;

/// A connection's bytes.
#[derive(Debug)]
pub struct Line {
    account: Arc<Account>,
    payer: Payer,
    /// How many requests there had been when the next one's head began to come.
    head_after: u64,
    /// The length of that head as far as it has come.
    head: u64,
    /// The request whose answer leaves.
    answers: u64,
    answer: AnswerScan,
    incoming: FrameScan,
    outgoing: FrameScan,
    /// What a client said before it knew that it may.
    hasty: Found,
    upgraded: bool,
    /// Nobody pays for what is written from now on: only the server's own numbers are raised.
    free: Option<(Arc<Meters>, u8)>,
    said: Said,
    /// Bytes since the lane last changed.
    since: u64,
    shares: Vec<(Option<Arc<Lane>>, u64)>,
}

/// What was read and written above TLS, and how much of TLS's own has been counted.
#[derive(Debug, Default)]
struct Said {
    bytes_in: u64,
    bytes_out: u64,
    tls_in: u64,
    tls_out: u64,
}

impl Line {
    /// Of a new connection.
    pub fn new(account: Arc<Account>) -> Self {
        Self {
            account,
            payer: Payer::default(),
            head_after: 0,
            head: 0,
            answers: 0,
            answer: AnswerScan::default(),
            incoming: FrameScan::default(),
            outgoing: FrameScan::default(),
            hasty: Found::default(),
            upgraded: false,
            free: None,
            said: Said::default(),
            since: 0,
            shares: Vec::new(),
        }
    }

    /// The account that it counts into.
    pub fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// Bytes were read; the first `of_head` of them belong to a request's head.
    pub fn read(&mut self, bytes: &[u8], of_head: usize) {
        let n = bytes.len() as u64;
        self.said.bytes_in += n;
        if self.account.is_http2() {
            self.account.meter().bytes_in.add(n);
            return;
        }
        let requests = self.account.requests();
        let serving = self.account.phase() == Phase::Serving;
        if !serving && self.head_after != requests {
            self.head_after = requests;
            self.head = 0;
            self.incoming = FrameScan::default();
            self.hasty = Found::default();
        }
        let after_head = bytes.get(of_head..).unwrap_or_default();
        let found = self.incoming.feed(after_head);
        if serving {
            self.account.meter().bytes_in.add(n);
            let mut passed = Passed {
                bytes_in: n,
                ..Passed::default()
            };
            if self.upgraded {
                hold(&mut passed, found);
            } else {
                self.hasty += found;
                self.account.body_came(n);
            }
            self.pay(&passed);
        } else {
            self.hasty += found;
            self.head += of_head as u64;
            self.account.came_early(n, self.head);
        }
    }

    /// The answer in progress goes on to the connection's end.
    pub fn stands(&mut self) {
        // What passed before is whoever's it was.
        self.follow();
        self.free = self.account.is_free().then(|| self.account.meters());
    }

    /// Bytes were written.
    pub fn wrote(&mut self, bytes: &[u8]) {
        let n = bytes.len() as u64;
        self.said.bytes_out += n;
        if let Some((meters, used)) = &self.free {
            meters.at(*used).bytes_out.add(n);
            self.since += n;
            return;
        }
        if self.account.is_http2() {
            self.account.meter().bytes_out.add(n);
            return;
        }
        self.account.meter().bytes_out.add(n);
        let requests = self.account.requests();
        if self.answers != requests {
            self.answers = requests;
            self.answer = AnswerScan::default();
        }
        let mut passed = Passed {
            bytes_out: n,
            ..Passed::default()
        };
        let of_head = if self.upgraded {
            0
        } else {
            self.answer.feed(bytes)
        };
        let head = if self.account.is_setup() {
            &mut passed.setup
        } else {
            &mut passed.header
        };
        *head = of_head as u64;
        if !self.upgraded && self.answer.has_upgraded() {
            self.upgraded = true;
            hold(&mut passed, std::mem::take(&mut self.hasty));
        }
        if self.upgraded {
            let after_head = bytes.get(of_head..).unwrap_or_default();
            hold(&mut passed, self.outgoing.feed(after_head));
        }
        self.pay(&passed);
    }

    /// All that was to be written has been.
    pub fn flushed(&self) {
        if self.free.is_none() {
            self.account.flushed();
        }
    }

    /// What the socket has read and written in all, at a moment when nothing is under way inside
    /// TLS in that direction. Whatever is more than what was said is TLS's own.
    pub fn on_wire(&mut self, read: Option<u64>, written: Option<u64>) {
        let said = &mut self.said;
        let mut added = 0;
        if let Some(read) = read {
            let tls = read.saturating_sub(said.bytes_in);
            added += tls.saturating_sub(said.tls_in);
            said.tls_in = said.tls_in.max(tls);
        }
        if let Some(written) = written {
            let tls = written.saturating_sub(said.bytes_out);
            added += tls.saturating_sub(said.tls_out);
            said.tls_out = said.tls_out.max(tls);
        }
        if added > 0 && !self.account.is_http2() {
            self.account.encrypted(&mut self.payer, added);
        }
    }

    /// Whether any lane has paid for anything.
    pub fn has_lane(&mut self) -> bool {
        self.follow();
        self.payer.lane().is_some() || !self.shares.is_empty()
    }

    /// The connection is about to be closed, and the kernel tells what it knows of it.
    pub fn closed(&mut self, info: &TcpInfo) {
        self.share_of(self.payer.lane().cloned());
        let whole = self.shares.iter().map(|(_, bytes)| bytes).sum();
        for (lane, bytes) in self.shares.drain(..) {
            if let Some(lane) = lane {
                lane.closed(info, bytes, whole);
            }
        }
    }

    fn pay(&mut self, passed: &Passed) {
        self.follow();
        self.since += passed.bytes_in + passed.bytes_out;
        self.account.add(&mut self.payer, passed);
    }

    /// Looks whether somebody else pays by now.
    fn follow(&mut self) {
        if let Some(Before(lane)) = self.payer.follow(&self.account) {
            if !is_same(lane.as_ref(), self.payer.lane()) {
                self.share_of(lane);
            }
            self.account.settle();
        }
    }

    /// Remembers what a lane's part of the connection was, now that its turn is over.
    fn share_of(&mut self, lane: Option<Arc<Lane>>) {
        let bytes = std::mem::take(&mut self.since);
        if bytes == 0 {
            return;
        }
        let known =
            |(other, _): &&mut (Option<Arc<Lane>>, u64)| is_same(other.as_ref(), lane.as_ref());
        if let Some((_, sum)) = self.shares.iter_mut().find(known) {
            *sum += bytes;
        } else if self.shares.len() < MOST_SHARES {
            self.shares.push((lane, bytes));
        }
    }
}

fn is_same(one: Option<&Arc<Lane>>, other: Option<&Arc<Lane>>) -> bool {
    one.map(Arc::as_ptr) == other.map(Arc::as_ptr)
}

fn hold(passed: &mut Passed, found: Found) {
    passed.content += found.content;
    passed.heartbeats += found.heartbeats;
    passed.heartbeat_bytes += found.heartbeat_bytes;
}

#[cfg(test)]
mod tests;
