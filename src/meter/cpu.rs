//! CPU time by a random sample: reading a thread's clock costs more than a tenth of a delivery, so
//! only some polls of a connection's task, and some deliveries to it, are timed.

use std::{
    pin::Pin,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use rustix::time::{ClockId, clock_gettime};

use super::{
    account::{Account, Payer},
    tally::Count,
};

/// One poll or delivery in so many is timed, chosen at random.
pub const ONE_IN: u8 = 16;
/// No poll's square counts as that of a longer one, in ns: so the sum finds room for 10^7 timed polls
/// of 1 ms. A poll that takes longer than 100 ms holds up its whole thread.
const LONGEST_NS: u64 = 100_000_000;

/// The CPU time of a lane's polls.
#[derive(Debug, Default)]
pub struct Cpu {
    polls: Count,
    samples: Count,
    sum_ns: Count,
    /// In ns².
    squares: Count,
}

/// What the sample says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Estimate {
    /// All polls' CPU time, in µs.
    pub us: u64,
    /// The half width of its 95 % interval, in µs.
    pub error_us: u64,
    /// Polls that were timed.
    pub samples: u64,
}

impl Cpu {
    /// Counts a poll, and how many ns it took where it was timed.
    pub fn count(&self, timed_ns: Option<u64>) {
        self.polls.add(1);
        if let Some(ns) = timed_ns {
            self.samples.add(1);
            self.sum_ns.add(ns);
            let root = ns.min(LONGEST_NS);
            self.squares.add(root * root);
        }
    }

    /// The sample's mean times all polls; its error from the sample's own scatter, by Student's t,
    /// smaller by what the sample is of the whole. A single poll says nothing of its error, which
    /// is then told as large as the estimate.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate has no use for the 53rd bit, and none of its parts is negative"
    )]
    pub fn estimate(&self) -> Estimate {
        let samples = self.samples.get();
        if samples == 0 {
            return Estimate::default();
        }
        let n = samples as f64;
        let all = (self.polls.get() as f64).max(n);
        let mean = self.sum_ns.get() as f64 / n;
        let us = all * mean / 1e3;
        let error = if samples == 1 {
            us
        } else {
            let squares = self.squares.get() as f64;
            // What others add meanwhile may be in one sum and not yet in the other.
            let variance = ((squares - n * mean * mean) / (n - 1.0)).max(0.0);
            all * student(n - 1.0) * (variance / n * (1.0 - n / all)).sqrt() / 1e3
        };
        Estimate {
            us: us.round() as u64,
            error_us: error.ceil() as u64,
            samples,
        }
    }
}

/// Student's t for 95 %, two-sided, by its series around the normal distribution; within 1 % from
/// 5 degrees of freedom on.
fn student(degrees: f64) -> f64 {
    1.96 + (2.372 + (2.823 + 2.556 / degrees) / degrees) / degrees
}

/// The calling thread's CPU time in ns, the kernel's work for it included.
fn thread_ns() -> u64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    // CPU time is never negative.
    u64::try_from(now.tv_sec * 1_000_000_000 + now.tv_nsec).unwrap_or(0)
}

/// What the clock itself shows between two readings: the least of many, in ns. It is no work of
/// the lane.
static READING_NS: LazyLock<u64> = LazyLock::new(|| {
    (0..1_000)
        .map(|_| {
            let begun = thread_ns();
            thread_ns().saturating_sub(begun)
        })
        .min()
        .unwrap_or(0)
});

/// Ascribes work for a connection to the lane that the connection serves.
#[derive(Debug)]
pub struct Stopwatch {
    /// Nobody will ever pay for it.
    free: bool,
    account: Arc<Account>,
    payer: Payer,
    random: fastrand::Rng,
}

impl Stopwatch {
    /// For what serves that account.
    pub fn new(account: Arc<Account>) -> Self {
        static SEED: AtomicU64 = AtomicU64::new(0);
        let seed = SEED.fetch_add(1, Ordering::Relaxed);
        // Found out before the first piece of work is timed.
        LazyLock::force(&READING_NS);
        Self {
            free: false,
            payer: Payer::default(),
            account,
            random: fastrand::Rng::with_seed(seed),
        }
    }

