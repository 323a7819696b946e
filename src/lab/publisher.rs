//! Publishes workloads, each from a thread of its own, by absolute deadlines.
//!
//! An event's time is the time for which it was scheduled, so a late publisher hides nothing: its
//! lateness is part of every latency, and is told.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;

use super::{
    api::{PreparedRun, RunCommand, RunState, RunStatus},
    workload::{Workload, WorkloadError},
};
use crate::{
    event::Cursor,
    hub::{Hub, HubError, Topic},
    runs::record::Known,
};

/// Runs that may publish at a time.
const MOST: usize = 32;
/// How long a prepared run waits for its start.
const PREPARED: Duration = Duration::from_secs(60);
/// How long a run goes on without a subscriber, beside the poll interval.
const UNHEARD: Duration = Duration::from_secs(10);
/// How long an ended run can still be asked for.
const KEPT: Duration = Duration::from_secs(600);
/// How much earlier than its deadline the thread gets up: a sleeping thread wakes about this much
/// late, so the last bit is waited for awake.
const EARLY: Duration = Duration::from_micros(150);

/// Why a run cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The workload is out of range.
    #[error("{0}")]
    Workload(#[from] WorkloadError),
    /// The hub has no topic to give.
    #[error("{0}")]
    Hub(#[from] HubError),
    /// The server publishes as many runs as it may.
    #[error("the server publishes {MOST} runs already; stop one or try again later")]
    TooMany,
    /// No run of that name.
    #[error("no run of that name is known; it may have ended more than 10 minutes ago")]
    Unknown,
    /// The machine gave no thread.
    #[error("the machine gave no thread for the publisher; try again later")]
    NoThread,
}

impl RunError {
    /// The word by which programs tell errors apart.
    pub fn code(self) -> &'static str {
        match self {
            Self::Workload(_) => "bad_workload",
            Self::Hub(error) => error.code(),
            Self::TooMany => "too_many_runs",
            Self::Unknown => "unknown_run",
            Self::NoThread => "no_thread",
        }
    }
}

/// All runs of a server.
#[derive(Debug, Clone)]
pub struct Publisher {
    hub: Arc<Hub>,
    runs: Arc<Mutex<HashMap<String, Arc<Run>>>>,
}

impl Publisher {
    /// Publishes to the topics of `hub`.
    pub fn new(hub: Arc<Hub>) -> Self {
        Self {
            hub,
            runs: Arc::default(),
        }
    }

    /// Makes a fresh topic for the workload, whose slowest lane polls every `poll_interval`.
    pub fn prepare(
        &self,
        workload: Workload,
        poll_interval: Duration,
    ) -> Result<PreparedRun, RunError> {
        workload.check()?;
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if runs.values().filter(|run| run.ended().is_none()).count() >= MOST {
            return Err(RunError::TooMany);
        }
        let topic = self.hub.fresh("run")?;
        let prepared = PreparedRun {
            run: format!("{:016x}", crate::hub::random()?),
            topic: topic.name().clone(),
            cursor: Cursor {
                epoch: topic.epoch(),
                seq: 0,
            },
        };
        let (commands, spoken) = channel();
        let run = Arc::new(Run {
            topic,
            workload,
            patience: UNHEARD + poll_interval,
            commands,
            progress: Mutex::new(Progress::default()),
        });
        let its = Arc::clone(&run);
        let hub = Arc::clone(&self.hub);
        thread::Builder::new()
            .name("publisher".to_owned())
            .spawn(move || its.live(&hub, &spoken))
            .map_err(|_| RunError::NoThread)?;
        runs.insert(prepared.run.clone(), run);
        Ok(prepared)
    }

    /// Says something to a run and waits until it is done.
    pub fn command(&self, run: &str, command: RunCommand) -> Result<RunStatus, RunError> {
        let run = self.find(run)?;
        let (done, heard) = channel();
        // A run that has ended hears nothing any more; its status says so.
        if run.commands.send((command, done)).is_ok() {
            let _ = heard.recv_timeout(Duration::from_secs(1));
        }
        Ok(run.status())
    }

    /// Tells where a run is.
    pub fn status(&self, run: &str) -> Result<RunStatus, RunError> {
        Ok(self.find(run)?.status())
    }

    /// What is kept of a run beside what its receivers know.
    pub fn known(&self, run: &str) -> Result<Known, RunError> {
        let run = self.find(run)?;
        let status = run.status();
        let mut workload = run.workload;
        if status.state == RunState::Ended {
            // Who stops a run before its end, as whoever takes turns does, has had less of it.
            let lasted_s = u32::try_from(status.elapsed_ms.div_ceil(1_000)).unwrap_or(u32::MAX);
            workload.duration_s = lasted_s.clamp(1, workload.duration_s);
        }
        Ok(Known {
            workload,
            published: status.published,
            lateness_p99_us: status.lateness_p99_us,
        })
    }

    /// Forgets runs that ended long ago, and with them their topics' events.
    pub fn sweep(&self) {
        self.runs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, run| run.ended().is_none_or(|ended| ended.elapsed() < KEPT));
    }

    fn find(&self, run: &str) -> Result<Arc<Run>, RunError> {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.get(run).cloned().ok_or(RunError::Unknown)
    }
}

/// A command, and where to say that it was carried out.
type Spoken = (RunCommand, Sender<()>);

/// One workload on its way.
#[derive(Debug)]
struct Run {
    topic: Arc<Topic>,
    workload: Workload,
    patience: Duration,
    commands: Sender<Spoken>,
    progress: Mutex<Progress>,
}

