//! A topic's head, and who waits for it to move.

use std::{
    pin::Pin,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};

/// How many places there are to wait in. Two readers in the same place, which happens to one pair
/// in so many, are woken in the order in which they came, mostly.
const PLACES: usize = 32;

/// The newest event's number, and the readers that wait for the next.
///
/// A reader waits in a place that is drawn anew each time, and the places are woken one after the
/// other, so that the order in which readers are woken is shuffled for every event: none of the
/// lanes that are compared comes before another by habit.
#[derive(Debug, Default)]
pub(super) struct Head {
    seq: AtomicU64,
    places: [Place; PLACES],
    /// The seed of the next place.
    drawn: AtomicU64,
}

impl Head {
    /// The newest event's number; 0 before the first.
    pub(super) fn seq(&self) -> u64 {
        // Whoever sees an event's number must find the event in the ring.
        self.seq.load(Ordering::Acquire)
    }

    /// There is an event of this number: wakes the readers, unless there is a later one, too. Two
    /// publishers may come here in the other order than they came to the ring.
    pub(super) fn raise(&self, seq: u64) {
        if self.seq.fetch_max(seq, Ordering::AcqRel) < seq {
            for place in &self.places {
                place.wake();
            }
        }
    }

    /// Waits for an event later than `seq`.
    pub(super) fn past(&self, seq: u64) -> Past<'_> {
        Past {
            head: self,
            seq,
            ticket: None,
        }
    }

    fn draw(&self) -> Option<&Place> {
        // Neighbouring seeds would give places that keep step.
        let drawn = self
            .drawn
            .fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let place = fastrand::Rng::with_seed(drawn).usize(..PLACES);
        self.places.get(place)
    }
}

/// A place to wait in: the wakers lie side by side, apart from the tasks that they wake, so that
/// waking a thousand does not have to look for each in memory twice.
#[derive(Debug, Default)]
struct Place(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    /// How often all have been woken. Who came in an earlier round waits no more.
    round: u64,
    wakers: Vec<Option<Waker>>,
    /// Which of them are gone.
    free: Vec<usize>,
}

impl Place {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        let mut waiting = self.lock();
        if waiting.wakers.is_empty() {
            return;
        }
        waiting.round += 1;
        waiting.free.clear();
        let mut woken = std::mem::take(&mut waiting.wakers);
        // Whoever is woken may come back at once, in another thread.
        drop(waiting);
        woken.drain(..).flatten().for_each(Waker::wake);
        let mut waiting = self.lock();
        if waiting.wakers.capacity() == 0 {
            waiting.wakers = woken;
        }
    }
}

impl Waiting {
    /// Takes a place; which one.
    fn enter(&mut self, waker: &Waker) -> usize {
        let waker = Some(waker.clone());
        if let Some(index) = self.free.pop()
            && let Some(place) = self.wakers.get_mut(index)
        {
            *place = waker;
            return index;
        }
        self.wakers.push(waker);
        self.wakers.len() - 1
    }

    /// Gives it back; the waker is to be dropped when nothing is locked any more.
    fn leave(&mut self, ticket: &Ticket<'_>) -> Option<Waker> {
        if ticket.round != self.round {
            return None;
        }
        let waker = self.wakers.get_mut(ticket.index)?.take()?;
        self.free.push(ticket.index);
        Some(waker)
    }
}

/// Who waits, and where.
#[derive(Debug)]
struct Ticket<'a> {
    place: &'a Place,
    round: u64,
    index: usize,
}

/// Waits for an event later than a number.
#[derive(Debug)]
pub(super) struct Past<'a> {
    head: &'a Head,
    seq: u64,
    ticket: Option<Ticket<'a>>,
}

impl Past<'_> {
    fn leave(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            let left = ticket.place.lock().leave(&ticket);
            drop(left);
        }
    }
}

impl Future for Past<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let its = &mut *self;
        if its.head.seq() > its.seq {
            // Whoever raised it that far wakes all places, this one as well: nothing to give back.
            its.ticket = None;
            return Poll::Ready(());
        }
        its.leave();
        let Some(place) = its.head.draw() else {
            return Poll::Ready(());
        };
        let mut waiting = place.lock();
        // It is raised first, and then the places are locked: who does not see it now is woken.
        if its.head.seq() > its.seq {
            return Poll::Ready(());
        }
        let (round, index) = (waiting.round, waiting.enter(context.waker()));
        its.ticket = Some(Ticket {
            place,
            round,
            index,
        });
        Poll::Pending
    }
}

