//! The swarms that report to this server: few at a time, in memory, each for as long as something
//! is heard of it.

use std::{
    collections::BTreeMap,
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use subtle::ConstantTimeEq;
use tokio::sync::watch;

use super::{
    SwarmError,
    point::Point,
    report::{Announcement, Failure, Progress, Welcome},
};
use crate::{hub::random, runs::saved::RunId};

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests;

/// How many swarms report at a time.
const REPORTING: usize = 8;
/// How many that are over are still shown.
const OVER: usize = 8;
/// How long one that is over is still shown. Its run is kept for good.
const SHOWN: Duration = Duration::from_secs(600);
/// How long a swarm may be silent beside the time that a lane takes.
const SILENCE: Duration = Duration::from_secs(300);
/// How long one that has said no more than that it begins may be silent where others wait for its
/// place.
const HESITATION: Duration = Duration::from_secs(60);

/// A swarm's name: random, so that nobody finds one by counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SwarmId(u64);

impl fmt::Display for SwarmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for SwarmId {
    type Err = SwarmError;

    fn from_str(text: &str) -> Result<Self, SwarmError> {
        let id: RunId = text.parse().map_err(|_| SwarmError::Unknown)?;
        Ok(Self(id.0))
    }
}

/// What is known of a swarm.
#[derive(Debug, Clone)]
pub struct Swarm {
    /// Its name.
    pub id: SwarmId,
    /// What it said at the beginning.
    pub announced: Arc<Announcement>,
    /// When that was, µs since the Unix epoch.
    pub begun_us: u64,
    /// When something was heard of it last.
    pub heard_us: u64,
    /// Where it is; `None` before the first lane.
    pub progress: Option<Progress>,
    /// The lanes that are over, by their number.
    pub points: Arc<BTreeMap<u32, Point>>,
    /// How it ended before its run was whole, if it did.
    pub ending: Option<Ending>,
    /// Where its run is kept.
    pub run: Kept,
}

/// How a swarm ended before its run was whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It gave up, for this reason.
    Failed(String),
    /// Its user ended it.
    Interrupted,
}

/// Where a swarm's run is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It has not been handed in.
    Not,
    /// It is being written.
    Coming,
    /// Under this name among the saved runs.
    As(RunId),
}

impl Swarm {
    /// Whether nothing more is to be expected of it.
    pub fn is_over(&self) -> bool {
        self.ending.is_some() || self.run != Kept::Not
    }
}

/// A swarm with what only this room knows of it.
#[derive(Debug)]
struct Known {
    swarm: Swarm,
    key: String,
    heard: Instant,
}

impl Known {
    /// Whether it has been silent, or over, for so long that it may go.
    fn may_go(&self, now: Instant) -> bool {
        let announced = &self.swarm.announced;
        let lane = u64::from(announced.workload.duration_s) + u64::from(announced.idle_s);
        let patience = if self.swarm.is_over() {
            SHOWN
        } else {
            SILENCE + Duration::from_secs(lane)
        };
        now.saturating_duration_since(self.heard) >= patience
    }

    /// Whether it has said nothing for a while since it announced itself.
    fn hesitates(&self, now: Instant) -> bool {
        let said = self.swarm.progress.is_some() || !self.swarm.points.is_empty();
        !said && !self.swarm.is_over() && now.saturating_duration_since(self.heard) >= HESITATION
    }
}

/// All swarms of a server; a clone is a reference.
#[derive(Debug, Clone)]
pub struct Swarms(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The latest first.
    known: Mutex<Vec<Known>>,
    /// Counts what has changed.
    changes: watch::Sender<u64>,
}

impl Default for Swarms {
    fn default() -> Self {
        Self(Arc::new(Inner {
            known: Mutex::default(),
            changes: watch::Sender::new(0),
        }))
    }
}

impl Swarms {
    /// Takes in a swarm, whose announcement is in order, at that time in µs since the Unix epoch.
    pub fn announce(&self, announced: Announcement, now_us: u64) -> Result<Welcome, SwarmError> {
        self.announce_at(announced, now_us, Instant::now())
    }

    fn announce_at(
        &self,
        announced: Announcement,
        now_us: u64,
        now: Instant,
    ) -> Result<Welcome, SwarmError> {
        let id = SwarmId(random()?);
        let key = format!("{:016x}{:016x}", random()?, random()?);
        let mut known = self.known();
        known.retain(|known| !known.may_go(now));
        if known.iter().filter(|it| !it.swarm.is_over()).count() >= REPORTING {
            // The latest come first, so the last one has hesitated longest.
            let slow = known.iter().rposition(|known| known.hesitates(now));
            known.remove(slow.ok_or(SwarmError::TooMany)?);
        }
        let swarm = Swarm {
            id,
            announced: Arc::new(announced),
            begun_us: now_us,
            heard_us: now_us,
            progress: None,
            points: Arc::default(),
            ending: None,
            run: Kept::Not,
        };
        let welcome = Welcome {
            swarm: id.to_string(),
            key: key.clone(),
        };
        let heard = now;
        known.insert(0, Known { swarm, key, heard });
        drop(known);
        self.changed();
        Ok(welcome)
    }

