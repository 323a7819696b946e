//! Tells a pushpull of the run while it goes on (`crate::swarm`), from a thread of its own: what
//! measures never waits for it but between two lanes, and then not for long.
//!
//! Where the server is measured by its process, nothing is sent from the opening of a lane to its
//! end: taking in a report would be counted as the lane's cost. Otherwise once a second. Whoever is
//! ended by a signal says so on the way out.

mod postman;

use std::{
    io, process,
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use indicatif::ProgressBar;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

use self::postman::Postman;
use super::{
    LoadError,
    adapter::Adapter,
    arguments::{LanePlan, Plan},
};
use crate::{
    runs::record::{LaneRecord, Record},
    swarm::report::{Announcement, Failure, LaneWanted, Phase, Progress},
};

/// How often progress is told.
const PACE: Duration = Duration::from_secs(1);
/// How long a lane waits until what was said of the one before has been taken in.
const SETTLE: Duration = Duration::from_secs(3);
/// What shells add to a signal's number to tell that it ended a program.
const BY_SIGNAL: i32 = 128;

/// What is to be sent.
enum Order {
    Progress(Progress),
    Lane(u32, Box<LaneRecord>),
    Failure(Failure),
    Run(Box<Record>),
    /// Everything before is to have been sent.
    Settle(Sender<()>),
}

/// Which lane is being measured, and when something was told of it.
#[derive(Debug, Default)]
struct Told {
    lane: u32,
    at: Option<Instant>,
}

/// The way to whoever listens. Dropped, it waits until the last word has been sent.
#[derive(Debug)]
pub(super) struct Reporter {
    /// `None` when all has been said.
    orders: Option<UnboundedSender<Order>>,
    thread: Option<JoinHandle<()>>,
    /// Nothing is sent while a lane is measured.
    is_sparse: bool,
    told: Mutex<Told>,
}

impl Reporter {
    /// Begins, where a report was asked for; `line` is the terminal's, which is shared with the
    /// progress.
    pub(super) fn start(plan: &Plan, line: &ProgressBar) -> Result<Option<Self>, LoadError> {
        let options = &plan.options;
        let Some(mut postman) = Postman::new(options, announcement(plan), line.clone())? else {
            return Ok(None);
        };
        let (orders, spoken) = unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let interrupted = {
            let _entered = runtime.enter();
            interrupted()?
        };
        let work = async move {
            let mut orders = Orders(spoken);
            tokio::select! {
                () = postman.work(&mut orders) => {}
                code = interrupted => {
                    postman.farewell().await;
                    // Nobody else hears the signal, and whoever measures would go on.
                    process::exit(code);
                }
            }
        };
        let thread = thread::Builder::new()
            .name("reporter".to_owned())
            .spawn(move || runtime.block_on(work))?;
        let reporter = Self {
            orders: Some(orders),
            thread: Some(thread),
            is_sparse: !options.server_pid.is_empty(),
            told: Mutex::default(),
        };
        reporter.settle();
        Ok(Some(reporter))
    }

    /// Another lane begins.
    pub(super) fn lane(&self, lane: LanePlan) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        *told = Told {
            lane: u32::try_from(lane.index).unwrap_or_default(),
            at: None,
        };
    }

    /// Where the lane is; told now and then.
    pub(super) fn progress(&self, phase: Phase, (done, of): (u64, u64), received: u64) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = match told.at {
            None => true,
            Some(at) => !self.is_sparse && at.elapsed() >= PACE,
        };
        if is_due {
            told.at = Some(Instant::now());
            self.order(Order::Progress(Progress {
                lane: told.lane,
                phase,
                done,
                of,
                received,
            }));
        }
    }

    /// A lane is over. Its receipts stay here: they come with the run.
    pub(super) fn measured(&self, lane: LanePlan, mut record: LaneRecord) {
        record.client.receipts.clear();
        let number = u32::try_from(lane.index).unwrap_or_default();
        self.order(Order::Lane(number, Box::new(record)));
        self.settle();
    }

    /// The run could not be measured to its end.
    pub(super) fn failed(&self, reason: &str) {
        self.order(Order::Failure(Failure::new(reason)));
    }

    /// The run is over, or as much of it as there is.
    pub(super) fn keep(&self, run: Record) {
        self.order(Order::Run(Box::new(run)));
    }

    /// Waits a moment until all has been taken in, so that no lane bears the cost of that.
    fn settle(&self) {
        let (done, heard) = mpsc::channel();
        self.order(Order::Settle(done));
        let _ = heard.recv_timeout(SETTLE);
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // It fails only when the thread has panicked, and measuring goes on.
            let _ = orders.send(order);
        }
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Hears Ctrl-C, and the signal with which service managers end a program, from the call on; gives
/// the exit code of a program that was ended so.
fn interrupted() -> io::Result<impl Future<Output = i32>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        let kind = tokio::select! {
            _ = interrupt.recv() => SignalKind::interrupt(),
            _ = terminate.recv() => SignalKind::terminate(),
        };
        BY_SIGNAL + kind.as_raw_value()
    })
}

