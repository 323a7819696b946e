//! One topic: its ring, its watched head, and who is using it.

use std::{
    ops::Deref,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use super::{
    Clock,
    fan_out::{FanOut, Membership, Outlet},
    head::Head,
    ring::{CursorAhead, Read, ReadLimit, Ring},
};
use crate::event::{Cursor, Epoch, Position, TopicName};

/// A named, ordered event log that can be read from any cursor and waited for.
#[derive(Debug)]
pub struct Topic {
    name: TopicName,
    pub(super) epoch: Epoch,
    ring: RwLock<Ring>,
    /// Waiting for it to move is the only wake-up there is.
    pub(super) head: Head,
    /// Who is written to without being woken.
    pub(super) fan_out: FanOut,
    clock: Clock,
    /// All topics' bytes together; kept here so that every change of the ring is counted.
    held_by_all: Arc<AtomicUsize>,
    /// Requests and standing responses that read it now.
    readers: AtomicUsize,
    /// When the last of them ended, µs on the server's clock.
    last_read: AtomicU64,
    /// When it was made or last published to, µs on the server's clock.
    last_publish: AtomicU64,
}

impl Topic {
    pub(super) fn new(
        name: TopicName,
        epoch: Epoch,
        (max_events, max_bytes): (usize, usize),
        clock: Clock,
        held_by_all: Arc<AtomicUsize>,
    ) -> Self {
        let now = clock.now_us();
        Self {
            name,
            epoch,
            ring: RwLock::new(Ring::new(epoch, max_events, max_bytes)),
            head: Head::default(),
            fan_out: FanOut::default(),
            clock,
            held_by_all,
            readers: AtomicUsize::new(0),
            last_read: AtomicU64::new(now),
            last_publish: AtomicU64::new(now),
        }
    }

    /// Its name.
    pub fn name(&self) -> &TopicName {
        &self.name
    }

    /// The present incarnation of its log.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The newest event's place.
    pub fn head(&self) -> Cursor {
        Cursor {
            epoch: self.epoch,
            seq: self.head.seq(),
        }
    }

    /// Appends an event with time `at` (µs since the Unix epoch; never before the last event's)
    /// and wakes the readers. Returns its place.
    pub fn publish(&self, at: u64, data: &str) -> Cursor {
        let cursor = {
            let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
            let before = ring.bytes();
            let cursor = ring.push(at, data);
            self.account(before, ring.bytes());
            cursor
        };
        self.touch();
        self.head.raise(cursor.seq);
        cursor
    }

    /// It is about to be published to, or was just now: not idle.
    pub(super) fn touch(&self) {
        self.last_publish
            .store(self.clock.now_us(), Ordering::Relaxed);
    }

    /// Reads what follows `position`, at once.
    pub fn read(&self, position: Position, limit: ReadLimit) -> Result<Read, CursorAhead> {
        self.ring
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .read(position, limit)
    }

    /// Waits until there is an event later than `seq`.
    pub async fn past(&self, seq: u64) {
        self.head.past(seq).await;
    }

    /// Lets old events go until `bytes` are free; at least the newest stays. Returns what it freed.
    pub(super) fn shed(&self, bytes: usize) -> usize {
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        let before = ring.bytes();
        while before - ring.bytes() < bytes && ring.drop_oldest() {}
        self.account(before, ring.bytes());
        before - ring.bytes()
    }

    /// What its events occupy, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.ring
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .bytes()
    }

    /// What it could let go, in bytes.
    pub(super) fn spare(&self) -> usize {
        self.ring
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .spare()
    }

    /// How many requests and standing responses read it now.
    pub fn readers(&self) -> usize {
        // Whoever sees the last one gone must see when it went, or takes the topic for idle.
        self.readers.load(Ordering::Acquire)
    }

    /// For how long nobody has read it, in µs; 0 while somebody does.
    pub fn unread_us(&self) -> u64 {
        if self.readers() > 0 {
            return 0;
        }
        let last = self.last_read.load(Ordering::Relaxed);
        self.clock.now_us().saturating_sub(last)
    }

    /// For how long nobody has read it or published to it, in µs; `None` while somebody reads it.
    pub(super) fn idle_us(&self) -> Option<u64> {
        let last = self.last_publish.load(Ordering::Relaxed);
        let unpublished = self.clock.now_us().saturating_sub(last);
        (self.readers() == 0).then(|| self.unread_us().min(unpublished))
    }

    fn account(&self, before: usize, after: usize) {
        if after >= before {
            self.held_by_all
                .fetch_add(after - before, Ordering::Relaxed);
        } else {
            self.held_by_all
                .fetch_sub(before - after, Ordering::Relaxed);
        }
    }
}

impl Drop for Topic {
    fn drop(&mut self) {
        self.held_by_all.fetch_sub(self.bytes(), Ordering::Relaxed);
    }
}

/// A topic while somebody reads it: as long as this lives, the topic is not idle.
#[derive(Debug)]
pub struct Reading(pub(super) Arc<Topic>);

impl Reading {
    pub(super) fn new(topic: Arc<Topic>) -> Self {
        topic.readers.fetch_add(1, Ordering::Relaxed);
        Self(topic)
    }

    /// Lets what is published be written to an outlet, for as long as the membership lives. Who
    /// joins has to look afterwards whether something has been published already. What comes
    /// beside the membership is to be spawned; `tasks` of its kind may be at work for a topic.
    pub fn join(
        &self,
        outlet: Arc<dyn Outlet>,
        tasks: usize,
    ) -> (Membership, Option<impl Future<Output = ()> + Send + use<>>) {
        Membership::new(&self.0, outlet, tasks)
    }
}

impl Deref for Reading {
    type Target = Topic;
    fn deref(&self) -> &Topic {
        &self.0
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.0
            .last_read
            .store(self.0.clock.now_us(), Ordering::Relaxed);
        self.0.readers.fetch_sub(1, Ordering::Release);
    }
}