    /// The same for an answer that goes on to the connection's end.
    pub fn standing(account: Arc<Account>) -> Self {
        Self {
            free: account.is_free(),
            ..Self::new(account)
        }
    }

    /// Does a piece of work, which is timed if its turn has come.
    pub fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        if self.free {
            return work();
        }
        // What serves nobody's lane costs no more than this question.
        let timed = self.account.may_be_paid() && self.random.u8(..).is_multiple_of(ONE_IN);
        let begun = timed.then(thread_ns);
        let done = work();
        let took = begun.map(|begun| {
            thread_ns()
                .saturating_sub(begun)
                .saturating_sub(*READING_NS)
        });
        let _ = self.payer.follow(&self.account);
        if let Some(lane) = self.payer.lane() {
            lane.cpu.count(took);
        }
        done
    }
}

/// A connection's task whose polls are ascribed to the lane.
#[derive(Debug)]
pub struct Timed<F> {
    future: F,
    watch: Stopwatch,
}

impl<F: Future + Unpin> Timed<F> {
    /// The same for an answer that goes on to the connection's end.
    pub fn standing(future: F, account: Arc<Account>) -> Self {
        let watch = Stopwatch::standing(account);
        Self { future, watch }
    }

    /// Watches over what serves that account.
    pub fn new(future: F, account: Arc<Account>) -> Self {
        let watch = Stopwatch::new(account);
        Self { future, watch }
    }
}

impl<F: Future + Unpin> Future for Timed<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let its = &mut *self;
        its.watch.time(|| Pin::new(&mut its.future).poll(context))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lane's polls of 2 to 18 µs, one in a hundred of them of 400 µs.
    fn polls(seed: u64) -> impl Iterator<Item = u64> {
        let mut random = fastrand::Rng::with_seed(seed);
        (0..20_000).map(move |_| match random.u8(..100) {
            0 => 400_000,
            _ => random.u64(2_000..18_000),
        })
    }

    #[test]
    fn the_interval_holds_the_truth_about_as_often_as_it_says() {
        let held = (0..200)
            .filter(|seed| {
                let mut random = fastrand::Rng::with_seed(seed + 1_000);
                let (cpu, mut truth) = (Cpu::default(), 0);
                for ns in polls(*seed) {
                    truth += ns;
                    cpu.count(random.u8(..).is_multiple_of(ONE_IN).then_some(ns));
                }
                let Estimate { us, error_us, .. } = cpu.estimate();
                us.abs_diff(truth / 1_000) <= error_us
            })
            .count();
        // 190 expected, standard deviation 3; the tail makes the normal approximation miss some.
        assert!((178..=199).contains(&held), "{held} of 200");
    }

    #[test]
    fn where_every_poll_is_timed_there_is_no_error() {
        let cpu = Cpu::default();
        for ns in [1_000, 2_000, 3_000] {
            cpu.count(Some(ns));
        }
        let whole = Estimate {
            us: 6,
            error_us: 0,
            samples: 3,
        };
        assert_eq!(cpu.estimate(), whole);
    }

    #[test]
    fn nothing_timed_says_nothing() {
        let cpu = Cpu::default();
        cpu.count(None);
        assert_eq!(cpu.estimate(), Estimate::default());
        cpu.count(Some(4_000));
        let Estimate { us, error_us, .. } = cpu.estimate();
        assert_eq!((us, error_us), (8, 8), "one poll alone has no scatter");
    }

    #[test]
    fn two_polls_that_hardly_differ_have_an_error_all_the_same() {
        let cpu = Cpu::default();
        for ns in [Some(2_000), Some(2_060)].into_iter().chain([None; 30]) {
            cpu.count(ns);
        }
        assert!(cpu.estimate().error_us > 0);
    }

    #[test]
    fn few_samples_have_a_wide_interval() {
        for (degrees, t) in [(5.0, 2.571), (10.0, 2.228), (30.0, 2.042), (1e6, 1.96)] {
            assert!((student(degrees) / t - 1.0).abs() < 0.01, "{degrees}");
        }
    }
}
