use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::task::yield_now;

use super::*;
use crate::hub::{Hub, HubLimits, Reading};

/// A subscriber that takes everything.
#[derive(Debug, Default)]
struct Taker {
    name: usize,
    /// What it was given, and who was given how much before it.
    given: Mutex<Vec<u64>>,
    log: Arc<Mutex<Vec<usize>>>,
    /// Where it stood when it came.
    since: u64,
    over: AtomicBool,
}

impl Taker {
    fn given(&self) -> Vec<u64> {
        self.given.lock().unwrap().clone()
    }
}

impl Outlet for Taker {
    fn deliver(&self, fresh: &Fresh) {
        let mut given = self.given.lock().unwrap();
        let seq = given.last().copied().unwrap_or(self.since);
        let events = fresh.past(seq).expect("nothing is gone");
        if !events.is_empty() {
            given.extend(events.iter().map(Entry::seq));
            self.log.lock().unwrap().push(self.name);
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

fn topic() -> (Hub, Reading) {
    let hub = Hub::new(HubLimits::default());
    let reading = hub.open(&"t".parse().unwrap()).unwrap();
    (hub, reading)
}

/// As a subscriber does it: joins, and then looks at the head.
fn join(topic: &Reading, log: &Arc<Mutex<Vec<usize>>>, name: usize) -> (Arc<Taker>, Membership) {
    let taker = Arc::new(Taker {
        name,
        log: Arc::clone(log),
        since: topic.head().seq,
        ..Taker::default()
    });
    let (membership, work) = topic.join(taker.clone(), 4);
    if let Some(work) = work {
        tokio::spawn(work);
    }
    (taker, membership)
}

/// Lets everybody else do what there is to do.
async fn until(done: impl Fn() -> bool) {
    let all = async {
        while !done() {
            yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), all)
        .await
        .expect("it does not happen");
}

#[tokio::test]
async fn everybody_is_given_every_event_once_and_in_order() {
    let (_hub, topic) = topic();
    let log = Arc::default();
    let members: Vec<_> = (0..600).map(|name| join(&topic, &log, name)).collect();
    for n in 1..=50 {
        topic.publish(n, "x");
        if n % 7 == 0 {
            yield_now().await;
        }
    }
    until(|| members.iter().all(|(taker, _)| taker.given().len() == 50)).await;
    let all: Vec<u64> = (1..=50).collect();
    assert!(members.iter().all(|(taker, _)| taker.given() == all));
    let shares = topic.fan_out.lock();
    let sizes: Vec<_> = shares.iter().map(|share| share.members).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 600);
    assert_eq!(sizes.len(), 4, "many are parted: {sizes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn who_joins_while_events_are_given_out_misses_none() {
    let (_hub, topic) = topic();
    let log = Arc::default();
    let stop = Arc::new(AtomicBool::new(false));
    let publisher = std::thread::spawn({
        let stop = Arc::clone(&stop);
        let topic = Arc::clone(&topic.0);
        move || {
            while !stop.load(Ordering::Relaxed) {
                topic.publish(1, "x");
                std::thread::yield_now();
            }
            topic.publish(1, "last").seq
        }
    });
    let mut members = Vec::new();
    for name in 0..400 {
        let (topic, log) = (&topic, &log);
        let taker = Arc::new(Taker {
            name,
            log: Arc::clone(log),
            since: u64::MAX,
            ..Taker::default()
        });
        // It joins first and looks then; until it has looked it takes nothing.
        let gate = Arc::new(Gate {
            taker,
            head: Mutex::default(),
        });
        let (membership, work) = topic.join(gate.clone(), 4);
        work.map(tokio::spawn);
        gate.look(topic);
        members.push((gate, membership));
        if name % 16 == 0 {
            yield_now().await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    let last = tokio::task::spawn_blocking(|| publisher.join().unwrap())
        .await
        .unwrap();
    let has_last = |gate: &Gate| gate.taker.given().last() == Some(&last);
    until(|| members.iter().all(|(gate, _)| has_last(gate))).await;
    for (gate, _) in members {
        let first = gate.head.lock().unwrap().unwrap() + 1;
        let expected: Vec<u64> = (first..=last).collect();
        assert!(gate.taker.given() == expected, "from {first} to {last}");
    }
}

/// A subscriber that is not at rest until it has looked at the head.
#[derive(Debug)]
struct Gate {
    taker: Arc<Taker>,
    head: Mutex<Option<u64>>,
}

impl Gate {
    fn look(&self, topic: &Topic) {
        // Nothing is taken between the look and the rest.
        let mut head = self.head.lock().unwrap();
        *head = Some(topic.head().seq);
    }
}

impl Outlet for Gate {
    fn deliver(&self, fresh: &Fresh) {
        let Some(seq) = *self.head.lock().unwrap() else {
            return;
        };
        let mut given = self.taker.given.lock().unwrap();
        let seq = given.last().copied().unwrap_or(seq);
        let events = fresh.past(seq).expect("nothing is gone");
        given.extend(events.iter().map(Entry::seq));
    }

    fn is_over(&self) -> bool {
        false
    }
}

#[tokio::test]
async fn nobody_is_written_to_before_another_by_habit() {
    const EVENTS: u64 = 4_000;
    let (_hub, topic) = topic();
    let log: Arc<Mutex<Vec<usize>>> = Arc::default();
    let members: Vec<_> = (0..4).map(|name| join(&topic, &log, name)).collect();
    for n in 1..=EVENTS {
        topic.publish(n, "x");
        let all = members.len() * usize::try_from(n).unwrap();
        until(|| log.lock().unwrap().len() == all).await;
    }
    let log = log.lock().unwrap();
    for (first, second) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
        let before = |order: &&[usize]| {
            let place = |name| order.iter().position(|&it| it == name);
            place(first) < place(second)
        };
        let count = log.chunks(4).filter(before).count();
        // Half of 4,000, give or take four standard deviations.
        assert!(
            (1_873..=2_127).contains(&count),
            "{first} comes before {second} {count} times"
        );
    }
}

#[tokio::test]
async fn who_leaves_leaves_nothing_behind() {
    let (_hub, topic) = topic();
    let log = Arc::default();
    let mut outlets = Vec::new();
    for name in 0..2_000 {
        let (taker, membership) = join(&topic, &log, name);
        outlets.push(Arc::downgrade(&taker));
        taker.over.store(true, Ordering::Relaxed);
        drop((taker, membership));
        assert!(topic.fan_out.lock()[0].outlets.len() <= 1);
    }
    assert!(outlets.iter().all(|outlet| outlet.strong_count() == 0));
    // The task has gone as well, and with it its hold on the topic.
    until(|| Arc::strong_count(&topic.0) == 2).await;
    let (taker, _membership) = join(&topic, &log, 0);
    topic.publish(1, "x");
    until(|| taker.given() == [1]).await;
}

#[tokio::test]
async fn what_the_ring_has_let_go_is_not_passed_over_in_silence() {
    let hub = Hub::new(HubLimits {
        topic_events: 4,
        ..HubLimits::default()
    });
    let topic = hub.open(&"t".parse().unwrap()).unwrap();
    for n in 1..=10 {
        topic.publish(n, "x");
    }
    let at = |seq| Cursor {
        epoch: topic.epoch(),
        seq,
    };
    let fresh = Fresh::new(
        topic
            .read(Position::After(at(2)), ReadLimit::STREAM)
            .unwrap(),
    );
    assert!(fresh.past(2).is_none());
    assert!(fresh.past(5).is_none());
    let seqs = |seq| -> Vec<u64> { fresh.past(seq).unwrap().iter().map(Entry::seq).collect() };
    assert_eq!(seqs(6), [7, 8, 9, 10]);
    assert_eq!(seqs(9), [10]);
    assert!(seqs(10).is_empty());
    let encode = |read: &Read| format!("{} {}", read.position, read.next).into_bytes();
    assert!(fresh.encoded(at(2), encode, |_| ()).is_none());
    let encoded = fresh
        .encoded(at(8), encode, |it| it.body().to_vec())
        .unwrap();
    assert_eq!(encoded, format!("{} {}", at(8), at(10)).into_bytes());
}

#[test]
fn an_order_has_every_place_once() {
    let mut random = fastrand::Rng::with_seed(1);
    for all in [0, 1, 2, 3, 64, 65] {
        for _ in 0..20 {
            let mut places: Vec<_> = Order::draw(&mut random, all).collect();
            places.sort_unstable();
            assert_eq!(places, (0..all).collect::<Vec<_>>());
        }
    }
}

#[tokio::test]
async fn others_have_their_turn_while_many_are_written_to() {
    const OTHER: usize = usize::MAX;
    let (_hub, topic) = topic();
    let log: Arc<Mutex<Vec<usize>>> = Arc::default();
    let members: Vec<_> = (0..200).map(|name| join(&topic, &log, name)).collect();
    // Their task waits for an event.
    yield_now().await;
    let other = tokio::spawn({
        let log = Arc::clone(&log);
        // It always has something to do.
        poll_fn(move |context| {
            log.lock().unwrap().push(OTHER);
            context.waker().wake_by_ref();
            Poll::<()>::Pending
        })
    });
    topic.publish(1, "x");
    until(|| members.iter().all(|(taker, _)| taker.given() == [1])).await;
    other.abort();
    let log = log.lock().unwrap();
    let place = |turned: Option<usize>| turned.expect("somebody was written to");
    let first = place(log.iter().position(|&name| name != OTHER));
    let last = place(log.iter().rposition(|&name| name != OTHER));
    let between = &log[first..last];
    assert!(between.contains(&OTHER), "all were written to in one go");
}
