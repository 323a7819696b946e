//! Carries runs through in the browser: opens the lanes, has the server publish, ends both.
//!
//! Receiving is apart from painting: what the clients tell goes into the [`Model`] at once; the
//! page looks at it when it paints.

mod bench;
mod in_turn;
mod judging;
mod life;
mod opening;
mod rounds;
mod saving;

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use web_sys::window;

use self::bench::{Bench, Task, Wish};
use super::{
    bias,
    board::{Board, Command},
    model::Model,
    run::{Kind, Phase},
    settings::Settings,
};
use crate::{runs::types::Mode, transport::client::timer::sleep};

/// How long the settings must rest before the demo begins anew with them, ms.
const SETTLE_MS: f64 = 400.0;

/// The lab's runs, one at a time.
#[derive(Clone)]
pub struct Runner(Rc<Bench>);

impl Runner {
    /// Sets the bench up, and starts the demo unless the visitor has asked for reduced motion.
    pub fn new(board: Board) -> Self {
        let runner = Self(Bench::new(board));
        if !prefers_reduced_motion() {
            runner.start(Kind::Demo, Mode::Together);
        }
        runner
    }

    /// Changes the settings. A demo, or a topic that is watched, soon begins anew with them.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        let mut settings = self.0.board.read(|state| state.settings.clone());
        let before = settings.clone();
        change(&mut settings);
        if matters(&before, &settings) {
            self.begin_anew();
        }
        self.0
            .board
            .change(|state| state.settings.clone_from(&settings));
    }

    /// Looks at what is known of the run.
    pub fn look<T>(&self, look: impl FnOnce(&Model) -> T) -> T {
        look(&self.0.model.borrow())
    }

    /// Puts the lanes' figures on the board.
    pub fn show_figures(&self) {
        self.0.show_figures();
    }

    /// Does what the visitor asks for.
    pub fn heed(&self, command: Command) {
        match command {
            Command::Measure => {
                let mode = self.0.board.read(|state| state.mode);
                self.start(Kind::Measurement, mode);
            }
            Command::SelfCheck => self.start(Kind::Measurement, Mode::SelfCheck),
            Command::Save => self.0.save(),
            Command::Demo => self.start(Kind::Demo, Mode::Together),
            Command::Pause => self.0.wish(Wish::Pause),
            Command::Resume => self.0.wish(Wish::Resume),
            Command::Stop => self.stop(),
            Command::Watch(topic) => {
                self.0
                    .board
                    .change(|state| state.run.topic = Some(topic.clone()));
                self.start(Kind::External, Mode::Together);
            }
            Command::Publish(text) => {
                let bench = Rc::clone(&self.0);
                spawn_local(async move { bench.post(&text).await });
            }
        }
    }

    fn start(&self, kind: Kind, mode: Mode) {
        self.0.clear();
        let mut settings = self.0.board.read(|state| state.settings.clone());
        if mode == Mode::SelfCheck {
            settings = bias::settings(settings.lanes, settings.seed, settings.blocks);
        }
        let task = Task {
            kind,
            mode,
            settings,
        };
        self.0.live(kind, life::live(Rc::clone(&self.0), task));
    }

    /// A measurement that publishes is ended properly, so that its figures are final; anything
    /// else just ends.
    fn stop(&self) {
        let (kind, phase) = self.0.board.read(|state| (state.run.kind, state.run.phase));
        let publishes = matches!(phase, Phase::Running | Phase::Paused | Phase::Draining);
        if kind == Kind::Measurement && publishes {
            self.0.wish(Wish::Stop);
        } else if phase.is_live() {
            self.0.clear();
            self.0.show(Phase::Idle);
        }
    }

    /// The settings have changed under a demo or a watched topic: they are to be seen at once.
    fn begin_anew(&self) {
        let turn = self.0.next_turn();
        let own = self.clone();
        spawn_local(async move {
            sleep(SETTLE_MS).await;
            let (kind, phase) = own.0.board.read(|state| (state.run.kind, state.run.phase));
            if own.0.is_turn(turn) && phase.is_live() && kind != Kind::Measurement {
                own.start(kind, Mode::Together);
            }
        });
    }
}

/// Whether a running demo shows the difference.
fn matters(before: &Settings, after: &Settings) -> bool {
    let same_duration = Settings {
        duration_s: after.duration_s,
        blocks: after.blocks,
        ..before.clone()
    };
    same_duration != *after
}

/// Whether the visitor has asked for reduced motion.
pub fn prefers_reduced_motion() -> bool {
    window()
        .and_then(|window| {
            window
                .match_media("(prefers-reduced-motion: reduce)")
                .ok()?
        })
        .is_some_and(|query| query.matches())
}
