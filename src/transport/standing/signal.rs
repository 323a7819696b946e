//! What a task waits for beside the one thing that happens all the time. To ask costs next to
//! nothing then: a waker is left once, and afterwards only looked whether something has happened.
//!
//! That takes for granted that it is always the same task that asks, and that it asks each time it
//! is woken.

use std::{
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    task::coop::unconstrained,
    time::{Instant, Sleep, sleep_until},
};
use tokio_util::sync::WaitForCancellationFuture;

use crate::transport::ending::Ending;

/// The end, for one task that waits for it.
#[derive(Debug)]
pub struct Signal<'a, 'b> {
    ending: &'a Ending,
    wait: Pin<&'b mut WaitForCancellationFuture<'a>>,
    asked: bool,
}

impl<'a, 'b> Signal<'a, 'b> {
    /// Waits for that.
    pub fn new(ending: &'a Ending, wait: Pin<&'b mut WaitForCancellationFuture<'a>>) -> Self {
        Self {
            ending,
            wait,
            asked: false,
        }
    }

    /// Whether it has come.
    pub fn is_given(&self) -> bool {
        self.ending.is_cancelled()
    }
}

impl Future for Signal<'_, '_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.asked && !self.ending.is_cancelled() {
            return Poll::Pending;
        }
        self.asked = true;
        self.wait.as_mut().poll(context)
    }
}

/// A time without output.
#[derive(Debug)]
pub struct Silence {
    every: Duration,
    since: Instant,
    /// Goes on over many deliveries: to set it anew for each would cost more than it is worth.
    timer: Pin<Box<Sleep>>,
    asked: bool,
}

impl Silence {
    /// One that begins now.
    pub fn new(every: Duration) -> Self {
        let since = Instant::now();
        Self {
            every,
            since,
            timer: Box::pin(sleep_until(since + every)),
            asked: false,
        }
    }

    /// Begins anew.
    pub fn begin(&mut self) {
        self.since = Instant::now();
    }

    /// Something was said at that time.
    pub fn begun(&mut self, at: Instant) {
        self.since = self.since.max(at);
    }

    /// Waits until it has lasted.
    pub fn lasted(&mut self) -> impl Future<Output = ()> + use<'_> {
        std::future::poll_fn(|context| self.poll_lasted(context))
    }

    /// The same for who waits for several things.
    pub fn poll_lasted(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.asked && !self.timer.is_elapsed() {
                return Poll::Pending;
            }
            self.asked = true;
            // Were the task's budget used up, the timer would not even take the waker.
            let timer = pin!(unconstrained(self.timer.as_mut()));
            std::task::ready!(timer.poll(context));
            let due = self.since + self.every;
            if due <= Instant::now() {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(due);
            self.asked = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    #[tokio::test]
    async fn a_signal_is_heard_however_often_it_was_asked_for_before() {
        let token = Ending::default();
        let mut wait = pin!(token.cancelled());
        let mut signal = Signal::new(&token, wait.as_mut());
        for _ in 0..3 {
            assert!(futures::poll!(&mut signal).is_pending());
        }
        let give = async { token.cancel() };
        tokio::join!(&mut signal, give);
        assert!(signal.is_given());
        signal.await;
    }

    #[tokio::test(start_paused = true)]
    async fn silence_lasts_from_the_last_word() {
        let second = Duration::from_secs(1);
        let mut silence = Silence::new(15 * second);
        let began = Instant::now();
        for _ in 0..20 {
            assert!(futures::poll!(pin!(silence.lasted())).is_pending());
            tokio::time::sleep(second).await;
            silence.begin();
        }
        silence.lasted().await;
        assert_eq!(began.elapsed().as_secs(), 35);
        // It lasts on until something is said.
        silence.lasted().await;
        silence.begin();
        silence.lasted().await;
        assert_eq!(began.elapsed().as_secs(), 50);
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_also_for_who_began_to_wait_with_nothing_left_to_spend() {
        let mut silence = Silence::new(Duration::from_secs(15));
        let waiting = tokio::spawn(async move {
            while tokio::task::coop::has_budget_remaining() {
                tokio::task::coop::consume_budget().await;
            }
            silence.lasted().await;
        });
        let lasted = tokio::time::timeout(Duration::from_secs(20), waiting).await;
        lasted.expect("it ends").unwrap();
    }
}
