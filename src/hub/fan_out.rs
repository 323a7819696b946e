//! Who is written to at once: a subscriber that waits for nothing but the next event leaves its
//! outlet with the topic, and one task writes each event to all of them. To wake each subscriber's
//! own task, only for it to make one call of the system, costs a third more than that call.

mod turn;

use std::{
    fmt,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    task::{Poll, Waker},
};

use bytes::Bytes;
use tokio::{task::coop::unconstrained, time::Instant};

use self::turn::Turn;
use super::{
    Topic,
    entry::Entry,
    head::Head,
    ring::{Read, ReadLimit},
};
use crate::event::{Cursor, Position};

/// So many bytes to write count as one outlet more.
const LIKE_ONE_MORE: usize = 4 * 1024;
/// Up to so many outlets one task is enough. The order in which they are written to is a fair one
/// among all that one task writes to; which task comes first is the runtime's.
const ENOUGH_FOR_ONE: usize = 256;

/// Where a subscriber can be written to.
pub trait Outlet: fmt::Debug + Send + Sync {
    /// Takes what it has not had yet, at once; it may neither wait nor panic, for others are next.
    fn deliver(&self, fresh: &Fresh);
    /// Nobody stands behind it any more.
    fn is_over(&self) -> bool;
}

/// What has been published since the last time.
#[derive(Debug)]
pub struct Fresh {
    read: Read,
    at: Instant,
    batch: OnceLock<Encoded>,
}

/// A body that is answered with.
#[derive(Debug)]
pub struct Encoded {
    body: Vec<u8>,
    answer: OnceLock<(Arc<[u8]>, Bytes)>,
}

impl From<Vec<u8>> for Encoded {
    fn from(body: Vec<u8>) -> Self {
        Self {
            body,
            answer: OnceLock::new(),
        }
    }
}

impl Encoded {
    /// It alone.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// What goes over the wire, as `make` puts it together of the body and of what stands before
    /// it, and of nothing else: made once for all who are told the same before it, which is nearly
    /// everybody.
    pub fn behind(&self, prefix: &Arc<[u8]>, make: impl Fn(&[u8]) -> Vec<u8>) -> Bytes {
        let (known, answer) = self
            .answer
            .get_or_init(|| (Arc::clone(prefix), make(&self.body).into()));
        if Arc::ptr_eq(known, prefix) || known == prefix {
            answer.clone()
        } else {
            make(&self.body).into()
        }
    }
}

impl Fresh {
    fn new(read: Read) -> Self {
        Self {
            read,
            at: Instant::now(),
            batch: OnceLock::new(),
        }
    }

    /// When it was read.
    pub fn at(&self) -> Instant {
        self.at
    }

    /// What comes behind that event; `None` where some of it is gone already.
    pub fn past(&self, seq: u64) -> Option<&[Entry]> {
        let Some(first) = self.read.events.first() else {
            return Some(&[]);
        };
        let had = (seq + 1).checked_sub(first.seq())?;
        let had = usize::try_from(had).unwrap_or(usize::MAX);
        Some(self.read.events.get(had..).unwrap_or_default())
    }

    /// The cursor behind it.
    pub fn next(&self) -> Cursor {
        self.read.next
    }

    /// Whether there was more than is written to all at a time.
    pub fn is_cut_off(&self) -> bool {
        self.read.more
    }

    /// How many outlets' turns it takes to write it to one.
    fn weight(&self) -> usize {
        let bytes: usize = self.read.events.iter().map(Entry::sse_len).sum();
        1 + bytes / LIKE_ONE_MORE
    }

    /// The same as a read from that cursor.
    pub fn read_past(&self, position: Cursor) -> Option<Read> {
        Some(Read {
            position,
            gap: None,
            events: self.past(position.seq)?.iter().cloned().collect(),
            next: self.read.next,
            more: self.read.more,
        })
    }

    /// What `encode` makes of a read from that cursor: made once for all that have had everything
    /// before it, which is nearly everybody.
    pub fn encoded<T>(
        &self,
        position: Cursor,
        encode: impl Fn(&Read) -> Vec<u8>,
        take: impl FnOnce(&Encoded) -> T,
    ) -> Option<T> {
        if self.read.gap.is_none() && position.seq == self.read.position.seq {
            let batch = self.batch.get_or_init(|| encode(&self.read).into());
            return Some(take(batch));
        }
        Some(take(&encode(&self.read_past(position)?).into()))
    }
}

/// A topic's outlets, parted among the tasks that write to them.
#[derive(Debug, Default)]
pub(super) struct FanOut(Mutex<Vec<Share>>);

/// One task's part.
#[derive(Debug, Default)]
struct Share {
    /// Not there while the task goes through them; who comes meanwhile is.
    outlets: Vec<Arc<dyn Outlet>>,
    /// How many subscribers stand behind them.
    members: usize,
    /// How many outlets are there of which that is not true any more.
    over: usize,
    /// The task goes through them.
    taken_out: bool,
    /// By this the share's task can be woken, if there is one.
    task: Option<Waker>,
}

impl FanOut {
    fn lock(&self) -> MutexGuard<'_, Vec<Share>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an outlet in: in which share, and whether that one has no task yet.
    fn join(&self, outlet: Arc<dyn Outlet>, tasks: usize) -> (usize, bool) {
        let mut shares = self.lock();
        let all: usize = shares.iter().map(|share| share.members).sum();
        let open = if all < ENOUGH_FOR_ONE {
            1
        } else {
            tasks.max(1)
        };
        if shares.len() < open {
            shares.resize_with(open, Share::default);
        }
        let least = shares
            .iter_mut()
            .enumerate()
            .take(open)
            .min_by_key(|(_, share)| share.members);
        let Some((index, share)) = least else {
            return (0, false);
        };
        share.members += 1;
        share.outlets.push(outlet);
        let alone = share.task.is_none();
        if alone {
            share.task = Some(Waker::noop().clone());
        }
        (index, alone)
    }

