//! The life of a run: the lanes open, the server publishes, the lanes drain, the figures are
//! final.

use std::rc::Rc;

use super::{
    bench::{Bench, Task, Wish},
    opening::Source,
    rounds::Rounds,
};
use crate::{
    event::{Cursor, TopicName},
    lab::{
        api::{PreparedRun, RunCommand, RunState, RunStatus},
        budget::{Fit, Seat, fit, fit_in_turn, seats},
        calls::{prepare_run, run_status},
        run::{Kind, Phase, Trouble},
        settings::Settings,
        turns::duration_ms,
        watch::is_hidden,
    },
    runs::types::Mode,
    transport::{
        client::{now, timer::sleep},
        retry::reason,
        server_fn::FnError,
    },
};

/// How many exchanges of clocks come before a run.
const EXCHANGES: usize = 5;
/// How long the lanes have for opening, ms.
pub(super) const OPEN_MS: f64 = 10_000.0;
/// How often a run looks at itself, ms.
pub(super) const LOOK_MS: f64 = 100.0;
/// How often a server that cannot be reached is asked once more, and after how many ms.
const TRIES: u32 = 15;
const TRY_MS: f64 = 1_000.0;
/// For how long the document may be hidden before the demo rests, ms.
const HIDDEN_MS: f64 = 60_000.0;
/// How long the demo waits before it tries again, ms.
const AGAIN_MS: f64 = 5_000.0;

/// Carries one run through; the demo begins anew when it has ended.
pub(super) async fn live(bench: Rc<Bench>, mut task: Task) {
    let kind = task.kind;
    loop {
        if kind != Kind::Measurement {
            task.settings = bench.board.read(|state| state.settings.clone());
        }
        bench.board.change(|state| {
            state.run.settings.clone_from(&task.settings);
            state.run.mode = task.mode;
        });
        let run = Run {
            bench: &bench,
            task: &task,
        };
        let ended = match kind {
            Kind::External => run.watch().await,
            Kind::Demo | Kind::Measurement => run.publish().await,
        };
        bench.close_clients();
        if let Err(trouble) = &ended {
            bench.end();
            bench
                .board
                .change(|state| state.run.trouble.clone_from(trouble));
            bench.show(Phase::Failed);
        }
        match (kind, ended) {
            (Kind::Demo, Ok(())) => while_hidden(&bench).await,
            (Kind::Demo, Err(Trouble::Refused(_) | Trouble::NoneOpened)) => sleep(AGAIN_MS).await,
            _ => return,
        }
    }
}

/// Rests while nobody can see the demo.
async fn while_hidden(bench: &Bench) {
    if is_hidden() {
        bench.end();
        bench.show(Phase::Idle);
    }
    while is_hidden() {
        sleep(TRY_MS).await;
    }
}

impl From<FnError> for Trouble {
    fn from(error: FnError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// A run under way.
pub(super) struct Run<'a> {
    pub(super) bench: &'a Rc<Bench>,
    pub(super) task: &'a Task,
}

impl Run<'_> {
    /// A workload of the server's, from its fresh topic to its final figures.
    async fn publish(&self) -> Result<(), Trouble> {
        let (bench, settings) = (self.bench, &self.task.settings);
        let demo = self.task.kind == Kind::Demo;
        bench.show(Phase::Opening);
        self.synchronise().await;
        let (fit, in_turn) = self.fit().await?;
        bench.board.change(|state| state.run.in_turn = in_turn);
        let duration_s = if demo {
            Settings::DEMO_S
        } else if in_turn {
            // Lanes that open or drain slowly need more; what is not needed is stopped.
            (duration_ms(&fit.open, settings) / 500.0) as u32 + 60
        } else {
            settings.duration_s
        };
        let workload = settings.workload(duration_s.min(3_600));
        let prepared = prepare_run(&workload, settings.poll_interval_ms).await?;
        let source = self.source(&prepared.topic, Some(prepared.cursor));
        bench.seat(&fit, &source);
        let last_seq = if in_turn {
            self.in_turn(&prepared, &fit).await?
        } else {
            self.together(&prepared, &source, duration_s).await?
        };
        if demo {
            return Ok(());
        }
        bench.synchronise().await;
        bench.close_clients();
        bench.model.borrow_mut().close(last_seq, now());
        bench.count_all().await;
        bench.judge().await;
        if self.task.mode == Mode::SelfCheck {
            bench.keep_bias();
        }
        bench.record(self.task, &prepared.run).await;
        bench.show(Phase::Ended);
        bench.save();
        Ok(())
    }

    /// All lanes at the same time; gives the last event's number.
    async fn together(
        &self,
        prepared: &PreparedRun,
        source: &Source<'_>,
        duration_s: u32,
    ) -> Result<u64, Trouble> {
        self.open(source).await?;
        // The lanes may have taken long to open.
        self.bench.synchronise().await;
        self.start(&prepared.run).await?;
        let total_ms = f64::from(duration_s) * 1e3;
        self.bench
            .board
            .change(|state| state.progress.total_ms = total_ms);
        let last_seq = self.while_publishing(&prepared.run, total_ms).await?;
        if self.task.kind != Kind::Demo {
            self.bench.show(Phase::Draining);
            self.drain(last_seq).await;
        }
        Ok(last_seq)
    }

    /// Publishing begins.
    pub(super) async fn start(&self, run: &str) -> Result<(), Trouble> {
        self.bench.model.borrow_mut().start(now());
        self.say(run, Some(RunCommand::Start)).await?;
        self.bench.show(Phase::Running);
        Ok(())
    }

