//! A run in turn: lane after lane, each alone for a block.

use super::{
    bench::Wish,
    life::{LOOK_MS, OPEN_MS, Run},
    opening::Source,
    rounds::Rounds,
};
use crate::{
    event::Cursor,
    lab::{
        api::{PreparedRun, RunCommand, RunState},
        budget::Fit,
        lane::State,
        run::{Phase, Trouble},
        turns::order,
    },
    transport::{
        Transport,
        client::{now, timer::sleep},
    },
};

/// How long a lane has for the rest of its block's events once a later one has come, ms: what
/// comes after its successor is out of order, not under way.
const OVERTAKEN_MS: f64 = 1_000.0;
/// How long it has otherwise, beside a poll interval, ms.
const DRAIN_MS: f64 = 5_000.0;

impl Run<'_> {
    /// Gives every lane its turns; gives the number of the last event that a lane has accounted
    /// for.
    pub(super) async fn in_turn(&self, prepared: &PreparedRun, fit: &Fit) -> Result<u64, Trouble> {
        let (bench, settings) = (self.bench, &self.task.settings);
        bench.model.borrow_mut().take_turns();
        let topic = &prepared.topic;
        let rounds = settings.blocks;
        let order = order(fit.open.len(), rounds, settings.seed.into());
        let all = u32::try_from(order.len()).unwrap_or(u32::MAX);
        bench.board.change(|state| {
            state.run.topic = Some(topic.clone());
            state.progress.blocks = (0, all);
        });
        self.start(&prepared.run).await?;
        let mut cursor = prepared.cursor;
        let mut rounds = Rounds::new();
        for (block, &index) in (0..).zip(&order) {
            let source = self.source(topic, Some(cursor));
            let turn = Turn { index, block };
            if self.turn(turn, &source, &mut rounds).await {
                cursor.seq = self.account(turn, &prepared.run).await?;
            }
            bench.close(|of| of == index);
            bench.dismiss(index, cursor.seq);
            // Between two turns, where it disturbs no block.
            rounds.go(bench).await;
            bench
                .board
                .change(|state| state.progress.blocks = (block + 1, all));
            if !bench.model.borrow().any_takes_part() {
                return Err(Trouble::NoneOpened);
            }
            if bench.take_wish() == Some(Wish::Stop) {
                break;
            }
        }
        bench.show(Phase::Draining);
        self.say(&prepared.run, Some(RunCommand::Stop)).await?;
        Ok(cursor.seq)
    }

    /// Opens the lane and lets its block pass; `false` when the lane has not opened.
    async fn turn(&self, turn: Turn, source: &Source<'_>, rounds: &mut Rounds) -> bool {
        let bench = self.bench;
        let Turn { index, block } = turn;
        if !self.is_fit(index) {
            return false;
        }
        let seen = source.after.map_or(0, |cursor: Cursor| cursor.seq);
        bench.model.borrow_mut().call(index, seen);
        bench.open(index, source);
        let deadline = now() + OPEN_MS;
        while self.state(index) != Some(State::Open) {
            if now() > deadline || self.state(index) == Some(State::Failed) {
                bench.give_up_late();
                return false;
            }
            sleep(LOOK_MS / 10.0).await;
        }
        // Ticks begin with the lane: a window that began with them, too, would always hold the
        // same places of the interval.
        if self.polls(index) {
            let interval_ms = f64::from(self.task.settings.poll_interval_ms);
            sleep(js_sys::Math::random() * interval_ms).await;
        }
        let block_ms = bench.model.borrow().block_us() as f64 / 1e3;
        let begun = now();
        bench.model.borrow_mut().measure(index, block, begun);
        while now() < begun + block_ms {
            let left_ms = begun + block_ms - now();
            let due = now() + left_ms.min(LOOK_MS);
            sleep(left_ms.min(LOOK_MS)).await;
            bench.looked(now() - due);
            rounds.pass(bench);
        }
        true
    }

    /// The block is over: waits for what was published in it, and gives the last number that the
    /// lane accounts for, where the next lane opens.
    async fn account(&self, turn: Turn, run: &str) -> Result<u64, Trouble> {
        let bench = self.bench;
        let status = self.say(run, None).await?;
        bench
            .board
            .change(|state| state.run.lateness_p99_us = status.lateness_p99_us);
        if status.state == RunState::Ended {
            bench.wish(Wish::Stop);
        }
        let highest = || {
            let model = bench.model.borrow();
            let lane = model.lanes().get(turn.index);
            lane.and_then(|lane| lane.ledger.highest()).unwrap_or(0)
        };
        let begun = now();
        let interval_ms = f64::from(self.task.settings.poll_interval_ms);
        let mut overtaken = None;
        loop {
            // What has come already is this lane's.
            let upto = status.published.max(highest());
            let has_all = bench.model.borrow().has_all(turn.index, upto);
            if highest() >= status.published {
                overtaken.get_or_insert(now());
            }
            let is_late = overtaken.map_or(now() - begun > interval_ms + DRAIN_MS, |since| {
                now() - since > OVERTAKEN_MS
            });
            if has_all || is_late {
                break;
            }
            sleep(LOOK_MS / 10.0).await;
        }
        // Nothing is awaited from here to the lane's end: no further event can come to it.
        Ok(status.published.max(highest()))
    }

    fn state(&self, index: usize) -> Option<State> {
        let model = self.bench.model.borrow();
        model.lanes().get(index).map(|lane| lane.state)
    }

    fn polls(&self, index: usize) -> bool {
        let model = self.bench.model.borrow();
        let lane = model.lanes().get(index);
        lane.is_some_and(|lane| lane.transport.plain() == Transport::Polling)
    }

    /// Whether the lane still has turns to take.
    fn is_fit(&self, index: usize) -> bool {
        self.state(index) == Some(State::Waiting)
    }
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy)]
struct Turn {
    /// The lane's number.
    index: usize,
    /// The block's.
    block: u32,
}
