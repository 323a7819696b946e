//! What the browser's clients share. A client reads one topic over one transport and tells what
//! happens as [`Signal`]s.
//!
//! # Use
//! ```ignore
//! let client = open(Transport::Sse, target, pace, move |signal| model.note(signal));
//! ```
//!
//! # Clean-up
//! Dropping the [`Client`] ends it at once: requests are aborted, streams and sockets closed,
//! timers and listeners taken away, and no signal comes any more. It may be dropped from inside
//! its own sink.
//!
//! Leaving the page (`pagehide`) closes everything too, so that no subscriber is left on the
//! server; when the page comes back from the browser's cache (`pageshow`), the client goes on
//! from its cursor. `offline` closes and tries again after a pause, `online` cuts a pause short.
//!
//! # On the server
//! Nothing: clients are compiled for the browser only.
//!
//! # Inside
//! A client is one task (`task`) that tells its signals through a `line`, which holds the cursor.
//! Transports that ask again and again run the loop in `asking`, those on which the server
//! speaks by itself the loop in `streaming`; a transport's own `client.rs` is what is left: how
//! *it* asks, or listens.

pub(crate) mod asking;
pub(crate) mod fetch;
pub(crate) mod line;
pub(crate) mod listening;
pub(crate) mod streaming;
mod task;
pub(crate) mod timer;

use std::{
    cell::RefCell,
    fmt,
    rc::{Rc, Weak},
};

use futures::future::LocalBoxFuture;
use wasm_bindgen::JsCast as _;
use web_sys::{Event, Performance, window};

use self::{line::Line, listening::Listening, task::Task};
use super::{
    Pace, Signal, Target, Transport, long_polling, polling,
    retry::{CAP_MS, reason},
    server_fn, sse, websocket,
};

/// Where a client's signals go.
pub type Sink = Box<dyn Fn(Signal)>;

/// Opens a client of `transport` for `target`; `sink` hears what happens, in order, beginning
/// after this function has returned.
pub fn open(
    transport: Transport,
    target: Target,
    pace: Pace,
    sink: impl Fn(Signal) + 'static,
) -> Client {
    let sink: Sink = Box::new(sink);
    match transport {
        Transport::Polling => polling::client::open(target, pace, sink),
        Transport::LongPolling => long_polling::client::open(target, pace, sink),
        Transport::Sse => sse::client::open(target, pace, sink),
        Transport::WebSocket => websocket::client::open(target, pace, sink),
        Transport::ServerFnPolling => server_fn::client::open_polling(target, pace, sink),
        Transport::ServerFnLongPolling => server_fn::client::open_long_polling(target, pace, sink),
        Transport::ServerFnWebSocket => server_fn::client::open_websocket(target, pace, sink),
    }
}

thread_local! {
    static CLOCK: Option<Performance> = window().and_then(|window| window.performance());
}

/// The browser's clock, `performance.now()`: ms since the page began, never stepping back. Its
/// step is 0.1 ms in Chromium and 1 ms in the other engines; 0.005 and 0.02 ms where the page is
/// cross-origin isolated.
pub fn now() -> f64 {
    CLOCK.with(|clock| clock.as_ref().map_or(0.0, Performance::now))
}

/// What a client does from its opening to its end; called anew when it was interrupted, to go on
/// from the line's cursor.
pub(crate) type Job = Box<dyn Fn(Rc<Line>) -> LocalBoxFuture<'static, ()>>;

/// A client at work. Dropping it ends the client: requests aborted, streams and sockets closed.
#[must_use = "dropping a client ends it"]
pub struct Client {
    keeper: Rc<Keeper>,
    _page: Option<Listening>,
}

impl Client {
    /// Sets a client to its job.
    pub(crate) fn start(target: Target, sink: Sink, job: Job) -> Self {
        let keeper = Rc::new(Keeper {
            line: Rc::new(Line::new(target, sink)),
            job,
            task: RefCell::new(None),
        });
        keeper.start(0.0);
        let page = window().map(|window| {
            let keeper = Rc::downgrade(&keeper);
            Listening::new(
                window.into(),
                &["pagehide", "pageshow", "offline", "online"],
                Box::new(move |at, event| heed(&keeper, at, &event)),
            )
        });
        Self {
            keeper,
            _page: page,
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.keeper.line.end();
        self.keeper.stop();
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// What the page's comings and goings interrupt and set going again.
struct Keeper {
    line: Rc<Line>,
    job: Job,
    task: RefCell<Option<Task>>,
}

impl Keeper {
    /// Begins the job, or begins it anew, after a pause in ms.
    fn start(self: &Rc<Self>, pause_ms: f64) {
        self.stop();
        let keeper = Rc::downgrade(self);
        let task = Task::spawn(Box::pin(async move {
            let Some(line) = keeper.upgrade().map(|keeper| Rc::clone(&keeper.line)) else {
                return;
            };
            if pause_ms > 0.0 {
                line.rest(pause_ms).await;
            }
            let job = keeper.upgrade().map(|keeper| (keeper.job)(line));
            if let Some(job) = job {
                job.await;
            }
        }));
        self.task.replace(Some(task));
    }

    /// Drops what is under way, and with it all requests, streams, sockets and timers.
    fn stop(&self) {
        // Taken out first: what is dropped may come back here.
        let task = self.task.take();
        drop(task);
        self.line.wake();
    }
}

/// Does what a change of the page or the network asks for.
fn heed(keeper: &Weak<Keeper>, at: f64, event: &Event) {
    let Some(keeper) = keeper.upgrade() else {
        return;
    };
    if keeper.line.is_over() {
        return;
    }
    let closed = |reason: &str| {
        let reason = reason.to_owned();
        keeper.line.tell(Signal::Closed { at, reason });
    };
    match event.type_().as_str() {
        "pagehide" => {
            keeper.stop();
            closed(reason::PAGE_HIDDEN);
        }
        "pageshow" => {
            let restored = event
                .dyn_ref::<web_sys::PageTransitionEvent>()
                .is_some_and(web_sys::PageTransitionEvent::persisted);
            if restored {
                keeper.start(0.0);
            }
        }
        // The browser's word for "no network" says nothing of a server on this very machine, so
        // it is tried again also when no `online` follows.
        "offline" => {
            keeper.stop();
            closed(reason::OFFLINE);
            keeper.start(CAP_MS);
        }
        "online" if keeper.line.is_resting() => keeper.start(0.0),
        _ => {}
    }
}