    /// A topic that others publish to: for as long as the visitor likes.
    async fn watch(&self) -> Result<(), Trouble> {
        let Some(topic) = self.bench.board.read(|state| state.run.topic.clone()) else {
            return Ok(());
        };
        self.bench.show(Phase::Opening);
        self.synchronise().await;
        let (fit, _) = self.fit().await?;
        let source = self.source(&topic, None);
        self.bench.seat(&fit, &source);
        self.open(&source).await?;
        self.bench.model.borrow_mut().start(now());
        self.bench.show(Phase::Watching);
        let mut rounds = Rounds::new();
        loop {
            self.look().await;
            rounds.go(self.bench).await;
        }
    }

    async fn synchronise(&self) {
        for _ in 0..EXCHANGES {
            self.bench.synchronise().await;
        }
    }

    /// Waits until the next look at the run is due, and notes how late it came.
    pub(super) async fn look(&self) {
        let due = now() + LOOK_MS;
        sleep(LOOK_MS).await;
        self.bench.looked(now() - due);
    }

    /// Where the lanes read.
    pub(super) fn source<'a>(&self, topic: &'a TopicName, after: Option<Cursor>) -> Source<'a> {
        Source {
            topic,
            after,
            pace: self.task.settings.pace(),
        }
    }

    /// Which lanes fit, and whether they take turns: because that was asked for, or because a
    /// measurement asks for more than fit at a time.
    async fn fit(&self) -> Result<(Fit, bool), Trouble> {
        let wanted: Vec<Seat> = seats(self.task.settings.lanes, self.task.mode);
        let elsewhere = self.bench.tabs.elsewhere(fit(&wanted, 0).held).await;
        let together = fit(&wanted, elsewhere);
        let asked = self.task.mode == Mode::InTurn;
        let measures = self.task.kind == Kind::Measurement;
        let in_turn = measures && (asked || !together.left_out.is_empty());
        let fit = if in_turn {
            fit_in_turn(&wanted, elsewhere)
        } else {
            together
        };
        if fit.open.is_empty() {
            return Err(Trouble::NoLanes);
        }
        Ok((fit, in_turn))
    }

    /// Opens the lanes and waits for them; what has not opened by then is given up.
    async fn open(&self, source: &Source<'_>) -> Result<(), Trouble> {
        self.bench
            .board
            .change(|state| state.run.topic = Some(source.topic.clone()));
        self.bench.open_all(source);
        let deadline = now() + OPEN_MS;
        while !self.bench.model.borrow().all_open() && now() < deadline {
            sleep(LOOK_MS / 10.0).await;
        }
        self.bench.give_up_late();
        if self.bench.model.borrow().any_takes_part() {
            Ok(())
        } else {
            Err(Trouble::NoneOpened)
        }
    }

    /// Says something to the run on the server, or only asks how far it is. A server that does
    /// not answer is asked again for a while: the lanes may live through a break, so may the run.
    pub(super) async fn say(
        &self,
        run: &str,
        command: Option<RunCommand>,
    ) -> Result<RunStatus, Trouble> {
        let mut tries = 0;
        loop {
            match run_status(run, command).await {
                Err(error) if error.error.code == reason::NETWORK && tries < TRIES => tries += 1,
                told => {
                    let status = told?;
                    self.bench
                        .board
                        .change(|state| state.run.published = status.published);
                    return Ok(status);
                }
            }
            sleep(TRY_MS).await;
        }
    }

    /// Until the server has published all, or is told to stop; gives the last event's number.
    async fn while_publishing(&self, run: &str, total_ms: f64) -> Result<u64, Trouble> {
        let mut rounds = Rounds::new();
        loop {
            self.look().await;
            let demo = self.task.kind == Kind::Demo;
            let command = match self.bench.take_wish() {
                _ if demo && rounds.hidden_ms() > HIDDEN_MS => Some(RunCommand::Stop),
                Some(Wish::Pause) => Some(RunCommand::Pause),
                Some(Wish::Resume) => Some(RunCommand::Resume),
                Some(Wish::Stop) => Some(RunCommand::Stop),
                None => None,
            };
            if command.is_some() || rounds.is_status_due(total_ms) {
                let status = self.say(run, command).await?;
                if self.is_over(&mut rounds, status) {
                    return Ok(status.published);
                }
            }
            rounds.go(self.bench).await;
        }
    }

    /// Takes in how far the server is.
    fn is_over(&self, rounds: &mut Rounds, status: RunStatus) -> bool {
        let phase = match status.state {
            RunState::Ended => None,
            RunState::Paused => Some(Phase::Paused),
            RunState::Prepared | RunState::Publishing => Some(Phase::Running),
        };
        self.bench.board.change(|state| {
            state.progress.elapsed_ms = status.elapsed_ms as f64;
            state.run.lateness_p99_us = status.lateness_p99_us;
            state.run.phase = phase.unwrap_or(state.run.phase);
        });
        rounds.correct(status.elapsed_ms as f64, phase == Some(Phase::Paused));
        phase.is_none()
    }

    /// Waits for the last events, as long as they may take.
    async fn drain(&self, last_seq: u64) {
        let deadline = now() + self.task.settings.drain_ms();
        while !self.bench.model.borrow().drained(last_seq) && now() < deadline {
            if self.bench.take_wish() == Some(Wish::Stop) {
                return;
            }
            sleep(LOOK_MS / 2.0).await;
        }
    }
}
