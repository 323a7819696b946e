//! What a run is carried through with: model, clock, clients, and the board that shows it.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    rc::Rc,
};

use futures::future::{AbortHandle, abortable};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use web_sys::{BeforeUnloadEvent, window};

use crate::{
    lab::{
        bias::Bias,
        board::{Board, Posted, Saved},
        budget::Fit,
        clock::ClockLine,
        counting::counters,
        figures::Figures,
        flags::{About, flags},
        instrument,
        judgement::Judgement,
        memory,
        model::Model,
        request::{Body, json, request, whole},
        run::{Kind, Phase, Progress, RunView},
        settings::{Lanes, Settings},
        tabs::Tabs,
        watch::{Watch, is_hidden},
    },
    runs::types::{Flag, Mode, Recording},
    transport::{
        client::{Client, listening::Listening, now},
        retry::{judge, reason},
    },
};

/// What the visitor wants of a run that is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Stand still.
    Pause,
    /// Go on.
    Resume,
    /// Come to an end.
    Stop,
}

/// What a run is begun as.
#[derive(Debug, Clone)]
pub(super) struct Task {
    /// What it is for.
    pub(super) kind: Kind,
    /// In which order its lanes are fed.
    pub(super) mode: Mode,
    /// What it runs with.
    pub(super) settings: Settings,
}

/// The bench on which one run at a time is set up.
pub(super) struct Bench {
    pub(super) board: Board,
    pub(super) model: Rc<RefCell<Model>>,
    pub(super) tabs: Tabs,
    clock: ClockLine,
    /// The clients at work, each with its lane's number.
    pub(super) clients: RefCell<Vec<(usize, Client)>>,
    /// Which lanes the run has.
    pub(super) fit: RefCell<Fit>,
    /// The account of the run's lanes on the server, a part of their names.
    pub(super) account: Cell<u32>,
    /// The run that has ended and is to be kept.
    pub(super) recording: RefCell<Option<Recording>>,
    wish: Cell<Option<Wish>>,
    life: RefCell<Option<AbortHandle>>,
    /// Asks before the page is left, while there is something to lose.
    guard: RefCell<Option<Listening>>,
    turn: Cell<u32>,
    _watch: Watch,
}

impl Bench {
    pub(super) fn new(board: Board) -> Rc<Self> {
        let instrument = instrument::look();
        let model = Model::new(instrument.step_ms).away(instrument.distance_ms);
        let model = Rc::new(RefCell::new(model));
        let bias = memory::recall(&Bias::key(&instrument));
        let bias = bias.and_then(|text| Bias::from_text(&text));
        board.change(|state| {
            state.instrument.clone_from(&instrument);
            state.bias.clone_from(&bias);
        });
        let noting = Rc::clone(&model);
        Rc::new(Self {
            board,
            tabs: Tabs::new(),
            clock: ClockLine::new(move |exchange| noting.borrow_mut().exchange(exchange)),
            clients: RefCell::default(),
            fit: RefCell::default(),
            account: Cell::new(0),
            recording: RefCell::new(None),
            wish: Cell::new(None),
            life: RefCell::new(None),
            guard: RefCell::new(None),
            turn: Cell::new(0),
            _watch: Watch::new(&model),
            model,
        })
    }

    /// Ends what is going on: life, clients, claims.
    pub(super) fn clear(&self) {
        if let Some(life) = self.life.take() {
            life.abort();
        }
        self.close_clients();
        self.end();
        self.guard.take();
        self.wish.set(None);
        self.next_turn();
    }

    /// Lets a run live, until it ends or is cleared away.
    pub(super) fn live(&self, kind: Kind, life: impl Future<Output = ()> + 'static) {
        let (life, handle) = abortable(life);
        self.life.replace(Some(handle));
        self.recording.take();
        self.board.change(|state| {
            state.progress = Progress::default();
            state.judgement = Judgement::default();
            state.twins.clear();
            state.saved = Saved::default();
            let topic = state.run.topic.take().filter(|_| kind == Kind::External);
            state.run = RunView {
                kind,
                topic,
                settings: state.settings.clone(),
                ..RunView::default()
            };
        });
        if kind == Kind::Measurement {
            self.guard.replace(guard());
        }
        spawn_local(async move {
            // Aborted: another life has begun, or none is wanted.
            let _ = life.await;
        });
    }

    /// A number that is the latest until the next is taken.
    pub(super) fn next_turn(&self) -> u32 {
        self.turn.set(self.turn.get().wrapping_add(1));
        self.turn.get()
    }

    /// Whether that number is the latest.
    pub(super) fn is_turn(&self, turn: u32) -> bool {
        self.turn.get() == turn
    }

    /// Leaves a wish for the run to find.
    pub(super) fn wish(&self, wish: Wish) {
        self.wish.set(Some(wish));
    }

