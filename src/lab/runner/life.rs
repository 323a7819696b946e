//! The life of a run: the lanes open, the server publishes, the lanes drain, the figures are
//! final.

use std::rc::Rc;

use web_sys::window;

use super::{
    bench::{Bench, Wish},
    rounds::Rounds,
};
use crate::{
    event::{Cursor, TopicName},
    lab::{
        api::{RunCommand, RunState, RunStatus, command_run, prepare_run, run_status},
        budget::fit,
        run::{Kind, Phase, Trouble},
        settings::Settings,
    },
    transport::{
        client::{now, timer::sleep},
        server_fn::FnError,
    },
};

/// How many exchanges of clocks come before a run.
const EXCHANGES: usize = 5;
/// How long the lanes have for opening, ms.
const OPEN_MS: f64 = 10_000.0;
/// How often a run looks at itself, ms.
const LOOK_MS: f64 = 100.0;
/// How often a server that cannot be reached is asked once more, after how many ms, and what the
/// error is called then.
const TRIES: u32 = 15;
const TRY_MS: f64 = 1_000.0;
const NETWORK: &str = "network";
/// For how long the document may be hidden before the demo rests, ms.
const HIDDEN_MS: f64 = 60_000.0;
/// How long the demo waits before it tries again, ms.
const AGAIN_MS: f64 = 5_000.0;

/// Carries one run through; the demo begins anew when it has ended.
pub(super) async fn live(bench: Rc<Bench>, kind: Kind) {
    loop {
        let settings = bench.board.read(|state| state.settings.clone());
        bench
            .board
            .change(|state| state.run.settings.clone_from(&settings));
        let run = Run {
            bench: &bench,
            kind,
            settings,
        };
        let ended = match kind {
            Kind::External => run.watch().await,
            Kind::Demo | Kind::Measurement => run.publish().await,
        };
        bench.close_clients();
        if let Err(trouble) = &ended {
            bench.model.borrow_mut().end();
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
        bench.model.borrow_mut().end();
        bench.show(Phase::Idle);
    }
    while is_hidden() {
        sleep(TRY_MS).await;
    }
}

/// Whether the document is hidden.
pub(super) fn is_hidden() -> bool {
    window()
        .and_then(|window| window.document())
        .is_some_and(|document| document.hidden())
}

impl From<FnError> for Trouble {
    fn from(error: FnError) -> Self {
        Self::Refused(error.to_string())
    }
}

struct Run<'a> {
    bench: &'a Rc<Bench>,
    kind: Kind,
    settings: Settings,
}

impl Run<'_> {
    /// A workload of the server's, from its fresh topic to its final figures.
    async fn publish(&self) -> Result<(), Trouble> {
        let demo = self.kind == Kind::Demo;
        let duration_s = if demo {
            Settings::DEMO_S
        } else {
            self.settings.duration_s
        };
        self.bench.show(Phase::Opening);
        self.synchronise().await;
        let prepared = prepare_run(
            self.settings.workload(duration_s),
            self.settings.poll_interval_ms,
        )
        .await?;
        self.open(&prepared.topic, Some(prepared.cursor)).await?;
        // The lanes may have taken long to open.
        self.bench.synchronise().await;
        self.bench.model.borrow_mut().start(now());
        self.say(&prepared.run, Some(RunCommand::Start)).await?;
        let total_ms = f64::from(duration_s) * 1e3;
        self.bench
            .board
            .change(|state| state.progress.total_ms = total_ms);
        self.bench.show(Phase::Running);
        let last_seq = self.while_publishing(&prepared.run, total_ms).await?;
        if demo {
            return Ok(());
        }
        self.bench.show(Phase::Draining);
        self.drain(last_seq).await;
        self.bench.synchronise().await;
        self.bench.close_clients();
        self.bench.model.borrow_mut().close(last_seq);
        self.bench.judge();
        self.bench.show(Phase::Ended);
        Ok(())
    }

    /// A topic that others publish to: for as long as the visitor likes.
    async fn watch(&self) -> Result<(), Trouble> {
        let Some(topic) = self.bench.board.read(|state| state.run.topic.clone()) else {
            return Ok(());
        };
        self.bench.show(Phase::Opening);
        self.synchronise().await;
        self.open(&topic, None).await?;
        self.bench.model.borrow_mut().start(now());
        self.bench.show(Phase::Watching);
        let mut rounds = Rounds::new();
        loop {
            sleep(LOOK_MS).await;
            rounds.go(self.bench).await;
        }
    }

    async fn synchronise(&self) {
        for _ in 0..EXCHANGES {
            self.bench.synchronise().await;
        }
    }

    /// Opens the lanes and waits for them; what has not opened by then is given up.
    async fn open(&self, topic: &TopicName, after: Option<Cursor>) -> Result<(), Trouble> {
        let lanes = self.settings.lanes;
        let wanted = fit(lanes, 0).held;
        let elsewhere = self.bench.tabs.elsewhere(wanted).await;
        let fit = fit(lanes, elsewhere);
        if fit.open.iter().next().is_none() {
            return Err(Trouble::NoLanes);
        }
        self.bench
            .board
            .change(|state| state.run.topic = Some(topic.clone()));
        self.bench.open(fit, topic, after, self.settings.pace());
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
    async fn say(&self, run: &str, command: Option<RunCommand>) -> Result<RunStatus, Trouble> {
        let mut tries = 0;
        loop {
            let told = match command {
                Some(command) => command_run(run.to_owned(), command).await,
                None => run_status(run.to_owned()).await,
            };
            match told {
                Err(error) if error.code == NETWORK && tries < TRIES => tries += 1,
                told => return Ok(told?),
            }
            sleep(TRY_MS).await;
        }
    }

    /// Until the server has published all, or is told to stop; gives the last event's number.
    async fn while_publishing(&self, run: &str, total_ms: f64) -> Result<u64, Trouble> {
        let mut rounds = Rounds::new();
        loop {
            sleep(LOOK_MS).await;
            let command = match self.bench.take_wish() {
                _ if self.kind == Kind::Demo && rounds.hidden_ms() > HIDDEN_MS => {
                    Some(RunCommand::Stop)
                }
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
        let deadline = now() + self.settings.drain_ms();
        while !self.bench.model.borrow().drained(last_seq) && now() < deadline {
            if self.bench.take_wish() == Some(Wish::Stop) {
                return;
            }
            sleep(LOOK_MS / 2.0).await;
        }
    }
}
