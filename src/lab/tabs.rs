//! The lab's other tabs, which share the browser's connections with this one.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use crate::transport::client::{listening::Listening, timer::sleep};

/// The channel on which the tabs speak: `ask` is answered with `held N`.
const CHANNEL: &str = "pushpull-lab";
/// How long the other tabs have for an answer, ms. One that measures or is painted may be busy for
/// some frames, and whoever does not answer in time has its connections counted as free.
const ANSWER_MS: f64 = 250.0;

/// What this tab knows and tells of the connections that stand.
pub(super) struct Tabs {
    shared: Rc<Shared>,
    _listening: Option<Listening>,
}

struct Shared {
    /// `None` where the browser has no such channel: then every tab thinks itself alone.
    channel: Option<BroadcastChannel>,
    held: Cell<usize>,
    /// What the others have answered so far, while an answer is waited for.
    elsewhere: RefCell<Option<usize>>,
}

impl Tabs {
    /// Begins to listen.
    pub(super) fn new() -> Self {
        let shared = Rc::new(Shared {
            channel: BroadcastChannel::new(CHANNEL).ok(),
            held: Cell::new(0),
            elsewhere: RefCell::new(None),
        });
        let listening = shared.channel.clone().map(|channel| {
            let shared = Rc::clone(&shared);
            let hear = move |_, event: web_sys::Event| shared.hear(&event);
            Listening::new(channel.into(), &["message"], Box::new(hear))
        });
        Self {
            shared,
            _listening: listening,
        }
    }

    /// How many connections other tabs hold. This one is about to hold `wanted`, and says so
    /// from now on: of two tabs that begin at the same moment each counts the other's.
    pub(super) async fn elsewhere(&self, wanted: usize) -> usize {
        self.hold(wanted);
        self.shared.elsewhere.replace(Some(0));
        self.shared.say("ask");
        sleep(ANSWER_MS).await;
        self.shared.elsewhere.take().unwrap_or_default()
    }

    /// Tells from now on that this tab holds so many.
    pub(super) fn hold(&self, held: usize) {
        self.shared.held.set(held);
    }
}

impl Shared {
    fn say(&self, text: &str) {
        if let Some(channel) = &self.channel {
            // It fails for a closed channel only.
            let _ = channel.post_message(&JsValue::from_str(text));
        }
    }

    fn hear(&self, event: &web_sys::Event) {
        let said = event
            .dyn_ref::<MessageEvent>()
            .and_then(|event| event.data().as_string());
        let Some(said) = said else { return };
        if said == "ask" {
            if self.held.get() > 0 {
                self.say(&format!("held {}", self.held.get()));
            }
        } else if let Some(held) = said
            .strip_prefix("held ")
            .and_then(|held| held.parse::<usize>().ok())
            && let Some(sum) = self.elsewhere.borrow_mut().as_mut()
        {
            *sum += held;
        }
    }
}
