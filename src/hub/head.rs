//! A topic's head, and who waits for it to move.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// How many places there are to wait in. Two readers in the same place, which happens to one pair
/// in so many, are woken in the order in which they came.
const PLACES: usize = 32;

/// The newest event's number, and the readers that wait for the next.
///
/// A reader waits in a place that is drawn anew each time, and the places are woken one after the
/// other, so that the order in which readers are woken is shuffled for every event: none of the
/// lanes that are compared comes before another by habit. To wake nobody costs about 1 µs, and a
/// thousand readers no more than they would in one list.
#[derive(Debug, Default)]
pub(super) struct Head {
    seq: AtomicU64,
    places: [Notify; PLACES],
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
                place.notify_waiters();
            }
        }
    }

    /// Waits for an event later than `seq`.
    pub(super) async fn past(&self, seq: u64) {
        while self.seq() <= seq {
            // Neighbouring seeds would give places that keep step.
            let drawn = self
                .drawn
                .fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            let place = fastrand::Rng::with_seed(drawn).usize(..PLACES);
            let Some(place) = self.places.get(place) else {
                return;
            };
            // It hears of everything from here on, so what was raised before need only be looked
            // for once more.
            let raised = place.notified();
            if self.seq() > seq {
                return;
            }
            raised.await;
        }
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
