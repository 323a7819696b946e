//! A timer for what is due within a fraction of a millisecond; tokio's own has a grain of one.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
    io,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    thread,
    time::Instant,
};

use futures::task::AtomicWaker;

/// A thread that sleeps until the next moment that somebody waits for. It ends with its owner.
#[derive(Debug)]
pub(super) struct Timer(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    alarms: BinaryHeap<Reverse<Alarm>>,
    over: bool,
}

/// Whom to wake, and when.
#[derive(Debug)]
struct Alarm {
    due: Instant,
    waker: Arc<AtomicWaker>,
}

impl PartialEq for Alarm {
    fn eq(&self, other: &Self) -> bool {
        self.due == other.due
    }
}

impl Eq for Alarm {}

impl PartialOrd for Alarm {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Alarm {
    fn cmp(&self, other: &Self) -> Ordering {
        self.due.cmp(&other.due)
    }
}

impl Timer {
    /// Starts the thread.
    pub(super) fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let its = Arc::clone(&shared);
        thread::Builder::new()
            .name("relay-timer".to_owned())
            .spawn(move || its.run())?;
        Ok(Self(shared))
    }

    /// Waits until then; not at all when it is past.
    pub(super) fn until(&self, due: Instant) -> Until<'_> {
        Until {
            shared: &self.0,
            due,
            waker: None,
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.0.lock().over = true;
        self.0.changed.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut queue = self.lock();
        while !queue.over {
            let now = Instant::now();
            let next = queue.alarms.peek().map(|alarm| alarm.0.due);
            queue = match next {
                Some(due) if due <= now => {
                    let alarm = queue.alarms.pop();
                    // Waking may run into a scheduler's locks: nobody has to wait for that.
                    drop(queue);
                    if let Some(Reverse(alarm)) = alarm {
                        alarm.waker.wake();
                    }
                    self.lock()
                }
                Some(due) => {
                    let waited = self.changed.wait_timeout(queue, due - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => {
                    let waited = self.changed.wait(queue);
                    waited.unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
    }

    fn add(&self, alarm: Alarm) {
        let mut queue = self.lock();
        let sooner = queue
            .alarms
            .peek()
            .is_none_or(|first| alarm.due < first.0.due);
        queue.alarms.push(Reverse(alarm));
        drop(queue);
        if sooner {
            self.changed.notify_one();
        }
    }
}

/// Ready from a moment on.
#[derive(Debug)]
pub(super) struct Until<'a> {
    shared: &'a Shared,
    due: Instant,
    waker: Option<Arc<AtomicWaker>>,
}

impl Future for Until<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if let Some(waker) = &self.waker {
            waker.register(context.waker());
        }
        // After registering: what rings in between is not missed.
        if Instant::now() >= self.due {
            return Poll::Ready(());
        }
        if self.waker.is_none() {
            let waker = Arc::new(AtomicWaker::new());
            waker.register(context.waker());
            self.shared.add(Alarm {
                due: self.due,
                waker: Arc::clone(&waker),
            });
            self.waker = Some(waker);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn nobody_is_woken_early_and_all_are_woken_in_their_order() {
        let timer = Timer::start().unwrap();
        let start = Instant::now();
        let mut order = Vec::new();
        let wait = async |ms| {
            let due = start + Duration::from_millis(ms);
            timer.until(due).await;
            assert!(Instant::now() >= due);
            ms
        };
        let mut waiting: futures::stream::FuturesUnordered<_> =
            [9, 3, 6, 0].into_iter().map(wait).collect();
        while let Some(ms) = futures::StreamExt::next(&mut waiting).await {
            order.push(ms);
        }
        assert_eq!(order, [0, 3, 6, 9]);
    }

    #[tokio::test]
    async fn what_is_past_is_not_waited_for() {
        let timer = Timer::start().unwrap();
        timer.until(Instant::now()).await;
    }
}
