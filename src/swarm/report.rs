//! What a generator says while it measures. The lanes themselves travel as in `schema/run-v1.json`,
//! without their receipts.

use serde::{Deserialize, Serialize};

use super::SwarmError;
use crate::{
    lab::workload::Workload,
    runs::record::{MAX_NAME, is_line},
    transport::Transport,
};

/// The header that carries a swarm's key: the server's own token goes by `Authorization`.
pub const KEY_HEADER: &str = "swarm-key";
/// How many lanes a swarm has at most: as many as a run.
const MAX_LANES: usize = 32;
/// How many subscribers a lane has at most.
const MAX_SUBSCRIBERS: u32 = 1_000_000;
/// The longest pause before a lane's first event, s.
const MAX_IDLE_S: u32 = 3_600;
/// How many characters the target, the generator's name and a failure's reason have at most.
const MAX_TEXT: usize = 300;

/// What is going to be measured: the first thing that is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Announcement {
    /// What people call it; may be empty.
    #[serde(default)]
    pub name: String,
    /// The generator's name and version.
    pub client: String,
    /// Which server is measured, in the generator's words.
    pub target: String,
    /// Whether that server's CPU time and memory are read as well.
    pub reads_server: bool,
    /// What is published in each lane.
    pub workload: Workload,
    /// How long all subscribers are open before the first event, s.
    pub idle_s: u32,
    /// The lanes, in the order in which they are measured.
    pub lanes: Vec<LaneWanted>,
}

/// A lane that is going to be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneWanted {
    /// How its events travel.
    pub transport: Transport,
    /// How many subscribers there are.
    pub subscribers: u32,
}

/// What the server answers to an announcement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The swarm's name in all further addresses: `/api/swarm/{swarm}/…`.
    pub swarm: String,
    /// Whoever shows it in [`KEY_HEADER`] may report for this swarm, and nobody else.
    pub key: String,
}

/// Where the generator is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Which of the announced lanes, from 0.
    pub lane: u32,
    /// What it is doing with it.
    pub phase: Phase,
    /// How much of that is done: subscribers, or ms of the time that it takes.
    pub done: u64,
    /// How much there is to do.
    pub of: u64,
    /// Deliveries of this lane so far.
    pub received: u64,
}

/// What is being done with a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Subscribers are opened.
    Opening,
    /// All are open; nothing is published.
    Idle,
    /// Events are published.
    Publishing,
    /// The last events are on their way.
    Draining,
}

impl Phase {
    /// Its name in attributes and locale keys.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Idle => "idle",
            Self::Publishing => "publishing",
            Self::Draining => "draining",
        }
    }
}

/// Why a generator gave up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// In the generator's own words.
    pub reason: String,
}

impl Announcement {
    /// Whether all of it lies in its range.
    pub fn check(&self) -> Result<(), SwarmError> {
        self.workload.check().map_err(SwarmError::Workload)?;
        must(
            is_line(&self.name, MAX_NAME),
            "name",
            "one line of at most 120 characters",
        )?;
        for (text, what) in [(&self.client, "client"), (&self.target, "target")] {
            must(is_line(text, MAX_TEXT), what, LINE)?;
        }
        must(self.idle_s <= MAX_IDLE_S, "idle_s", "at most 3,600")?;
        let lanes = (1..=MAX_LANES).contains(&self.lanes.len());
        must(lanes, "lanes", "1 to 32")?;
        let subscribers = |lane: &LaneWanted| (1..=MAX_SUBSCRIBERS).contains(&lane.subscribers);
        must(
            self.lanes.iter().all(subscribers),
            "lanes",
            "1 to 1,000,000 subscribers in each",
        )
    }
}

impl Progress {
    /// Whether it tells of a lane that was announced.
    pub fn check(&self, announced: &Announcement) -> Result<(), SwarmError> {
        must(
            (self.lane as usize) < announced.lanes.len(),
            "lane",
            "the number of an announced lane, from 0",
        )
    }
}

impl Failure {
    /// Whether it is a text that can be shown.
    pub fn check(&self) -> Result<(), SwarmError> {
        must(is_line(&self.reason, MAX_TEXT), "reason", LINE)
    }

    /// A reason, cut to what the server takes.
    pub fn new(reason: &str) -> Self {
        let plain = |letter: &char| is_line(&letter.to_string(), 1);
        Self {
            reason: reason.chars().filter(plain).take(MAX_TEXT).collect(),
        }
    }
}

/// What a text has to be.
const LINE: &str = "one line of at most 300 characters, without marks of direction";

fn must(well: bool, what: &'static str, rule: &'static str) -> Result<(), SwarmError> {
    if well {
        Ok(())
    } else {
        Err(SwarmError::Value { what, rule })
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
pub(super) mod tests {
    use super::*;
    use crate::lab::workload::Arrivals;

    /// Two lanes over SSE and WebSocket.
    pub(in crate::swarm) fn announcement() -> Announcement {
        Announcement {
            name: String::new(),
            client: "pushpull load".to_owned(),
            target: "http://127.0.0.1:3000".to_owned(),
            reads_server: false,
            workload: Workload {
                rate: 20.0,
                arrivals: Arrivals::Poisson,
                payload: 128,
                duration_s: 10,
                seed: 1,
            },
            idle_s: 0,
            lanes: [Transport::Sse, Transport::WebSocket]
                .map(|transport| LaneWanted {
                    transport,
                    subscribers: 100,
                })
                .into(),
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused_with_the_rule() {
        type Spoil = fn(&mut Announcement);
        assert!(announcement().check().is_ok());
        let wrong: [(&str, Spoil); 6] = [
            ("name", |it| it.name = "a\nb".to_owned()),
            ("target", |it| it.target = "x".repeat(301)),
            ("client", |it| it.client = "\u{202e}".to_owned()),
            ("idle_s", |it| it.idle_s = 3_601),
            ("lanes", |it| it.lanes.clear()),
            ("lanes", |it| it.lanes[0].subscribers = 0),
        ];
        for (word, spoil) in wrong {
            let mut spoilt = announcement();
            spoil(&mut spoilt);
            let told = spoilt.check().unwrap_err().to_string();
            assert!(told.contains(word), "{word}: {told}");
        }
        let mut fast = announcement();
        fast.workload.rate = 501.0;
        assert!(fast.check().is_err());
    }

    #[test]
    fn a_reason_is_cut_to_what_can_be_shown() {
        let failure = Failure::new(&"not\nopened \u{202e}".repeat(100));
        assert!(failure.check().is_ok());
        assert!(failure.reason.starts_with("notopened not"));
    }
}
