//! Where events live: topics by name, each a bounded ring with a watched head.
//!
//! The surface is narrow on purpose, so that a clustered hub can stand behind it one day: find a
//! topic, publish, *read after a cursor*, *wait for the head to move*. There is no queue per
//! subscriber. A slow reader's cursor falls behind, and when the ring passes it, it is told a gap.

mod clock;
mod entry;
mod fan_out;
mod head;
mod ring;
mod topic;

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

pub use clock::Clock;
pub use entry::Entry;
pub use fan_out::{Encoded, Fresh, Membership, Outlet};
pub use ring::{CursorAhead, Entries, Read, ReadLimit};
pub use topic::{Reading, Topic};

use crate::event::{Cursor, Epoch, TopicName};

/// How much the hub may hold.
#[derive(Debug, Clone, Copy)]
pub struct HubLimits {
    /// Topics at a time.
    pub topics: usize,
    /// Events in one topic's ring.
    pub topic_events: usize,
    /// Bytes in one topic's ring, all encodings counted.
    pub topic_bytes: usize,
    /// Bytes in all topics together.
    pub total_bytes: usize,
    /// How long nobody must have read or published before a topic may go.
    pub idle: Duration,
}

impl Default for HubLimits {
    fn default() -> Self {
        Self {
            topics: 1_024,
            topic_events: 16_384,
            topic_bytes: 8 * 1024 * 1024,
            total_bytes: 256 * 1024 * 1024,
            idle: Duration::from_secs(600),
        }
    }
}

/// Why the hub has no topic to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HubError {
    /// The number of topics is at its limit and every one is in use.
    #[error("the server holds as many topics as it may, all of them in use; try again later")]
    TooManyTopics,
    /// The machine gave no random number for a new epoch.
    #[error("the machine gave no random number; try again later")]
    NoRandomness,
}

impl HubError {
    /// The word by which programs tell errors apart.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooManyTopics => "too_many_topics",
            Self::NoRandomness => "no_randomness",
        }
    }
}

/// All topics of a server.
#[derive(Debug)]
pub struct Hub {
    topics: RwLock<HashMap<TopicName, Arc<Topic>>>,
    held: Arc<AtomicUsize>,
    limits: HubLimits,
    clock: Clock,
    published: AtomicU64,
}

impl Hub {
    /// An empty hub.
    pub fn new(limits: HubLimits) -> Self {
        Self::with_clock(limits, Clock::start())
    }

    /// An empty hub with a clock of one's own.
    pub fn with_clock(limits: HubLimits, clock: Clock) -> Self {
        Self {
            topics: RwLock::default(),
            held: Arc::default(),
            limits,
            clock,
            published: AtomicU64::new(0),
        }
    }

    /// The server's time.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Opens a topic for reading; it is made when it is not there.
    pub fn open(&self, name: &TopicName) -> Result<Reading, HubError> {
        self.with_topic(name, |topic| Reading::new(Arc::clone(topic)))
    }

    /// Publishes with the time of arrival as the event's time; the topic is made when it is not
    /// there. Returns the event's place.
    pub fn publish(&self, name: &TopicName, data: &str) -> Result<Cursor, HubError> {
        let topic = self.with_topic(name, |topic| {
            // An idle one must not be swept away before the event is in it.
            topic.touch();
            Arc::clone(topic)
        })?;
        Ok(self.publish_to(&topic, self.clock.now_us(), data))
    }

    /// Publishes to a topic with a time of its own, and keeps the bound on all topics together.
    pub fn publish_to(&self, topic: &Topic, at: u64, data: &str) -> Cursor {
        let cursor = topic.publish(at, data);
        self.published.fetch_add(1, Ordering::Relaxed);
        self.relieve();
        cursor
    }

    /// A new topic with a name that nobody knows yet.
    pub fn fresh(&self, prefix: &str) -> Result<Arc<Topic>, HubError> {
        let name = format!("{prefix}-{:016x}", random()?);
        let name = name.parse().map_err(|_| HubError::NoRandomness)?;
        self.with_topic(&name, Arc::clone)
    }