    /// The swarm, for whoever has its key.
    pub fn find(&self, id: SwarmId, key: &str) -> Result<Swarm, SwarmError> {
        let known = self.known();
        let found = known.iter().find(|it| it.swarm.id == id);
        let found = found.ok_or(SwarmError::Unknown)?;
        if !bool::from(found.key.as_bytes().ct_eq(key.as_bytes())) {
            return Err(SwarmError::Key);
        }
        Ok(found.swarm.clone())
    }

    /// Where the swarm is.
    pub fn progress(&self, id: SwarmId, told: Progress, now_us: u64) -> Result<(), SwarmError> {
        self.change(id, now_us, |swarm| {
            if swarm.is_over() {
                return Err(SwarmError::Over);
            }
            swarm.progress = Some(told);
            Ok(())
        })
    }

    /// One of its lanes is over. Told again, the later word holds.
    pub fn lane(
        &self,
        id: SwarmId,
        lane: u32,
        point: Point,
        now_us: u64,
    ) -> Result<(), SwarmError> {
        self.change(id, now_us, |swarm| {
            if swarm.is_over() {
                return Err(SwarmError::Over);
            }
            Arc::make_mut(&mut swarm.points).insert(lane, point);
            Ok(())
        })
    }

    /// It has given up. What it has measured until then may still be handed in.
    pub fn fail(&self, id: SwarmId, why: Failure, now_us: u64) -> Result<(), SwarmError> {
        self.end(id, Ending::Failed(why.reason), now_us)
    }

    /// Its user has ended it. Nothing more comes from it, and no run is kept.
    pub fn interrupt(&self, id: SwarmId, now_us: u64) -> Result<(), SwarmError> {
        self.end(id, Ending::Interrupted, now_us)
    }

    fn end(&self, id: SwarmId, ending: Ending, now_us: u64) -> Result<(), SwarmError> {
        self.change(id, now_us, |swarm| {
            if swarm.is_over() {
                return Err(SwarmError::Over);
            }
            swarm.ending = Some(ending);
            Ok(())
        })?;
        self.forget_old();
        Ok(())
    }

    /// Its run is about to be kept; tells where it is already. Nobody else may begin meanwhile.
    pub fn begin_keeping(&self, id: SwarmId, now_us: u64) -> Result<Option<RunId>, SwarmError> {
        self.change(id, now_us, |swarm| match swarm.run {
            Kept::As(run) => Ok(Some(run)),
            Kept::Coming => Err(SwarmError::Over),
            Kept::Not if swarm.ending == Some(Ending::Interrupted) => Err(SwarmError::Over),
            Kept::Not => {
                swarm.run = Kept::Coming;
                Ok(None)
            }
        })
    }

    /// Its run is kept, or could not be and may be handed in again. The points are the run's own
    /// from here on.
    pub fn end_keeping(&self, id: SwarmId, kept: Option<(RunId, Vec<Point>)>, now_us: u64) {
        let done = self.change(id, now_us, |swarm| {
            swarm.run = Kept::Not;
            if let Some((run, points)) = kept {
                swarm.run = Kept::As(run);
                swarm.points = Arc::new((0..).zip(points).collect());
            }
            Ok(())
        });
        // It may have been forgotten meanwhile; the run is kept all the same.
        let _ = done;
        self.forget_old();
    }

    /// Of those that are over, only the latest are kept.
    fn forget_old(&self) {
        let mut over = 0;
        self.retain(|known| {
            over += usize::from(known.swarm.is_over());
            !known.swarm.is_over() || over <= OVER
        });
    }

    /// All of them, the latest first.
    pub fn all(&self) -> Vec<Swarm> {
        self.known()
            .iter()
            .map(|known| known.swarm.clone())
            .collect()
    }

    /// Is told of each change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Forgets those of which nothing is heard any more.
    pub fn sweep(&self) {
        self.sweep_at(Instant::now());
    }

    fn sweep_at(&self, now: Instant) {
        self.retain(|known| !known.may_go(now));
    }

    /// Keeps some, and tells where that is not all.
    fn retain(&self, keeps: impl FnMut(&Known) -> bool) {
        let mut known = self.known();
        let before = known.len();
        known.retain(keeps);
        let gone = known.len() < before;
        drop(known);
        if gone {
            self.changed();
        }
    }

    fn change<T>(
        &self,
        id: SwarmId,
        now_us: u64,
        change: impl FnOnce(&mut Swarm) -> Result<T, SwarmError>,
    ) -> Result<T, SwarmError> {
        let mut known = self.known();
        let found = known.iter_mut().find(|it| it.swarm.id == id);
        let found = found.ok_or(SwarmError::Unknown)?;
        let done = change(&mut found.swarm)?;
        found.heard = Instant::now();
        found.swarm.heard_us = now_us;
        drop(known);
        self.changed();
        Ok(done)
    }

    fn changed(&self) {
        self.0.changes.send_modify(|changes| *changes += 1);
    }

    fn known(&self) -> MutexGuard<'_, Vec<Known>> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
