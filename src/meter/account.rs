//! Whose turn it is on a connection: which request is in progress, and which lane pays for it.
//!
//! What comes after one answer's last byte belongs to the next request, whose lane nobody knows
//! yet: it waits here. A request that names no lane pays nothing, and what waited for it goes.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
};

use super::{
    lane::Lane,
    meters::{Meter, Meters, Use},
    tally::{Count, Passed, Tally},
};

/// Where a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// Between an answer's last byte and the next request's head.
    Idle,
    /// A request is in progress, or the socket that it has become.
    Serving,
    /// The answer is made, its last bytes have not been written yet.
    Draining,
}

/// How many bytes of body a request's head announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyLength {
    /// So many.
    Of(u64),
    /// It does not say: chunks, or another protocol.
    Untold,
}

/// A connection's account. The connection, the service and the answer's body share it; over HTTP/2
/// each request has one of its own.
#[derive(Debug)]
pub struct Account {
    meters: Arc<Meters>,
    http2: bool,
    /// Who pays for the request in progress, and after it until the next one.
    payer: Mutex<Option<Arc<Lane>>>,
    /// Raised whenever the payer changes.
    turn: AtomicU64,
    /// Nobody pays for the request in progress, nor will anybody.
    free: AtomicBool,
    /// Somebody pays now, or nobody knows yet.
    payable: AtomicBool,
    /// What has passed for the request in progress while nobody paid.
    unpaid: Tally,
    /// Bytes that came since the last answer's end.
    early: Count,
    /// What TLS added meanwhile.
    early_tls: Count,
    /// Of the early bytes, the next request's head, as far as it has come; 0 where it came unseen.
    head: AtomicU64,
    /// The head of the request in progress.
    head_in: AtomicU64,
    /// What is still to come of its body; `u64::MAX` where nobody knows.
    body_left: AtomicU64,
    requests: AtomicU64,
    phase: AtomicU8,
    used: AtomicU8,
    setup: AtomicBool,
    /// More has come than the request in progress is made of: the next one has begun.
    ahead: AtomicBool,
    pipelined: AtomicBool,
}

impl Account {
    /// Of a new connection.
    pub fn new(meters: Arc<Meters>, http2: bool) -> Self {
        let used = if http2 { Use::Http2 } else { Use::Other };
        Self {
            meters,
            http2,
            payer: Mutex::default(),
            turn: AtomicU64::new(0),
            free: AtomicBool::new(false),
            payable: AtomicBool::new(!http2),
            unpaid: Tally::default(),
            early: Count::default(),
            early_tls: Count::default(),
            head: AtomicU64::new(0),
            head_in: AtomicU64::new(0),
            body_left: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            phase: AtomicU8::new(Phase::Idle as u8),
            used: AtomicU8::new(used.place()),
            setup: AtomicBool::new(false),
            ahead: AtomicBool::new(false),
            pipelined: AtomicBool::new(false),
        }
    }

    /// A request has come; its head says what for and how long its body is. What came since the
    /// last answer's end is its own. Returns the account that its handler pays into.
    pub fn begin(self: &Arc<Self>, of: Use, body: BodyLength) -> Arc<Self> {
        let earlier = self.requests.fetch_add(1, Ordering::Relaxed);
        let meter = self.meters.of(of);
        meter.requests.add(1);
        if earlier == 0 {
            meter.connections.add(1);
        }
        if self.http2 {
            let stream = Self::new(Arc::clone(&self.meters), true);
            stream.requests.store(earlier + 1, Ordering::Relaxed);
            return Arc::new(stream);
        }
        let phase = self.phase.swap(Phase::Serving as u8, Ordering::Relaxed);
        let came = self.early.take();
        let head = self.head.swap(0, Ordering::Relaxed);
        let body_came = came.saturating_sub(head);
        let left = match body {
            BodyLength::Of(all) => all.checked_sub(body_came),
            BodyLength::Untold => Some(u64::MAX),
        };
        if phase != Phase::Idle as u8 || head == 0 || left.is_none() {
            self.overtook();
        }
        self.body_left.store(left.unwrap_or(0), Ordering::Relaxed);
        self.used.store(of.place(), Ordering::Relaxed);
        self.setup.store(false, Ordering::Relaxed);
        self.ahead.store(left.is_none(), Ordering::Relaxed);
        self.head_in.store(head, Ordering::Relaxed);
        meter.bytes_in.add(came);
        // Whoever paid before does so no more; what was left over by a request without a lane goes.
        let mut payer = self.payer();
        *payer = None;
        self.free.store(false, Ordering::Relaxed);
        self.unpaid.take();
        self.unpaid.add(&Passed {
            bytes_in: came,
            header: head,
            tls: self.early_tls.take(),
            ..Passed::default()
        });
        self.payable.store(true, Ordering::Relaxed);
        self.turn.fetch_add(1, Ordering::Release);
        drop(payer);
        Arc::clone(self)
    }

