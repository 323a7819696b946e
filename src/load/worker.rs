//! One thread that listens for thousands: a loop over what the kernel says is ready.
//!
//! Nothing in it waits for a single subscriber. How long a socket that had something waited for
//! its turn is measured: that much of a latency may be the generator's own.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    io::{ErrorKind, Read, Write},
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token, event::Event, net::TcpStream};
use rustix::time::{ClockId, clock_gettime};

use super::{
    phase::{Phase, Shared},
    schedule::Schedule,
    sources::Sources,
    subscriber::{Subscriber, Trouble, Turn},
    tally::Tally,
    target::LaneTarget,
};
use crate::transport::{Transport, ticks::Ticks};

/// How many connections one worker opens at a time: fewer than the shortest listener queue, 128.
const AT_A_TIME: usize = 100;
/// How long the loop sleeps at most, so that it hears of the next phase.
const NAP: Duration = Duration::from_millis(20);
/// How many ready sockets are told at a time: all, so that none waits for a second telling.
const READY: usize = 16_384;
/// What is read at a time, in bytes.
const READ: usize = 64 * 1024;

/// What a worker works with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share<'a> {
    pub(super) target: &'a LaneTarget,
    pub(super) schedule: &'a Schedule,
    pub(super) shared: &'a Shared,
    pub(super) sources: &'a Sources,
    /// The first of its subscribers, and how many.
    pub(super) first: u32,
    pub(super) subscribers: u32,
    pub(super) poll_interval_ms: u32,
    pub(super) seed: u64,
}

/// A subscriber and its connection.
struct Slot {
    subscriber: Subscriber,
    stream: Option<TcpStream>,
    /// The kernel has said that it is connected.
    connected: bool,
    /// It was counted as open.
    counted: bool,
    /// When it is to connect or to ask again.
    due: Option<Instant>,
}

/// The loop's state.
struct Worker<'a> {
    share: Share<'a>,
    poll: Poll,
    slots: Vec<Slot>,
    timers: BinaryHeap<Reverse<(Instant, usize)>>,
    buffer: Vec<u8>,
    tally: Tally,
    random: fastrand::Rng,
    begun: Instant,
    /// The next slot that was never connected, and how many are not open yet.
    next: usize,
    underway: usize,
    /// When the kernel was asked last, and since when what is ready now may have been ready.
    asked: Instant,
    ready_since: Instant,
    /// What the others were told of this worker: subscribers that have all, and receipts.
    told: (usize, u64),
    /// When and with how much CPU time the present second began.
    second: Option<(Instant, Duration)>,
}

/// Listens for its share of the lane's subscribers until the lane is over.
pub(super) fn work(share: Share<'_>) -> std::io::Result<Tally> {
    let mut worker = Worker {
        share,
        poll: Poll::new()?,
        slots: Vec::new(),
        timers: BinaryHeap::new(),
        buffer: vec![0; READ],
        tally: Tally::new(),
        random: fastrand::Rng::with_seed(share.seed ^ u64::from(share.first)),
        begun: Instant::now(),
        next: 0,
        underway: 0,
        asked: Instant::now(),
        ready_since: Instant::now(),
        told: (0, 0),
        second: None,
    };
    let slot = |_| Slot {
        subscriber: Subscriber::new(share.target, share.schedule),
        stream: None,
        connected: false,
        counted: false,
        due: None,
    };
    worker.slots = (0..share.subscribers).map(slot).collect();
    worker.live()?;
    Ok(worker.end())
}