    /// One subscriber of that share less; its outlet is over.
    fn leave(&self, index: usize) {
        let mut shares = self.lock();
        let Some(share) = shares.get_mut(index) else {
            return;
        };
        share.members = share.members.saturating_sub(1);
        share.over += 1;
        let mut gone = Vec::new();
        if share.over > share.members && !share.taken_out {
            gone = share.sort_out();
        }
        let task = share.task.clone().filter(|_| share.members == 0);
        drop(shares);
        drop(gone);
        if let Some(task) = task {
            task.wake();
        }
    }

    /// Takes a share's outlets out, to go through them.
    fn take(&self, index: usize) -> Vec<Arc<dyn Outlet>> {
        let mut shares = self.lock();
        let Some(share) = shares.get_mut(index) else {
            return Vec::new();
        };
        share.taken_out = true;
        std::mem::take(&mut share.outlets)
    }

    /// Puts them back, beside those that came meanwhile.
    fn put_back(&self, index: usize, mut outlets: Vec<Arc<dyn Outlet>>) {
        let mut shares = self.lock();
        let Some(share) = shares.get_mut(index) else {
            return;
        };
        outlets.append(&mut share.outlets);
        share.outlets = outlets;
        share.taken_out = false;
        let gone = if share.over > 0 {
            share.sort_out()
        } else {
            Vec::new()
        };
        drop(shares);
        drop(gone);
    }

    /// Waits for an event later than `seq`; says `false` when the share has nobody left and its
    /// task is no longer expected to come back.
    async fn moved(&self, index: usize, head: &Head, seq: u64) -> bool {
        let mut past = std::pin::pin!(head.past(seq));
        poll_fn(|context| {
            {
                let mut shares = self.lock();
                let Some(share) = shares.get_mut(index).filter(|share| share.members > 0) else {
                    if let Some(share) = shares.get_mut(index) {
                        *share = Share::default();
                    }
                    return Poll::Ready(false);
                };
                share.task = Some(context.waker().clone());
            }
            past.as_mut().poll(context).map(|()| true)
        })
        .await
    }
}

impl Share {
    /// Lets the outlets go behind which nobody stands.
    fn sort_out(&mut self) -> Vec<Arc<dyn Outlet>> {
        let (over, outlets) = std::mem::take(&mut self.outlets)
            .into_iter()
            .partition(|outlet| outlet.is_over());
        self.outlets = outlets;
        self.over = 0;
        over
    }
}

/// A subscriber's membership: as long as it lives, its outlet is written to.
#[derive(Debug)]
pub struct Membership {
    topic: Arc<Topic>,
    share: usize,
}

impl Membership {
    /// Takes the outlet in. Where nobody is at work for its share yet, the work is handed out, to
    /// be spawned; there may be as many at work as there are `tasks` for.
    pub(super) fn new(
        topic: &Arc<Topic>,
        outlet: Arc<dyn Outlet>,
        tasks: usize,
    ) -> (Self, Option<impl Future<Output = ()> + Send + use<>>) {
        // First this: who joins the same share meanwhile looks at the head after that, and this
        // task gives out everything behind it.
        let done = topic.head.seq();
        let (share, alone) = topic.fan_out.join(outlet, tasks);
        let work = alone.then(|| unconstrained(distribute(Arc::clone(topic), share, done)));
        let topic = Arc::clone(topic);
        (Self { topic, share }, work)
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.topic.fan_out.leave(self.share);
    }
}

/// Writes what is published after `done` to a share's outlets, until nobody is left.
async fn distribute(topic: Arc<Topic>, share: usize, mut done: u64) {
    let mut random = fastrand::Rng::with_seed(done ^ topic.epoch.0);
    while topic.fan_out.moved(share, &topic.head, done).await {
        // First this: who joins after the outlets have been taken out has seen the head there.
        let head = topic.head.seq();
        let outlets = topic.fan_out.take(share);
        let after = Cursor {
            epoch: topic.epoch,
            seq: done,
        };
        // The cursor came out of this very log, which only grows.
        if let Ok(read) = topic.read(Position::After(after), ReadLimit::STREAM) {
            done = head.min(read.next.seq);
            let fresh = Fresh::new(read);
            let order = Order::draw(&mut random, outlets.len());
            let each = fresh.weight();
            let mut turn = Turn::new();
            for place in order {
                if let Some(outlet) = outlets.get(place) {
                    outlet.deliver(&fresh);
                }
                if turn.is_over(each, Instant::now) {
                    turn = turn.pass().await;
                }
            }
            turn.end(Instant::now());
        } else {
            done = head;
        }
        topic.fan_out.put_back(share, outlets);
    }
}

/// An order in which every place comes before every other one half of the times, and which goes
/// through memory in line: it begins anywhere and goes either way round.
#[derive(Debug)]
struct Order {
    all: usize,
    left: usize,
    next: usize,
    step: usize,
}

impl Order {
    fn draw(random: &mut fastrand::Rng, all: usize) -> Self {
        let back = all.saturating_sub(1);
        Self {
            all,
            left: all,
            next: random.usize(..all.max(1)),
            step: if random.bool() { 1 } else { back },
        }
    }
}

impl Iterator for Order {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        let place = self.next;
        self.next = (place + self.step) % self.all;
        Some(place)
    }
}

#[cfg(test)]
mod tests;