    /// The request in progress names its lane: all that has passed for it is the lane's, and all
    /// that follows until the next request. The first name counts.
    pub fn name(&self, lane: &Arc<Lane>) {
        let mut payer = self.payer();
        if payer.is_some() {
            return;
        }
        lane.came(self.requests.load(Ordering::Relaxed) == 1, self.http2);
        if self.http2 {
            lane.is_shared();
        }
        if self.pipelined.load(Ordering::Relaxed) {
            lane.is_approximate();
        }
        *payer = Some(Arc::clone(lane));
        self.payable.store(true, Ordering::Relaxed);
        self.turn.fetch_add(1, Ordering::Release);
        drop(payer);
        self.settle();
    }

    /// The request in progress has an answer: nobody will name a lane any more, but for the socket
    /// that it may become. `setup` says that it opens an event stream or a WebSocket, or was a
    /// preflight.
    pub fn answered(&self, setup: bool) {
        let payer = self.payer();
        if setup {
            self.setup.store(true, Ordering::Relaxed);
            let head = self.head_in.load(Ordering::Relaxed);
            match &*payer {
                Some(lane) => lane.tally.turn_into_setup(head),
                None => self.unpaid.turn_into_setup(head),
            }
        }
        self.payable.store(payer.is_some(), Ordering::Relaxed);
    }

    /// The answer in progress is carried without the HTTP library: whoever does not pay for it by
    /// now never will.
    pub fn taken_over(&self) {
        let nobody = self.payer().is_none();
        self.free.store(nobody, Ordering::Relaxed);
        self.meter().taken_over.add(1);
    }

    /// Whether nobody pays for the request in progress, nor will anybody.
    pub fn is_free(&self) -> bool {
        self.free.load(Ordering::Relaxed)
    }

    /// The answer is made; its last bytes are still to be written.
    pub fn ended(&self) {
        self.phase.store(Phase::Draining as u8, Ordering::Relaxed);
        self.payable.store(true, Ordering::Relaxed);
    }

    /// All that was made has been written.
    pub(super) fn flushed(&self) {
        if self.phase() == Phase::Draining {
            self.phase.store(Phase::Idle as u8, Ordering::Relaxed);
        }
    }

    /// Bytes of the next request came, `head` of which are its head's so far.
    pub(super) fn came_early(&self, bytes: u64, head: u64) {
        if self.phase() == Phase::Draining {
            self.overtook();
        }
        self.early.add(bytes);
        self.head.store(head, Ordering::Relaxed);
    }

    /// TLS added bytes of its own: to the answer that leaves, else to what the next request will
    /// be; after the last one to that.
    pub fn encrypted(&self, payer: &mut Payer, added: u64) {
        if self.phase() == Phase::Idle {
            self.early_tls.add(added);
        } else {
            let passed = Passed {
                tls: added,
                ..Passed::default()
            };
            self.add(payer, &passed);
        }
    }

    /// Bytes came while a request was in progress: of its body, as long as one is expected.
    pub(super) fn body_came(&self, bytes: u64) {
        match self.body_left.load(Ordering::Relaxed) {
            u64::MAX => {}
            left => {
                if bytes > left {
                    self.ahead.store(true, Ordering::Relaxed);
                    self.overtook();
                }
                self.body_left
                    .store(left.saturating_sub(bytes), Ordering::Relaxed);
            }
        }
    }

    /// A request came before its predecessor was answered: from now on nobody can tell for sure
    /// whose the bytes are.
    fn overtook(&self) {
        self.pipelined.store(true, Ordering::Relaxed);
        if let Some(lane) = &*self.payer() {
            lane.is_approximate();
        }
    }

    /// Hands over what passed while nobody paid, where somebody does now.
    pub(super) fn settle(&self) {
        if let Some(lane) = &*self.payer() {
            lane.tally.add(&self.unpaid.take());
        }
    }

