//! Where runs are put into words: away from the threads that answer others, and few at a time.

use tokio::{sync::Semaphore, task::spawn_blocking};

/// How many runs are evaluated at a time. A full one keeps a core busy for a while, so that more at
/// once would only make all of them late, and whatever is being measured meanwhile as well.
static PLACES: Semaphore = Semaphore::const_new(2);

/// Does it when there is a place; `None` where it panicked.
pub async fn evaluate<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let place = PLACES.acquire().await.ok()?;
    // The place goes along: whoever does not wait for the answer any more has not ended the work.
    let placed = move || {
        let done = work();
        drop(place);
        done
    };
    spawn_blocking(placed).await.ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use super::*;

    #[tokio::test]
    async fn few_are_evaluated_at_a_time_and_a_panic_keeps_no_place() {
        static NOW: AtomicUsize = AtomicUsize::new(0);
        let work = |number: usize| {
            evaluate(move || {
                let others = NOW.fetch_add(1, SeqCst);
                std::thread::yield_now();
                NOW.fetch_sub(1, SeqCst);
                assert_ne!(number % 3, 0, "one that goes wrong");
                others
            })
        };
        let all = futures::future::join_all((0..60).map(work)).await;
        for (number, others) in all.into_iter().enumerate() {
            assert_eq!(others.is_none(), number % 3 == 0);
            assert!(others.is_none_or(|others| others < 2));
        }
    }
}