    /// Lets idle topics go.
    pub fn sweep(&self) {
        let idle = self.idle_us();
        self.topics
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, topic| topic.idle_us().is_none_or(|since| since < idle));
    }

    /// How many topics there are.
    pub fn topics(&self) -> usize {
        self.topics
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// How many requests and standing responses read topics now.
    pub fn readers(&self) -> usize {
        self.topics
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .map(|topic| topic.readers())
            .sum()
    }

    /// How many events have been published, to all topics that there have been.
    pub fn published(&self) -> u64 {
        self.published.load(Ordering::Relaxed)
    }

    /// What all topics' events occupy, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Gives the topic of that name to `take` while the map is locked, so that it cannot be swept
    /// away between being found and being held.
    fn with_topic<T>(
        &self,
        name: &TopicName,
        take: impl Fn(&Arc<Topic>) -> T,
    ) -> Result<T, HubError> {
        let topics = self.topics.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(topic) = topics.get(name) {
            return Ok(take(topic));
        }
        drop(topics);
        let epoch = Epoch(random()?);
        let mut topics = self.topics.write().unwrap_or_else(PoisonError::into_inner);
        if !topics.contains_key(name) && topics.len() >= self.limits.topics {
            self.make_room(&mut topics)?;
        }
        let topic = topics.entry(name.clone()).or_insert_with(|| {
            let bounds = (self.limits.topic_events, self.limits.topic_bytes);
            let held = Arc::clone(&self.held);
            Arc::new(Topic::new(name.clone(), epoch, bounds, self.clock, held))
        });
        Ok(take(topic))
    }

    /// Lets the longest idle topic go.
    fn make_room(&self, topics: &mut HashMap<TopicName, Arc<Topic>>) -> Result<(), HubError> {
        let longest = topics
            .values()
            .filter_map(|topic| Some((topic.idle_us()?, topic.name())))
            .max()
            .filter(|(idle, _)| *idle >= self.idle_us())
            .map(|(_, name)| name.clone())
            .ok_or(HubError::TooManyTopics)?;
        topics.remove(&longest);
        Ok(())
    }

    /// While all topics together hold too much, the one with the most to spare lets its oldest
    /// events go. Every topic keeps its newest.
    fn relieve(&self) {
        loop {
            let excess = self.held_bytes().saturating_sub(self.limits.total_bytes);
            if excess == 0 {
                return;
            }
            let topics = self.topics.read().unwrap_or_else(PoisonError::into_inner);
            let richest = topics.values().max_by_key(|topic| topic.spare());
            if richest.is_none_or(|topic| topic.shed(excess) == 0) {
                return;
            }
        }
    }

    fn idle_us(&self) -> u64 {
        u64::try_from(self.limits.idle.as_micros()).unwrap_or(u64::MAX)
    }
}

/// A random number from the operating system: epochs and run names must not be guessable.
pub fn random() -> Result<u64, HubError> {
    getrandom::u64().map_err(|_| HubError::NoRandomness)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Position;

    fn name(text: &str) -> TopicName {
        text.parse().unwrap()
    }

    fn hub(limits: HubLimits) -> Hub {
        Hub::new(limits)
    }

    #[test]
    fn a_topic_in_use_stays_and_the_idle_one_goes() {
        let hub = hub(HubLimits {
            topics: 2,
            idle: Duration::ZERO,
            ..HubLimits::default()
        });
        let held = hub.open(&name("held")).unwrap();
        drop(hub.open(&name("idle")).unwrap());
        drop(hub.open(&name("third")).unwrap());
        assert_eq!(hub.topics(), 2);
        held.publish(1, "still there");
        assert_eq!(hub.open(&name("held")).unwrap().head().seq, 1);
        hub.sweep();
        assert_eq!(hub.topics(), 1, "only the held one");
    }

    #[test]
    fn where_none_is_idle_a_new_topic_is_refused() {
        let hub = hub(HubLimits {
            topics: 1,
            ..HubLimits::default()
        });
        drop(hub.open(&name("young")).unwrap());
        assert_eq!(
            hub.open(&name("other")).err(),
            Some(HubError::TooManyTopics)
        );
        assert_eq!(
            hub.publish(&name("other"), "x"),
            Err(HubError::TooManyTopics)
        );
    }

    #[test]
    fn all_topics_together_are_bounded_and_the_largest_pays() {
        let hub = hub(HubLimits {
            total_bytes: 100_000,
            ..HubLimits::default()
        });
        hub.publish(&name("small"), "x").unwrap();
        for _ in 0..200 {
            hub.publish(&name("large"), &"x".repeat(1_000)).unwrap();
            assert!(hub.held_bytes() <= 100_000);
        }
        let small = hub.open(&name("small")).unwrap();
        let read = small.read(Position::Start, ReadLimit::ANSWER).unwrap();
        assert_eq!(read.events.len(), 1);
    }

    #[test]
    fn a_topic_with_nothing_to_spare_does_not_keep_the_others_from_paying() {
        let hub = hub(HubLimits {
            total_bytes: 100_000,
            ..HubLimits::default()
        });
        hub.publish(&name("one-large"), &"x".repeat(60_000))
            .unwrap();
        for _ in 0..100 {
            hub.publish(&name("many-small"), &"x".repeat(1_000))
                .unwrap();
            assert!(hub.held_bytes() <= 100_000);
        }
    }

    #[test]
    fn what_a_dropped_topic_held_is_free_again() {
        let hub = hub(HubLimits {
            idle: Duration::ZERO,
            ..HubLimits::default()
        });
        hub.publish(&name("a"), "x").unwrap();
        assert!(hub.held_bytes() > 0);
        hub.sweep();
        assert_eq!((hub.topics(), hub.held_bytes()), (0, 0));
    }

    #[test]
    fn every_incarnation_has_an_epoch_of_its_own() {
        let hub = hub(HubLimits {
            idle: Duration::ZERO,
            ..HubLimits::default()
        });
        let first = hub.publish(&name("a"), "x").unwrap();
        hub.sweep();
        let second = hub.publish(&name("a"), "x").unwrap();
        assert_ne!(first.epoch, second.epoch);
        assert_eq!((first.seq, second.seq), (1, 1));
    }

    #[tokio::test]
    async fn a_reader_that_waits_is_woken() {
        let hub = hub(HubLimits::default());
        let reading = hub.open(&name("a")).unwrap();
        let published = async { hub.publish(&name("a"), "x").unwrap() };
        let ((), cursor) = tokio::join!(reading.past(0), published);
        assert_eq!(reading.head(), cursor);
    }
}