impl Worker<'_> {
    fn live(&mut self) -> std::io::Result<()> {
        let mut events = Events::with_capacity(READY);
        let mut counted = Instant::now();
        loop {
            self.wait(&mut events)?;
            for event in &events {
                self.ready(event);
            }
            let now = Instant::now();
            self.fire(now);
            self.open();
            self.watch(now);
            if now.duration_since(counted) >= NAP {
                counted = now;
                self.count_complete();
            }
            if self.share.shared.has_reached(Phase::Over) {
                return Ok(());
            }
        }
    }

    /// Waits for something to be ready, and knows since when it may have been.
    fn wait(&mut self, events: &mut Events) -> std::io::Result<()> {
        poll(&mut self.poll, events, Duration::ZERO)?;
        // What is ready at once has become so at any time since the kernel was asked before.
        self.ready_since = self.asked;
        if events.is_empty() {
            let timer = self.timers.peek().map(|next| next.0.0);
            let now = Instant::now();
            let nap = timer.map_or(NAP, |at| at.saturating_duration_since(now).min(NAP));
            poll(&mut self.poll, events, nap)?;
            // It slept until the first of them was ready.
            self.ready_since = Instant::now();
        }
        self.asked = Instant::now();
        Ok(())
    }

    fn ready(&mut self, event: &Event) {
        let at = event.token().0;
        if let Err(trouble) = self.serve(at, event) {
            self.drop_connection(at, &trouble);
        }
    }

    fn serve(&mut self, at: usize, event: &Event) -> Result<(), Trouble> {
        let Some(slot) = self.slots.get_mut(at) else {
            return Ok(());
        };
        let Some(stream) = &mut slot.stream else {
            return Ok(());
        };
        if !slot.connected {
            if let Ok(Some(error)) = stream.take_error() {
                return Err(Trouble::Io(error.kind()));
            }
            if !event.is_writable() {
                return Ok(());
            }
            slot.connected = true;
            // Requests are small, and each is to leave at once.
            let _ = stream.set_nodelay(true);
            self.flush(at)?;
        } else if event.is_writable() && !slot.subscriber.out.is_empty() {
            self.flush(at)?;
        }
        if event.is_readable() {
            self.read(at, event.is_read_closed())?;
        }
        Ok(())
    }

    /// Reads what is there, understands it, and does what follows.
    fn read(&mut self, at: usize, closed: bool) -> Result<(), Trouble> {
        let Share {
            target,
            schedule,
            first,
            ..
        } = self.share;
        loop {
            let Some(slot) = self.slots.get_mut(at) else {
                return Ok(());
            };
            let Some(stream) = &mut slot.stream else {
                return Ok(());
            };
            let length = match stream.read(&mut self.buffer) {
                Ok(0) if slot.subscriber.is_waiting() => return Err(Trouble::Ended),
                Ok(0) => {
                    // Between two requests a server may close; the next one opens anew.
                    slot.stream = None;
                    return Ok(());
                }
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Trouble::Io(error.kind())),
            };
            let now = Instant::now();
            let waited = now.saturating_duration_since(self.ready_since).as_micros();
            self.tally.waited(u64::try_from(waited).unwrap_or(u64::MAX));
            self.tally.bytes_in += length as u64;
            let bytes = self.buffer.get(..length).unwrap_or_default();
            let which = first.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
            let heard = (target, schedule, &mut self.tally);
            let turn = slot.subscriber.hear(bytes, heard, (which, now))?;
            if slot.subscriber.memory.opened {
                slot.subscriber.backoff.succeeded();
                self.count_open(at);
            }
            self.follow(at, turn, now)?;
            // A short read has emptied the socket, unless its end has come as well.
            if length < self.buffer.len() && !closed {
                return Ok(());
            }
        }
    }

    fn follow(&mut self, at: usize, turn: Turn, now: Instant) -> Result<(), Trouble> {
        if let Turn::Ask { at_once, anew } = turn {
            let since = now.duration_since(self.begun).as_secs_f64() * 1e3;
            let draw = self.random.f64();
            let Some(slot) = self.slots.get_mut(at) else {
                return Ok(());
            };
            if anew {
                slot.stream = None;
            }
            if at_once && !anew {
                slot.subscriber.ask(self.share.target);
                self.tally.requests += 1;
            } else if at_once {
                self.set(at, now);
                return Ok(());
            } else if let Some(ticks) = &mut slot.subscriber.ticks {
                let tick = ticks.next(since, draw);
                self.tally.skipped += u64::from(tick.skipped);
                let due = self.begun + Duration::from_secs_f64((tick.due / 1e3).max(0.0));
                self.set(at, due);
                return Ok(());
            }
        }
        self.flush(at)
    }

    /// Sends what is to be sent, as far as the socket takes it.
    fn flush(&mut self, at: usize) -> Result<(), Trouble> {
        let Some(slot) = self.slots.get_mut(at) else {
            return Ok(());
        };
        let Some(stream) = slot.stream.as_mut().filter(|_| slot.connected) else {
            return Ok(());
        };
        let out = &mut slot.subscriber.out;
        if out.is_empty() {
            return Ok(());
        }
        while !out.is_empty() {
            match stream.write(out) {
                Ok(length) => {
                    out.drain(..length);
                    self.tally.bytes_out += length as u64;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Trouble::Io(error.kind())),
            }
        }
        if self.share.target.transport.plain() == Transport::LongPolling {
            // Nothing comes back from a held request that would say so.
            slot.subscriber.memory.opened = true;
            self.count_open(at);
        }
        Ok(())
    }

    fn count_open(&mut self, at: usize) {
        if let Some(slot) = self.slots.get_mut(at)
            && !slot.counted
        {
            slot.counted = true;
            self.underway = self.underway.saturating_sub(1);
            self.share.shared.opened.fetch_add(1, Relaxed);
        }
    }

    /// A connection is given up; another one follows after a while.
    fn drop_connection(&mut self, at: usize, trouble: &Trouble) {
        let reason = trouble.to_string();
        self.tally.trouble(&reason);
        let draw = self.random.f64();
        let Some(slot) = self.slots.get_mut(at) else {
            return;
        };
        slot.stream = None;
        if slot.counted {
            self.tally.reconnects += 1;
        } else if let Ok(mut told) = self.share.shared.reason.lock() {
            *told = reason;
        }
        let pause = slot.subscriber.backoff.pause_ms(draw);
        let due = Instant::now() + Duration::from_secs_f64(pause / 1e3);
        self.set(at, due);
    }

    fn set(&mut self, at: usize, due: Instant) {
        if let Some(slot) = self.slots.get_mut(at) {
            slot.due = Some(due);
            self.timers.push(Reverse((due, at)));
        }
    }

    /// Does what is due.
    fn fire(&mut self, now: Instant) {
        while let Some(&Reverse((due, at))) = self.timers.peek()
            && due <= now
        {
            self.timers.pop();
            let Some(slot) = self.slots.get_mut(at) else {
                continue;
            };
            if slot.due != Some(due) {
                continue;
            }
            slot.due = None;
            let done = if slot.stream.is_some() {
                slot.subscriber.ask(self.share.target);
                self.tally.requests += 1;
                self.flush(at)
            } else {
                self.connect(at)
            };
            if let Err(trouble) = done {
                self.drop_connection(at, &trouble);
            }
        }
    }

    /// Opens some of those that were never opened.
    fn open(&mut self) {
        while self.underway < AT_A_TIME && self.next < self.slots.len() {
            let at = self.next;
            self.next += 1;
            self.underway += 1;
            if let Err(trouble) = self.connect(at) {
                self.drop_connection(at, &trouble);
            }
        }
    }

    fn connect(&mut self, at: usize) -> Result<(), Trouble> {
        let Share {
            target,
            sources,
            poll_interval_ms,
            ..
        } = self.share;
        let to = target.subscribe.addr;
        let mut stream = sources
            .connect(to)
            .map_err(|error| Trouble::Io(error.kind()))?;
        let both = Interest::READABLE | Interest::WRITABLE;
        let registry = self.poll.registry();
        registry
            .register(&mut stream, Token(at), both)
            .map_err(|error| Trouble::Io(error.kind()))?;
        self.tally.connections += 1;
        self.tally.requests += 1;
        let Some(slot) = self.slots.get_mut(at) else {
            return Ok(());
        };
        slot.stream = Some(stream);
        slot.connected = false;
        slot.subscriber.greet(target, &mut self.random);
        if target.transport.plain() == Transport::Polling && slot.subscriber.ticks.is_none() {
            // The subscribers' ticks are spread over the interval.
            let interval = f64::from(poll_interval_ms);
            let since = self.begun.elapsed().as_secs_f64() * 1e3;
            let phase = since - self.random.f64() * interval;
            slot.subscriber.ticks = Some(Ticks::new(poll_interval_ms, phase));
        }
        Ok(())
    }

    /// Notes, second by second of publishing, how much of a core this thread uses.
    fn watch(&mut self, now: Instant) {
        if !self.share.shared.has_reached(Phase::Publishing) {
            return;
        }
        let Some((since, used)) = self.second else {
            self.second = Some((now, thread_cpu()));
            self.tally.begin();
            return;
        };
        let wall = now.duration_since(since);
        if wall >= Duration::from_secs(1) {
            let cpu = thread_cpu();
            let share = cpu.saturating_sub(used).as_secs_f64() / wall.as_secs_f64();
            self.tally.busiest = self.tally.busiest.max(share);
            self.second = Some((now, cpu));
        }
    }

    /// Tells the others what is new of this worker's own.
    fn count_complete(&mut self) {
        let shared = self.share.shared;
        let (complete, received) = self.told;
        if shared.has_reached(Phase::Draining) {
            let last = *self.share.schedule.numbers().end();
            let has_all = |slot: &&Slot| slot.subscriber.memory.ledger.has_all(last);
            self.told.0 = self.slots.iter().filter(has_all).count();
            // None that has all loses any of it.
            shared
                .complete
                .fetch_add(self.told.0.saturating_sub(complete), Relaxed);
        }
        self.told.1 = self.tally.latencies.count();
        shared
            .received
            .fetch_add(self.told.1.saturating_sub(received), Relaxed);
    }

    fn end(mut self) -> Tally {
        for slot in &mut self.slots {
            let ledger = &mut slot.subscriber.memory.ledger;
            self.tally.close(ledger, self.share.schedule);
        }
        self.tally
    }
}

/// Asks the kernel; a signal is no failure.
fn poll(poll: &mut Poll, events: &mut Events, nap: Duration) -> std::io::Result<()> {
    match poll.poll(events, Some(nap)) {
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
        other => other,
    }
}

/// The CPU time of this thread.
fn thread_cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let nanos = u32::try_from(now.tv_nsec).unwrap_or(0);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), nanos)
}