/// What is to be sent, in its order.
struct Orders(UnboundedReceiver<Order>);

impl Orders {
    /// The next; of progress that has piled up only the latest. `None` when all has been said.
    async fn next(&mut self, after: &mut Option<Order>) -> Option<Order> {
        let mut next = match after.take() {
            Some(order) => order,
            None => self.0.recv().await?,
        };
        while let Order::Progress(_) = next {
            match self.0.try_recv() {
                Ok(newer @ Order::Progress(_)) => next = newer,
                Ok(other) => {
                    *after = Some(other);
                    break;
                }
                Err(_) => break,
            }
        }
        Some(next)
    }
}

/// How the run is introduced. The target is told without path and query, which may hold a secret.
fn announcement(plan: &Plan) -> Announcement {
    let options = &plan.options;
    let url = options.subscribe_url.as_ref().unwrap_or(&options.url);
    let server = url.parse::<http::Uri>().ok();
    let server = server
        .as_ref()
        .and_then(|uri| Some(uri.authority()?.as_str()));
    let server = server.unwrap_or_default();
    let server = server.rsplit('@').next().unwrap_or_default();
    let adapter = match options.adapter {
        Adapter::Pushpull => "pushpull",
        Adapter::ServerFn => "server-fn",
        Adapter::Nchan => "nchan",
        Adapter::Plain => "plain",
    };
    let lanes = plan.lanes().into_iter().map(|lane| LaneWanted {
        transport: lane.transport,
        subscribers: lane.subscribers,
    });
    Announcement {
        name: options.name.clone(),
        client: format!("pushpull load {}", env!("CARGO_PKG_VERSION")),
        target: format!("{adapter}, {server}"),
        reads_server: !options.server_pid.is_empty(),
        workload: plan.workload,
        idle_s: options.idle,
        lanes: lanes.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(done: u64) -> Order {
        Order::Progress(Progress {
            lane: 0,
            phase: Phase::Publishing,
            done,
            of: 10,
            received: 0,
        })
    }

    #[tokio::test]
    async fn of_progress_that_has_piled_up_only_the_latest_is_sent_and_nothing_else_is_left_out() {
        let (orders, spoken) = unbounded_channel();
        for order in [
            progress(1),
            progress(2),
            Order::Failure(Failure::new("x")),
            progress(3),
        ] {
            orders.send(order).unwrap();
        }
        drop(orders);
        let (mut orders, mut after) = (Orders(spoken), None);
        let mut sent = Vec::new();
        while let Some(order) = orders.next(&mut after).await {
            sent.push(match order {
                Order::Progress(told) => told.done,
                _ => 0,
            });
        }
        assert_eq!(sent, [2, 0, 3]);
    }
}
