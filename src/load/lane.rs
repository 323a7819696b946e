//! How one lane is measured: open, rest, publish, drain, put together.

use std::{
    collections::BTreeSet,
    sync::{PoisonError, atomic::Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use super::{
    LoadError,
    arguments::{LanePlan, Plan},
    phase::{Phase, Shared},
    progress::Progress,
    publisher::{self, Published},
    saturation::{Saturation, Signs},
    schedule::Schedule,
    server_cost::{self, Cost},
    side,
    sources::Sources,
    tally::Tally,
    target::{LaneTarget, Target},
    worker::{self, Share},
};
use crate::{
    hub,
    meter::process,
    transport::{Transport, counters::LaneCounters},
};

/// How often one looks what the workers have done.
const LOOK: Duration = Duration::from_millis(50);
/// How long opening may make no progress.
const STUCK: Duration = Duration::from_secs(10);
/// How long the server gets to hear the last requests before anything is published.
const REST: Duration = Duration::from_millis(300);
/// From the order to publish to the first moment of the schedule.
const RUN_UP: Duration = Duration::from_millis(50);
/// How long the last events may take beside a poll's interval or wait.
const DRAIN: Duration = Duration::from_secs(5);

/// What is the same for all lanes of a run.
#[derive(Debug)]
pub(super) struct Bench<'a> {
    pub(super) plan: &'a Plan,
    pub(super) target: Target,
    pub(super) sources: Sources,
    /// When the run began.
    pub(super) begun: Instant,
    pub(super) progress: Progress<'a>,
}

/// What the server cost at the lane's turns.
#[derive(Debug, Clone)]
pub(super) struct ServerCosts {
    /// Before the first connection.
    pub(super) before: Cost,
    /// All open, before and after the idle time.
    pub(super) open: Cost,
    pub(super) idle: Cost,
    /// The last event has come everywhere. Looking at a process's memory holds it up, so that
    /// nobody does while events are on their way.
    pub(super) drained: Cost,
}

/// A lane that is over.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) lane: LanePlan,
    /// Events that were due.
    pub(super) events: u64,
    pub(super) tally: Tally,
    pub(super) published: Published,
    /// Numbers that the server never took.
    pub(super) unpublished: BTreeSet<u64>,
    /// How long all were open without an event, and how long publishing and draining took.
    pub(super) idle: Duration,
    pub(super) wall: Duration,
    /// The generator's own CPU time meanwhile.
    pub(super) own_cpu: Duration,
    pub(super) saturation: Option<Saturation>,
    pub(super) costs: Option<ServerCosts>,
    /// What a pushpull has counted, where it was to.
    pub(super) counters: Option<LaneCounters>,
}

impl Outcome {
    /// Whether an event was not published, or did not come once and in order everywhere.
    pub(super) fn has_losses(&self) -> bool {
        let tally = &self.tally;
        !self.unpublished.is_empty() || tally.lost_count() + tally.duplicated + tally.reordered > 0
    }
}

/// What happened from the first connection to the last event.
struct Passed {
    published: Published,
    idle: Duration,
    wall: Duration,
    own_cpu: Duration,
    costs: Option<ServerCosts>,
}

