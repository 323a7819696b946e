use std::{
    sync::atomic::AtomicUsize,
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;

use super::*;
use crate::{
    event::{Position, TopicName},
    hub::ReadLimit,
    meter::account::Account,
    transport::{Transport, serving::Serving},
};

/// How a subscriber without a connection takes what it is given.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Manner {
    Takes,
    /// Has begun to take it; the rest is its task's.
    Begins,
    Refuses,
    Panics,
}

/// It.
struct Pupil {
    reader: Reader,
    manner: Manner,
    given: Arc<Mutex<Vec<u64>>>,
}

impl Writer for Pupil {
    fn reader(&self) -> Option<&Reader> {
        Some(&self.reader)
    }

    fn write(&mut self, fresh: &Fresh, _: &mut Context<'_>) -> bool {
        match self.manner {
            Manner::Takes | Manner::Begins => {}
            Manner::Refuses => return false,
            Manner::Panics => panic!("on purpose"),
        }
        let events = fresh.past(self.reader.cursor().seq).unwrap();
        self.reader.was_given(events, fresh.next());
        let mut given = self.given.lock().unwrap();
        given.extend(events.iter().map(hub::Entry::seq));
        self.manner == Manner::Takes
    }
}

/// What is known of a subscriber's task from outside.
struct Known {
    /// What was written to it.
    given: Arc<Mutex<Vec<u64>>>,
    /// What it has read itself.
    read: Arc<Mutex<Vec<u64>>>,
    /// How often it has looked about.
    looks: Arc<AtomicUsize>,
    /// How often there was something to do for it.
    rose: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

fn is(what: &Mutex<Vec<u64>>, seqs: &[u64]) -> bool {
    *what.lock().unwrap() == seqs
}

fn topic() -> TopicName {
    "t".parse().unwrap()
}

/// A subscriber that rests for ever; `look` is what it does each time that it is awake.
fn rests(
    serving: &Serving,
    manner: Manner,
    mut look: impl FnMut(&Bed<Pupil>) + Send + 'static,
) -> Known {
    let payer = (Transport::Sse, None);
    let opened = Reader::open(serving, &topic(), Position::Start, payer, ReadLimit::STREAM);
    let given = Arc::default();
    let read: Arc<Mutex<Vec<u64>>> = Arc::default();
    let looks = Arc::new(AtomicUsize::new(0));
    let rose = Arc::new(AtomicUsize::new(0));
    let mut pupil = Pupil {
        reader: opened.unwrap().0,
        manner,
        given: Arc::clone(&given),
    };
    let watch = Stopwatch::new(Arc::new(Account::new(Arc::default(), false)));
    let rest = Rest::new(&pupil.reader, watch);
    let task = {
        let (read, looks, rose) = (Arc::clone(&read), Arc::clone(&looks), Arc::clone(&rose));
        tokio::spawn(async move {
            loop {
                let seen: Option<()>;
                (pupil, seen) = rest
                    .until(pupil, |_, _| {
                        looks.fetch_add(1, Ordering::SeqCst);
                        look(&rest.bed);
                        Poll::Pending
                    })
                    .await;
                assert!(seen.is_none());
                rose.fetch_add(1, Ordering::SeqCst);
                let events = pupil.reader.read().events;
                let mut read = read.lock().unwrap();
                read.extend(events.iter().map(hub::Entry::seq));
            }
        })
    };
    Known {
        given,
        read,
        looks,
        rose,
        task,
    }
}

/// Lets everybody else do what there is to do.
async fn until(done: impl Fn() -> bool) {
    let all = async {
        while !done() {
            tokio::task::yield_now().await;
        }
    };
    let all = tokio::time::timeout(Duration::from_secs(20), all).await;
    all.expect("it does not happen");
}

#[tokio::test]
async fn who_rests_is_written_to_without_being_woken() {
    let serving = Serving::unused();
    let known = rests(&serving, Manner::Takes, |_| {});
    until(|| known.looks.load(Ordering::SeqCst) == 1).await;
    for n in 1..=3 {
        serving.hub.publish(&topic(), "x").unwrap();
        let all: Vec<u64> = (1..=n).collect();
        until(|| is(&known.given, &all)).await;
    }
    assert_eq!(known.looks.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn who_cannot_be_written_to_is_woken_and_reads_itself() {
    let serving = Serving::unused();
    let known = rests(&serving, Manner::Refuses, |_| {});
    until(|| known.looks.load(Ordering::SeqCst) == 1).await;
    for n in 1..=3 {
        serving.hub.publish(&topic(), "x").unwrap();
        let all: Vec<u64> = (1..=n).collect();
        until(|| is(&known.read, &all)).await;
    }
}

#[tokio::test]
async fn who_was_written_to_in_part_is_woken_for_the_rest() {
    let serving = Serving::unused();
    let known = rests(&serving, Manner::Begins, |_| {});
    until(|| known.looks.load(Ordering::SeqCst) == 1).await;
    for n in 1..=3 {
        serving.hub.publish(&topic(), "x").unwrap();
        until(|| known.rose.load(Ordering::SeqCst) == n).await;
    }
    assert!(is(&known.given, &[1, 2, 3]) && is(&known.read, &[]));
}

#[tokio::test]
async fn a_panic_while_writing_to_one_ends_that_one_and_no_other() {
    let serving = Serving::unused();
    let pupils = |manner| rests(&serving, manner, |_| {});
    let before = pupils(Manner::Takes);
    let falls = pupils(Manner::Panics);
    let after = pupils(Manner::Takes);
    let awake = [&before, &falls, &after];
    until(|| awake.iter().all(|it| it.looks.load(Ordering::SeqCst) == 1)).await;
    for n in 1..=3 {
        serving.hub.publish(&topic(), "x").unwrap();
        let all: Vec<u64> = (1..=n).collect();
        until(|| [&before, &after].iter().all(|it| is(&it.given, &all))).await;
    }
    assert!(falls.task.await.unwrap_err().is_panic());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn nobody_waits_for_one_that_listens_to_its_client() {
    let serving = Serving::unused();
    let others: Vec<_> = (0..16)
        .map(|_| rests(&serving, Manner::Takes, |_| {}))
        .collect();
    until(|| others.iter().all(|it| it.looks.load(Ordering::SeqCst) == 1)).await;
    let given: Vec<_> = others.iter().map(|it| Arc::clone(&it.given)).collect();
    let talks = Arc::new(AtomicBool::new(false));
    let its = Arc::clone(&talks);
    let talkative = rests(&serving, Manner::Takes, move |_| {
        if !its.swap(true, Ordering::SeqCst) {
            let began = Instant::now();
            while !given.iter().all(|given| is(given, &[1])) {
                assert!(began.elapsed() < Duration::from_secs(20), "the others wait");
                std::thread::yield_now();
            }
        }
    });
    until(|| talks.load(Ordering::SeqCst)).await;
    serving.hub.publish(&topic(), "x").unwrap();
    // And it misses nothing by that.
    until(|| is(&talkative.read, &[1])).await;
}

/// Between its last look at the log and its rest an event may come whose round passes it by.
#[tokio::test]
async fn who_was_passed_by_looks_again() {
    let serving = Serving::unused();
    let mut first = true;
    let known = rests(&serving, Manner::Takes, move |bed| {
        if std::mem::replace(&mut first, false) {
            // As a round does it, while this task looks about.
            assert!(bed.reach().is_none());
        }
    });
    until(|| known.looks.load(Ordering::SeqCst) == 2).await;
    // Once is enough.
    serving.hub.publish(&topic(), "x").unwrap();
    until(|| is(&known.given, &[1])).await;
    assert_eq!(known.looks.load(Ordering::SeqCst), 2);
}
