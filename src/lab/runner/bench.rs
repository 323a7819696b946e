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
    event::{Cursor, LaneName, TopicName},
    lab::{
        board::{Board, Posted},
        budget::{Fit, opening_order},
        clock::ClockLine,
        figures::Figures,
        instrument,
        judgement::Judgement,
        model::Model,
        request::{json, request, whole},
        run::{Kind, Phase, Progress, RunView},
        settings::Lanes,
        tabs::Tabs,
    },
    transport::{
        Pace, Target, Transport,
        client::{self, Client, listening::Listening, now},
        retry::judge,
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

/// The bench on which one run at a time is set up.
pub(super) struct Bench {
    pub(super) board: Board,
    pub(super) model: Rc<RefCell<Model>>,
    pub(super) tabs: Tabs,
    clock: ClockLine,
    clients: RefCell<Vec<(Transport, Client)>>,
    wish: Cell<Option<Wish>>,
    life: RefCell<Option<AbortHandle>>,
    /// Asks before the page is left, while there is something to lose.
    guard: RefCell<Option<Listening>>,
    turn: Cell<u32>,
}

impl Bench {
    pub(super) fn new(board: Board) -> Rc<Self> {
        let instrument = instrument::look();
        let model = Rc::new(RefCell::new(Model::new(instrument.step_ms)));
        board.change(|state| state.instrument.clone_from(&instrument));
        let noting = Rc::clone(&model);
        Rc::new(Self {
            board,
            model,
            tabs: Tabs::new(),
            clock: ClockLine::new(move |exchange| noting.borrow_mut().exchange(exchange)),
            clients: RefCell::default(),
            wish: Cell::new(None),
            life: RefCell::new(None),
            guard: RefCell::new(None),
            turn: Cell::new(0),
        })
    }

    /// Ends what is going on: life, clients, claims.
    pub(super) fn clear(&self) {
        if let Some(life) = self.life.take() {
            life.abort();
        }
        self.close_clients();
        self.model.borrow_mut().end();
        self.guard.take();
        self.wish.set(None);
        self.next_turn();
    }

    /// Lets a run live, until it ends or is cleared away.
    pub(super) fn live(&self, kind: Kind, life: impl Future<Output = ()> + 'static) {
        let (life, handle) = abortable(life);
        self.life.replace(Some(handle));
        self.board.change(|state| {
            state.progress = Progress::default();
            state.judgement = Judgement::default();
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

    /// Puts what may be said about the lanes on the board; gives what that took, ms.
    pub(super) fn judge(&self) -> f64 {
        self.show_clock();
        let begun = now();
        let step_ms = self.board.read(|state| state.instrument.step_ms);
        let judgement = self.model.borrow().judge(step_ms);
        self.board
            .change(|state| state.judgement.clone_from(&judgement));
        now() - begun
    }

    /// Exchanges clocks once, and shows what is known of the clock then.
    pub(super) async fn synchronise(&self) {
        self.clock.exchange().await;
        self.show_clock();
    }

    /// Puts what is known of the clock on the board.
    fn show_clock(&self) {
        let model = self.model.borrow();
        let error = model.clock_error_us(now());
        let trip = model.clock().round_trip_us();
        drop(model);
        self.board.change(|state| {
            state.instrument.clock_error_ms = error.map(|us| us / 1e3);
            state.instrument.round_trip_ms = trip.map(|us| us / 1e3);
        });
    }

    /// Opens the lanes that fit, WebSockets first.
    pub(super) fn open(
        self: &Rc<Self>,
        fit: Fit,
        topic: &TopicName,
        after: Option<Cursor>,
        pace: Pace,
    ) {
        self.tabs.hold(fit.held);
        self.model.borrow_mut().begin(fit, after, pace, now());
        let account = account();
        for transport in opening_order(fit.open) {
            let Ok(lane) = format!("{account:08x}-{}", transport.slug()).parse::<LaneName>() else {
                continue;
            };
            let target = Target {
                topic: topic.clone(),
                after,
                lane,
            };
            let model = Rc::downgrade(&self.model);
            let opened = client::open(transport, target, pace, move |signal| {
                if let Some(model) = model.upgrade() {
                    model.borrow_mut().take(transport, signal);
                }
            });
            self.clients.borrow_mut().push((transport, opened));
        }
    }

    /// Closes the clients of the lanes that have not opened.
    pub(super) fn give_up_late(&self) {
        let late = self.model.borrow_mut().give_up_late();
        let (gone, kept) = self
            .clients
            .take()
            .into_iter()
            .partition::<Vec<_>, _>(|(transport, _)| late.contains(transport));
        self.clients.replace(kept);
        drop(gone);
    }

    /// Closes all clients.
    pub(super) fn close_clients(&self) {
        // Taken out first: what is dropped may come back here.
        let clients = self.clients.take();
        drop(clients);
        self.tabs.hold(0);
    }

    /// Publishes the visitor's own text into the topic that is read.
    pub(super) async fn post(&self, text: &str) {
        let Some(topic) = self.board.read(|state| state.run.topic.clone()) else {
            return;
        };
        self.board.change(|state| state.posted = Posted::Sending);
        self.model.borrow_mut().expect(text);
        let answer = request(&format!("/api/topics/{topic}/events"), Some(text)).await;
        let posted = match answer {
            Some(answer) if answer.status == 201 => {
                Posted::Done(whole(&json(&answer.body), "seq").unwrap_or_default())
            }
            Some(answer) => {
                Posted::Refused(judge(answer.status, &answer.body, None).reason().to_owned())
            }
            None => Posted::Refused(String::new()),
        };
        self.board.change(|state| state.posted.clone_from(&posted));
    }
}

/// The account of a run's lanes on the server, a part of their names.
fn account() -> u32 {
    // Below 2³², so that nothing is lost.
    (js_sys::Math::random() * 4_294_967_296.0) as u32
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
