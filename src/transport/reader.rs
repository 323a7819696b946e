//! The sentence that every transport says in its own way: *read what follows the cursor, write
//! it, wait for the head to move.*

use std::{sync::Arc, time::Duration};

use super::{
    error::ApiError,
    knobs::{Due, LaneKnobs, Moment},
    serving::Serving,
};
use crate::{
    event::{Cursor, Epoch, Position, TopicName},
    hub::{Clock, Entry, Membership, Outlet, Read, ReadLimit, Reading},
    meter::{
        lane::{Lane, OpenLane},
        meters::OpenMeter,
    },
    transport::Transport,
};

/// By how much a sleep may be late, µs.
const GRAIN_US: u64 = 2_000;

/// One subscriber of a topic: a cursor, and what it takes to wait. It owns nothing else.
#[derive(Debug)]
pub struct Reader {
    topic: Reading,
    cursor: Cursor,
    limit: ReadLimit,
    lane: Option<OpenLane>,
    meter: OpenMeter,
    distortion: Option<Box<Distortion>>,
    clock: Clock,
}

/// What a test wants done to events, and what that needs to know.
#[derive(Debug)]
struct Distortion {
    knobs: LaneKnobs,
    /// For which event the reader was woken, and when, µs on the server's clock.
    woken: Option<(u64, u64)>,
}

impl Reader {
    /// Opens the topic at `position` and reads once, so that a bad cursor is refused before
    /// anything is answered.
    pub fn open(
        serving: &Serving,
        topic: &TopicName,
        position: Position,
        payer: (Transport, Option<Arc<Lane>>),
        limit: ReadLimit,
    ) -> Result<(Self, Read), ApiError> {
        let topic = serving.hub.open(topic)?;
        let read = topic.read(position, limit)?;
        let (transport, lane) = payer;
        let knobs = lane.as_ref().and_then(|lane| serving.knobs.of(lane.name()));
        let mut reader = Self {
            cursor: read.position,
            limit,
            lane: lane.map(OpenLane::new),
            meter: OpenMeter::new(Arc::clone(&serving.meters), transport),
            distortion: knobs.map(|knobs| Box::new(Distortion { knobs, woken: None })),
            clock: serving.hub.clock(),
            topic,
        };
        let read = reader.take(read);
        Ok((reader, read))
    }

    /// The epoch of everything that this reader reads.
    pub fn epoch(&self) -> Epoch {
        self.topic.epoch()
    }

    /// The topic, for publishing to it.
    pub fn topic(&self) -> &Reading {
        &self.topic
    }

    /// Reads what follows the cursor, at once, and moves the cursor behind it.
    pub fn read(&mut self) -> Read {
        let position = Position::After(self.cursor);
        match self.topic.read(position, self.limit) {
            Ok(read) => self.take(read),
            // The cursor came out of this very log, which only grows.
            Err(_) => Read::nothing(self.cursor),
        }
    }

    /// Whether there is something to read that need not be waited for.
    pub fn is_behind(&self) -> bool {
        self.distortion.is_none() && self.topic.head().seq > self.cursor.seq
    }

    /// Waits until there is something to read.
    pub async fn moved(&mut self) {
        let seq = self.cursor.seq;
        let waits = self.topic.head().seq <= seq;
        self.topic.past(seq).await;
        if let Some(distortion) = self.distortion.as_mut().filter(|_| waits) {
            distortion.woken = Some((seq + 1, self.clock.now_us()));
        }
        while let Some(knobs) = self.distortion.as_ref().map(|its| its.knobs) {
            let one = ReadLimit {
                events: 1,
                ..self.limit
            };
            let next = self.topic.read(Position::After(self.cursor), one);
            let Some(first) = next.ok().and_then(|read| read.events.into_iter().next()) else {
                return;
            };
            match knobs.due(&first, self.moment()) {
                Due::Now => return,
                // Tokio's sleep has a grain of 1 ms, and a delay has to be exact, so a thread sleeps
                // the rest. Waiting awake would take the CPU from the lanes that are not delayed.
                Due::InUs(us) if us > GRAIN_US => {
                    tokio::time::sleep(Duration::from_micros(us - GRAIN_US)).await;
                }
                Due::InUs(us) => {
                    let rest = Duration::from_micros(us);
                    let _ = tokio::task::spawn_blocking(move || std::thread::sleep(rest)).await;
                }
                Due::After(seq) => self.topic.past(seq).await,
            }
        }
    }

    fn moment(&self) -> Moment {
        Moment {
            head: self.topic.head().seq,
            now_us: self.clock.now_us(),
            woken: self.distortion.as_ref().and_then(|its| its.woken),
        }
    }

    /// Counts an answer that told nothing.
    pub fn count_wasted(&self) {
        self.meter.wasted.add(1);
        if let Some(lane) = &self.lane {
            lane.wasted.add(1);
        }
    }

    /// The lane that it reads for.
    pub fn lane(&self) -> Option<&Lane> {
        self.lane.as_deref()
    }

    /// Whether events are given out only as a test wants them, one reader at a time.
    pub fn is_distorted(&self) -> bool {
        self.distortion.is_some()
    }

    /// Joins those to whom the topic's events are written without being asked for.
    pub fn join(&self, outlet: Arc<dyn Outlet>) -> Membership {
        let runtime = tokio::runtime::Handle::current();
        let (membership, work) = self.topic.join(outlet, runtime.metrics().num_workers());
        if let Some(work) = work {
            runtime.spawn(work);
        }
        membership
    }

    /// Where it is.
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// These events have been given to it, and the cursor stands behind them.
    pub fn was_given(&mut self, events: &[Entry], next: Cursor) {
        self.cursor = next;
        self.count(events, 0);
    }

    /// Lets a read through: distorted where a test wants it, counted, the cursor moved.
    fn take(&mut self, read: Read) -> Read {
        let read = match &self.distortion {
            None => read,
            Some(its) => its.knobs.distort(read, self.moment()),
        };
        self.cursor = read.next;
        self.count(&read.events, u64::from(read.gap.is_some()));
        read
    }

    /// Counts what is handed over for writing.
    fn count(&self, entries: &[Entry], gaps: u64) {
        let events = entries.len() as u64;
        if events + gaps == 0 {
            return;
        }
        let times = entries.iter().map(Entry::at);
        self.meter.latency.count(self.clock.now_us(), times);
        self.meter.delivered.add(events);
        self.meter.gaps.add(gaps);
        if let Some(lane) = &self.lane {
            lane.written.add(events);
            lane.gaps.add(gaps);
            let payload = entries.iter().map(Entry::payload_len).sum();
            lane.payload.add(payload);
        }
    }
}