    /// Takes the wish, if there is one.
    pub(super) fn take_wish(&self) -> Option<Wish> {
        self.wish.take()
    }

    /// Shows where the run stands. The figures come first, so that whoever waits for the phase
    /// finds them.
    pub(super) fn show(&self, phase: Phase) {
        self.show_figures();
        if !phase.is_live() {
            self.guard.take();
        }
        self.board.change(|state| state.run.phase = phase);
    }

    /// Puts the lanes' figures on the board, where they have changed.
    pub(super) fn show_figures(&self) {
        let model = self.model.borrow();
        let figures: Vec<_> = Lanes::ALL
            .iter()
            .map(|transport| model.lane(*transport).map_or(Figures::NONE, Figures::of))
            .collect();
        if self.board.read(|state| state.figures != figures) {
            self.board
                .change(|state| state.figures.clone_from(&figures));
        }
    }

    /// What may have disturbed the run so far; puts it on the board as well.
    pub(super) fn show_flags(&self) -> Vec<Flag> {
        let model = self.model.borrow();
        let flags = self.board.read(|state| {
            let about = About {
                settings: &state.run.settings,
                instrument: &state.instrument,
                lateness_us: state.run.lateness_p99_us,
                now: now(),
            };
            flags(&model, about)
        });
        drop(model);
        if self.board.read(|state| state.flags != flags) {
            self.board.change(|state| state.flags.clone_from(&flags));
        }
        flags
    }

    /// Notes that the run was looked at, so many ms after the look was due.
    pub(super) fn looked(&self, late_ms: f64) {
        let mut model = self.model.borrow_mut();
        model.disturb().hidden(is_hidden(), now());
        model.disturb().looked(late_ms);
    }

    /// Asks the server what it has counted of a lane that has asked for anything.
    pub(super) async fn count(&self, index: usize) {
        let has_asked = |model: &Model| {
            let lane = model.lanes().get(index);
            lane.is_some_and(|lane| lane.requests > 0)
        };
        if !has_asked(&self.model.borrow()) {
            return;
        }
        let seat = self.fit.borrow().open.get(index).copied();
        let name = seat.and_then(|seat| seat.name(self.account.get()));
        let Some(name) = name else { return };
        if let Some(told) = counters(&name).await {
            self.model.borrow_mut().count(index, told, now());
        }
    }

    /// Asks the server what it has counted of all lanes, one after the other.
    pub(super) async fn count_all(&self) {
        let lanes = self.fit.borrow().open.len();
        for index in 0..lanes {
            self.count(index).await;
        }
    }

    /// Exchanges clocks once, and shows what is known of the clock then.
    pub(super) async fn synchronise(&self) {
        self.clock.exchange().await;
        self.show_clock();
    }

    /// Puts what is known of the clock on the board.
    pub(super) fn show_clock(&self) {
        let model = self.model.borrow();
        let error = model.clock_error_us(now());
        let trip = model.clock().round_trip_us();
        drop(model);
        self.board.change(|state| {
            state.instrument.clock_error_ms = error.map(|us| us / 1e3);
            state.instrument.round_trip_ms = trip.map(|us| us / 1e3);
        });
    }

    /// A lane's turn is over, and its client closed: what it has not seen up to `upto` is lost.
    pub(super) fn dismiss(&self, index: usize, upto: u64) {
        self.model.borrow_mut().dismiss(index, upto, now());
    }

    /// The run is over without final figures.
    pub(super) fn end(&self) {
        self.model.borrow_mut().end(now());
    }

    /// Publishes the visitor's own text into the topic that is read.
    pub(super) async fn post(&self, text: &str) {
        let Some(topic) = self.board.read(|state| state.run.topic.clone()) else {
            return;
        };
        self.board.change(|state| state.posted = Posted::Sending);
        self.model.borrow_mut().expect(text);
        let answer = request(
            &format!("/api/topics/{topic}/events"),
            Some(Body::Text(text)),
        )
        .await;
        let posted = match answer {
            Some(answer) if answer.status == 201 => {
                Posted::Done(whole(&json(&answer.body), "seq").unwrap_or_default())
            }
            Some(answer) => {
                Posted::Refused(judge(answer.status, &answer.body, None).reason().to_owned())
            }
            None => Posted::Refused(reason::NETWORK.to_owned()),
        };
        self.board.change(|state| state.posted.clone_from(&posted));
    }
}

/// Asks before the page is left: the browser words the question itself.
fn guard() -> Option<Listening> {
    let hear = |_, event: web_sys::Event| {
        event.prevent_default();
        if let Some(event) = event.dyn_ref::<BeforeUnloadEvent>() {
            event.set_return_value("leave");
        }
    };
    window().map(|window| Listening::new(window.into(), &["beforeunload"], Box::new(hear)))
}