/// Where a run is, written by its thread.
#[derive(Debug, Default)]
struct Progress {
    /// `None` while it is prepared.
    started: Option<Instant>,
    /// All pauses that are over.
    paused: Duration,
    paused_since: Option<Instant>,
    ended: Option<Instant>,
    lateness_p99_us: Option<u64>,
}

impl Progress {
    /// The present moment on the run's own clock, which stands still in pauses and after the end.
    fn elapsed(&self) -> Duration {
        let Some(started) = self.started else {
            return Duration::ZERO;
        };
        let until = self
            .paused_since
            .or(self.ended)
            .unwrap_or_else(Instant::now);
        until.duration_since(started).saturating_sub(self.paused)
    }
}

/// What a wait ended with.
enum Waited {
    Due,
    Stopped,
}

impl Run {
    fn ended(&self) -> Option<Instant> {
        self.progress().ended
    }

    fn progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn status(&self) -> RunStatus {
        let progress = self.progress();
        RunStatus {
            state: match &*progress {
                Progress { ended: Some(_), .. } => RunState::Ended,
                Progress { started: None, .. } => RunState::Prepared,
                Progress {
                    paused_since: Some(_),
                    ..
                } => RunState::Paused,
                _ => RunState::Publishing,
            },
            published: self.topic.head().seq,
            elapsed_ms: u64::try_from(progress.elapsed().as_millis()).unwrap_or(u64::MAX),
            lateness_p99_us: progress.lateness_p99_us,
        }
    }

    /// The thread's life: wait for the start, publish, end.
    fn live(&self, hub: &Hub, spoken: &Receiver<Spoken>) {
        if self.wait_for_start(hub, spoken) {
            self.publish(hub, spoken);
        }
        self.obey(RunCommand::Stop);
        // Whoever has just spoken learns of the end.
        while spoken.try_recv().is_ok() {}
    }

    fn wait_for_start(&self, hub: &Hub, spoken: &Receiver<Spoken>) -> bool {
        let until = Instant::now() + PREPARED;
        loop {
            match spoken.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok((RunCommand::Start, done)) => {
                    self.progress().started = Some(hub.clock().whole_us(Instant::now()));
                    let _ = done.send(());
                    return true;
                }
                Ok((RunCommand::Stop, done)) => {
                    self.obey(RunCommand::Stop);
                    let _ = done.send(());
                    return false;
                }
                Err(_) => return false,
                Ok((RunCommand::Pause | RunCommand::Resume, _)) => {}
            }
        }
    }

    fn publish(&self, hub: &Hub, spoken: &Receiver<Spoken>) {
        // Up to a minute late at 1 µs; a histogram of fixed size.
        let Ok(mut lateness) = Histogram::<u32>::new_with_bounds(1, 60_000_000, 2) else {
            return;
        };
        for (offset, seq) in self.workload.schedule().zip(1..) {
            let data = self.workload.payload_of(seq);
            if matches!(self.wait_until(offset, spoken), Waited::Stopped) {
                return;
            }
            let due = self.due(offset);
            let late = due.elapsed();
            hub.publish_to(&self.topic, hub.clock().at_us(due), &data);
            lateness.saturating_record(u64::try_from(late.as_micros()).unwrap_or(u64::MAX));
            if seq <= 100 || seq % 100 == 0 {
                self.progress().lateness_p99_us = Some(lateness.value_at_quantile(0.99));
            }
        }
        self.progress().lateness_p99_us =
            (!lateness.is_empty()).then(|| lateness.value_at_quantile(0.99));
        // The last event is out; the run lasts to the end of its time all the same.
        let end = Duration::from_secs(self.workload.duration_s.into());
        let _ = self.wait_until(end, spoken);
    }

    /// The moment of a place in the schedule, all pauses so far added.
    fn due(&self, offset: Duration) -> Instant {
        let progress = self.progress();
        progress.started.unwrap_or_else(Instant::now) + progress.paused + offset
    }

    /// Waits for a place in the schedule; obeys what is said meanwhile, and gives up when nobody
    /// listens.
    fn wait_until(&self, offset: Duration, spoken: &Receiver<Spoken>) -> Waited {
        loop {
            let paused = self.progress().paused_since.is_some();
            let left = self.due(offset).saturating_duration_since(Instant::now());
            // What is said is heard also when the schedule leaves no time for it.
            let due = !paused && left <= EARLY;
            if !due && u128::from(self.topic.unread_us()) > self.patience.as_micros() {
                return Waited::Stopped;
            }
            let nap = Duration::from_secs(1);
            let nap = if paused {
                nap
            } else if due {
                Duration::ZERO
            } else {
                nap.min(left.saturating_sub(EARLY))
            };
            match spoken.recv_timeout(nap) {
                Ok((command, done)) => {
                    self.obey(command);
                    let _ = done.send(());
                    if command == RunCommand::Stop {
                        return Waited::Stopped;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Waited::Stopped,
                Err(RecvTimeoutError::Timeout) if due => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        let due = self.due(offset);
        while Instant::now() < due {
            std::hint::spin_loop();
        }
        Waited::Due
    }

    fn obey(&self, command: RunCommand) {
        let mut progress = self.progress();
        match (command, progress.paused_since) {
            (RunCommand::Pause, None) => progress.paused_since = Some(Instant::now()),
            // What ends in a pause has not published in it either.
            (RunCommand::Resume | RunCommand::Stop, Some(since)) => {
                progress.paused += since.elapsed();
                progress.paused_since = None;
            }
            _ => {}
        }
        if command == RunCommand::Stop {
            progress.ended.get_or_insert_with(Instant::now);
        }
    }
}

#[cfg(test)]
mod tests;