impl Drop for Past<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    const READERS: usize = 4;
    const EVENTS: u64 = 8_000;

    /// Readers that always come back in the same order: those of a faster transport would.
    async fn read(number: usize, head: Arc<Head>, woken: Arc<Mutex<Vec<usize>>>) {
        for seq in 0..EVENTS {
            head.past(seq).await;
            woken.lock().unwrap().push(number);
            while woken.lock().unwrap().len() < READERS * (seq as usize + 1) {
                tokio::task::yield_now().await;
            }
            for _ in 0..number {
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn no_reader_is_woken_before_another_by_habit() {
        let (head, woken) = (Arc::new(Head::default()), Arc::default());
        let readers: Vec<_> = (0..READERS)
            .map(|number| tokio::spawn(read(number, Arc::clone(&head), Arc::clone(&woken))))
            .collect();
        for seq in 1..=EVENTS {
            // All of them wait again.
            for _ in 0..READERS + 2 {
                tokio::task::yield_now().await;
            }
            head.raise(seq);
            while woken.lock().unwrap().len() < READERS * seq as usize {
                tokio::task::yield_now().await;
            }
        }
        for reader in readers {
            reader.await.unwrap();
        }
        let woken = woken.lock().unwrap();
        for first in 0..READERS {
            for second in first + 1..READERS {
                let before = |order: &&[usize]| {
                    let place = |number| order.iter().position(|&it| it == number);
                    place(first) < place(second)
                };
                let share = woken.chunks(READERS).filter(before).count() as f64 / EVENTS as f64;
                // Half, give or take four standard deviations (0.022) and what shared places add
                // (0.016); eight places would give 0.56 and one 1.
                let most = 0.54;
                assert!(
                    (1.0 - most..=most).contains(&share),
                    "{first} is woken before {second} in {share} of all"
                );
            }
        }
    }

    #[tokio::test]
    async fn who_waits_no_more_leaves_nothing() {
        let head = Head::default();
        for _ in 0..10_000 {
            let mut past = head.past(0);
            assert!(futures::poll!(&mut past).is_pending());
            // Asking again leaves no second waker.
            assert!(futures::poll!(&mut past).is_pending());
        }
        let left = |head: &Head| -> (usize, usize) {
            let waiting = head.places.iter().map(|place| place.lock());
            waiting.fold((0, 0), |(held, wakers), place| {
                let there = place.wakers.iter().flatten().count();
                (held + there, wakers + place.wakers.len())
            })
        };
        assert_eq!(left(&head).0, 0);
        assert!(left(&head).1 <= 2 * PLACES, "free places are taken again");
        let mut past = head.past(0);
        assert!(futures::poll!(&mut past).is_pending());
        head.raise(1);
        assert_eq!(left(&head), (0, 0));
        past.await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn nobody_sleeps_through_an_event() {
        const ROUNDS: u64 = 20_000;
        let head = Arc::new(Head::default());
        let readers: Vec<_> = (0..8)
            .map(|_| {
                let head = Arc::clone(&head);
                tokio::spawn(async move {
                    let mut seq = 0;
                    while seq < ROUNDS {
                        head.past(seq).await;
                        seq = head.seq();
                    }
                })
            })
            .collect();
        for seq in 1..=ROUNDS {
            head.raise(seq);
            if seq % 64 == 0 {
                tokio::task::yield_now().await;
            }
        }
        for reader in readers {
            let woken = tokio::time::timeout(std::time::Duration::from_secs(20), reader);
            woken.await.expect("somebody sleeps").unwrap();
        }
    }

    #[tokio::test]
    async fn an_earlier_number_wakes_nobody_and_a_later_one_ends_the_wait() {
        let head = Head::default();
        head.raise(5);
        head.raise(3);
        assert_eq!(head.seq(), 5);
        head.past(4).await;
        let raise = async { head.raise(7) };
        tokio::join!(head.past(5), head.past(6), raise);
    }
}