    /// Somebody pays: adds to the lane's account, else to what waits for one.
    pub(super) fn add(&self, payer: &mut Payer, passed: &Passed) {
        if self.free.load(Ordering::Relaxed) {
            return;
        }
        if payer.follow(self).is_some() {
            self.settle();
        }
        match payer.lane() {
            Some(lane) => lane.tally.add(passed),
            None => {
                self.unpaid.add(passed);
                // The name may have been given meanwhile, by another thread.
                if payer.follow(self).is_some() {
                    self.settle();
                }
            }
        }
    }

    /// Bytes were read after the connection's end, which nobody will hear; under TLS nobody knows
    /// what they say.
    pub fn came_late(&self, bytes: u64, tls: bool) {
        if tls {
            self.encrypted(&mut Payer::default(), bytes);
        } else if self.is_serving() {
            self.meter().bytes_in.add(bytes);
            let passed = Passed {
                bytes_in: bytes,
                ..Passed::default()
            };
            self.add(&mut Payer::default(), &passed);
        } else {
            self.early.add(bytes);
        }
    }

    /// Counts what a body held. Over HTTP/2 that is all that is known of its bytes.
    pub fn carried(&self, payer: &mut Payer, content: Content) {
        let (bytes_in, bytes_out) = match content {
            _ if !self.http2 => (0, 0),
            Content::In(n) => (n, 0),
            Content::Out(n) => (0, n),
        };
        let (Content::In(content) | Content::Out(content)) = content;
        let passed = Passed {
            bytes_in,
            bytes_out,
            content,
            ..Passed::default()
        };
        self.add(payer, &passed);
    }

    /// All numbers, and whose are raised now.
    pub(super) fn meters(&self) -> (Arc<Meters>, u8) {
        let used = self.used.load(Ordering::Relaxed);
        (Arc::clone(&self.meters), used)
    }

    /// The numbers of what the connection is used for now.
    pub(super) fn meter(&self) -> &Meter {
        self.meters.at(self.used.load(Ordering::Relaxed))
    }

    /// Whether a poll of the connection's task may be a lane's: that is not known before it.
    pub(super) fn may_be_paid(&self) -> bool {
        !self.http2 && self.payable.load(Ordering::Relaxed)
    }

    pub(super) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            serving if serving == Phase::Serving as u8 => Phase::Serving,
            draining if draining == Phase::Draining as u8 => Phase::Draining,
            _ => Phase::Idle,
        }
    }

    /// Whether a request is in progress, be it for ever.
    pub fn is_serving(&self) -> bool {
        self.phase() == Phase::Serving
    }

    /// Whether the next request's head began to come before this one's answer was over.
    pub fn is_ahead(&self) -> bool {
        self.ahead.load(Ordering::Relaxed)
    }

    /// How many requests have come.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Whether it is a stream's, or a connection's that carries many.
    pub fn is_http2(&self) -> bool {
        self.http2
    }

    /// Whether the answer in progress opens something that stands.
    pub(super) fn is_setup(&self) -> bool {
        self.setup.load(Ordering::Relaxed)
    }

    fn payer(&self) -> std::sync::MutexGuard<'_, Option<Arc<Lane>>> {
        self.payer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.unpaid.add(&Passed {
            tls: self.early_tls.take(),
            ..Passed::default()
        });
        self.settle();
        // No request has claimed it.
        self.meters.of(Use::Other).bytes_in.add(self.early.take());
    }
}

/// What a body held, of a request or of an answer; in bytes.
#[derive(Debug, Clone, Copy)]
pub enum Content {
    /// Of a request.
    In(u64),
    /// Of an answer.
    Out(u64),
}

/// Who paid until now, if anybody did.
pub(super) struct Before(pub(super) Option<Arc<Lane>>);

/// Remembers who pays, so that asking needs no lock as long as that does not change.
#[derive(Debug, Default)]
pub struct Payer {
    turn: u64,
    lane: Option<Arc<Lane>>,
}

impl Payer {
    /// Looks whether somebody else pays by now; tells who paid before.
    pub(super) fn follow(&mut self, account: &Account) -> Option<Before> {
        let turn = account.turn.load(Ordering::Acquire);
        (turn != self.turn).then(|| {
            self.turn = turn;
            let lane = account.payer().clone();
            Before(std::mem::replace(&mut self.lane, lane))
        })
    }

    /// Who pays, as far as that was last looked at.
    pub(super) fn lane(&self) -> Option<&Arc<Lane>> {
        self.lane.as_ref()
    }
}