impl Bench<'_> {
    /// Measures one lane.
    pub(super) fn measure(&self, lane: LanePlan) -> Result<Outcome, LoadError> {
        self.progress.lane(lane);
        let plan = self.plan;
        let random = hub::random()?;
        let mut target = self.target.lane(lane, &format!("load-{random:016x}"))?;
        if target.adapter.is_pushpull() {
            target.begin_at(side::make_topic(&target)?);
        }
        let events = plan.workload.schedule().count() as u64;
        let schedule = Schedule::new(
            plan.workload,
            random as u32,
            events * lane.index as u64,
            lane.subscribers,
            (self.begun, plan.block_us()),
        );
        let (passed, mut tally) = self.listen(lane, &target, &schedule)?;
        // What nobody received was never taken.
        let nobody = |number: &u64| tally.lost.get(number) == Some(&lane.subscribers.into());
        let unsure = passed.published.unsure.iter();
        let unpublished: BTreeSet<u64> = unsure.copied().filter(nobody).collect();
        tally.finish(&schedule, &unpublished);
        let signs = Signs {
            lateness_p99_us: passed.published.lateness_p99_us.unwrap_or_default(),
            own_delay_p99_us: tally.own_delay_p99_us(),
            busiest: tally.busiest,
            cpu: passed.own_cpu,
            wall: passed.wall,
            cores: plan.cores,
        };
        Ok(Outcome {
            lane,
            events: schedule.events(),
            saturation: Saturation::find(&signs, &tally.latencies),
            counters: side::counters(&target),
            tally,
            published: passed.published,
            unpublished,
            idle: passed.idle,
            wall: passed.wall,
            own_cpu: passed.own_cpu,
            costs: passed.costs,
        })
    }

    /// Lets the workers listen while the lane passes.
    fn listen(
        &self,
        lane: LanePlan,
        target: &LaneTarget,
        schedule: &Schedule,
    ) -> Result<(Passed, Tally), LoadError> {
        let shared = Shared::new();
        let threads = u32::try_from(self.plan.threads).unwrap_or(1);
        let threads = threads.clamp(1, lane.subscribers);
        let share = |n: u32| {
            let upto = |n: u32| u64::from(lane.subscribers) * u64::from(n) / u64::from(threads);
            // Below the number of subscribers.
            let (first, end) = (upto(n) as u32, upto(n + 1) as u32);
            Share {
                target,
                schedule,
                shared: &shared,
                sources: &self.sources,
                first,
                subscribers: end - first,
                poll_interval_ms: self.plan.options.poll_interval,
                seed: self.plan.options.seed,
            }
        };
        let before = self.look()?;
        thread::scope(|scope| {
            let mut workers = Vec::new();
            for n in 0..threads {
                let share = share(n);
                let builder = thread::Builder::new().name(format!("listener-{n}"));
                match builder.spawn_scoped(scope, move || worker::work(share)) {
                    Ok(worker) => workers.push(worker),
                    Err(error) => {
                        shared.enter(Phase::Over);
                        return Err(error.into());
                    }
                }
            }
            let passed = self.pass(lane, target, schedule, &shared, before);
            // Whatever happened, they are to end.
            shared.enter(Phase::Over);
            let mut tally = Tally::new();
            for worker in workers {
                tally.join(worker.join().map_err(|_| LoadError::Panicked)??);
            }
            Ok((passed?, tally))
        })
    }

    fn look(&self) -> Result<Option<Cost>, LoadError> {
        server_cost::look(&self.plan.options.server_pid)
    }

    /// The lane's phases, one after the other.
    fn pass(
        &self,
        lane: LanePlan,
        target: &LaneTarget,
        schedule: &Schedule,
        shared: &Shared,
        before: Option<Cost>,
    ) -> Result<Passed, LoadError> {
        self.open(lane, shared)?;
        shared.enter(Phase::Idle);
        thread::sleep(REST);
        let open = self.look()?;
        let idle = self.rest();
        let rested = self.look()?;

        let (began, cpu) = (Instant::now(), process::cpu());
        schedule.start(began + RUN_UP);
        shared.enter(Phase::Publishing);
        let published = thread::scope(|scope| {
            let publisher = scope.spawn(|| publisher::publish(target, schedule));
            while !publisher.is_finished() || schedule.end().is_some_and(|end| end > Instant::now())
            {
                let received = shared.received.load(Relaxed);
                let whole = Duration::from_secs(self.plan.options.duration.into());
                self.progress.publishing(began.elapsed(), whole, received);
                thread::sleep(LOOK);
            }
            publisher.join().map_err(|_| LoadError::Panicked)
        })?;
        self.drain(lane, shared);
        let (wall, own_cpu) = (began.elapsed(), process::cpu().saturating_sub(cpu));
        let drained = self.look()?;
        let costs = match (before, open, rested, drained) {
            (Some(before), Some(open), Some(idle), Some(drained)) => Some(ServerCosts {
                before,
                open,
                idle,
                drained,
            }),
            _ => None,
        };
        Ok(Passed {
            published,
            idle,
            wall,
            own_cpu,
            costs,
        })
    }

    /// Waits until all are open.
    fn open(&self, lane: LanePlan, shared: &Shared) -> Result<(), LoadError> {
        let wanted = lane.subscribers as usize;
        let (mut best, mut since) = (0, Instant::now());
        loop {
            let open = shared.opened.load(Relaxed);
            self.progress.opening(open, lane.subscribers);
            if open >= wanted {
                return Ok(());
            }
            if open > best {
                (best, since) = (open, Instant::now());
            } else if since.elapsed() > STUCK {
                let reason = shared.reason.lock().unwrap_or_else(PoisonError::into_inner);
                let reason = match reason.as_str() {
                    "" => "there was no answer",
                    told => told,
                };
                return Err(LoadError::NotOpened {
                    open,
                    wanted,
                    transport: lane.transport.slug(),
                    reason: reason.to_owned(),
                });
            }
            thread::sleep(LOOK / 5);
        }
    }

    /// Publishes nothing for as long as was asked for.
    fn rest(&self) -> Duration {
        let whole = Duration::from_secs(self.plan.options.idle.into());
        let began = Instant::now();
        while began.elapsed() < whole {
            self.progress.idle(began.elapsed(), whole);
            thread::sleep(LOOK.min(whole.saturating_sub(began.elapsed())));
        }
        began.elapsed()
    }

    /// Waits until everybody has everything, or can no longer be expected to.
    fn drain(&self, lane: LanePlan, shared: &Shared) {
        shared.enter(Phase::Draining);
        let options = &self.plan.options;
        let patience = DRAIN
            + match lane.transport.plain() {
                Transport::Polling => Duration::from_millis(options.poll_interval.into()),
                Transport::LongPolling => Duration::from_secs(options.wait.into()),
                _ => Duration::ZERO,
            };
        let until = Instant::now() + patience;
        loop {
            let complete = shared.complete.load(Relaxed);
            self.progress.draining(complete, lane.subscribers);
            if complete >= lane.subscribers as usize || Instant::now() >= until {
                return;
            }
            thread::sleep(LOOK / 5);
        }
    }
}
