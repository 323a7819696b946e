//! The browser's side of the exchanges of clocks: over a WebSocket, whose frames are quick, or
//! by fetch where there is none.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use futures::channel::oneshot;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{MessageEvent, WebSocket, window};

use super::request::{json, member, request, whole};
use crate::{
    stats::Exchange,
    transport::{
        client::{
            listening::Listening,
            now,
            timer::{sleep, within},
        },
        websocket,
    },
};

/// Where the server tells its time.
const ADDRESS: &str = "/api/clock";
/// How long an answer, or the socket's opening, may take before it is given up, ms.
const PATIENCE_MS: f64 = 1_000.0;

/// A line to the server's clock. The socket stays open from the first exchange on, until the page
/// is left; it does not count among the browser's six connections.
pub(super) struct ClockLine {
    socket: Rc<RefCell<Option<Socket>>>,
    shared: Rc<Shared>,
    _page: Option<Listening>,
}

/// What an answer is given to.
struct Shared {
    note: Box<dyn Fn(Exchange)>,
    answered: RefCell<Option<oneshot::Sender<()>>>,
    opened: RefCell<Option<oneshot::Sender<()>>>,
    broken: Cell<bool>,
}

struct Socket {
    socket: WebSocket,
    _listening: Listening,
}

impl Drop for Socket {
    fn drop(&mut self) {
        websocket::client::close(&self.socket);
    }
}

impl ClockLine {
    /// A line that gives every exchange to `note`.
    pub(super) fn new(note: impl Fn(Exchange) + 'static) -> Self {
        let socket = Rc::new(RefCell::new(None));
        let left = Rc::clone(&socket);
        // A page that comes back from the browser's cache opens another one.
        let leave = move |_, _| drop(left.take());
        let page =
            window().map(|window| Listening::new(window.into(), &["pagehide"], Box::new(leave)));
        Self {
            socket,
            _page: page,
            shared: Rc::new(Shared {
                note: Box::new(note),
                answered: RefCell::new(None),
                opened: RefCell::new(None),
                broken: Cell::new(false),
            }),
        }
    }

    /// Exchanges clocks once, and waits for the answer.
    pub(super) async fn exchange(&self) {
        if !self.by_socket().await {
            self.by_fetch().await;
        }
    }

    /// `false` when there is no socket or it did not answer.
    async fn by_socket(&self) -> bool {
        if self.shared.broken.replace(false) {
            self.socket.take();
        }
        if self.socket.borrow().is_none() && !self.connect().await {
            self.socket.take();
            return false;
        }
        let (answer, answered) = oneshot::channel();
        self.shared.answered.replace(Some(answer));
        let sent = self.socket.borrow().as_ref().is_some_and(|socket| {
            socket
                .socket
                .send_with_str(&in_ns(now()).to_string())
                .is_ok()
        });
        let answered = sent && matches!(within(PATIENCE_MS, answered).await, Some(Ok(())));
        if !answered {
            self.socket.take();
        }
        answered
    }

    async fn connect(&self) -> bool {
        // `http` becomes `ws`, `https` becomes `wss`.
        let address = origin().map(|origin| origin.replacen("http", "ws", 1) + ADDRESS);
        let Some(socket) = address.and_then(|address| WebSocket::new(&address).ok()) else {
            return false;
        };
        let (open, opened) = oneshot::channel();
        self.shared.opened.replace(Some(open));
        let shared = Rc::clone(&self.shared);
        let hear = move |at, event: web_sys::Event| shared.hear(at, &event);
        let target = socket.clone().into();
        let listening = Listening::new(target, &["open", "message", "close"], Box::new(hear));
        self.socket.replace(Some(Socket {
            socket,
            _listening: listening,
        }));
        matches!(within(PATIENCE_MS, opened).await, Some(Ok(())))
    }

    async fn by_fetch(&self) {
        let sent_ms = now();
        let Some(answer) = request(ADDRESS, None).await else {
            sleep(PATIENCE_MS).await;
            return;
        };
        self.shared.note(sent_ms, &json(&answer.body), answer.at);
    }
}

impl Shared {
    /// Takes in what the server told, if it did.
    fn note(&self, sent_ms: f64, told: &JsValue, returned_ms: f64) {
        let times = (whole(told, "received"), whole(told, "sent"));
        if let (Some(received_us), Some(answered_us)) = times {
            (self.note)(Exchange {
                sent_ms,
                received_us,
                answered_us,
                returned_ms,
            });
        }
    }

    fn hear(&self, at: f64, event: &web_sys::Event) {
        match event.type_().as_str() {
            "open" => ring(&self.opened),
            "close" => {
                self.broken.set(true);
                // Whoever waits need not wait longer.
                self.opened.take();
                self.answered.take();
            }
            _ => {
                let text = event
                    .dyn_ref::<MessageEvent>()
                    .and_then(|message| message.data().as_string());
                let told = json(&text.unwrap_or_default());
                let echo = member(&told, "echo").as_string();
                if let Some(sent) = echo.and_then(|echo| echo.parse::<u64>().ok()) {
                    self.note(sent as f64 / 1e6, &told, at);
                    ring(&self.answered);
                }
            }
        }
    }
}

/// Where clocks are exchanged: directly with the server, also where the page is seen from a
/// distance, so that the clock error does not grow with it.
fn origin() -> Option<String> {
    let window = window()?;
    let lab = window.document()?.query_selector("[data-clock-origin]");
    let direct = lab
        .ok()?
        .and_then(|lab| lab.get_attribute("data-clock-origin"));
    direct.or_else(|| window.location().origin().ok())
}

/// A time in whole ns, as it travels to the server and back. Parsing a number with a point takes
/// ten KiB of tables, which do not compress.
fn in_ns(ms: f64) -> u64 {
    (ms * 1e6) as u64
}

fn ring(bell: &RefCell<Option<oneshot::Sender<()>>>) {
    // Nobody waits any more: then it is not needed either.
    let _ = bell.take().map(|bell| bell.send(()));
}
