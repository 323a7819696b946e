//! Listeners that are taken away again.

use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{Event, EventTarget};

use super::now;

/// What is called with the time of receipt and the event.
pub(crate) type Hear = Box<dyn FnMut(f64, Event)>;

/// A callback on some kinds of a target's events. Dropped, it no longer listens.
pub(crate) struct Listening {
    target: EventTarget,
    kinds: &'static [&'static str],
    callback: Closure<dyn FnMut(Event)>,
}

impl Listening {
    /// Listens to `kinds` of events on `target`.
    pub(crate) fn new(target: EventTarget, kinds: &'static [&'static str], mut hear: Hear) -> Self {
        let callback = Closure::<dyn FnMut(Event)>::new(move |event| {
            // The time of receipt comes before anything else.
            let at = now();
            hear(at, event);
        });
        for kind in kinds {
            // It fails for no kind of event; a target that never speaks is found by its time-out.
            let function = callback.as_ref().unchecked_ref();
            let _ = target.add_event_listener_with_callback(kind, function);
        }
        Self {
            target,
            kinds,
            callback,
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        for kind in self.kinds {
            let function = self.callback.as_ref().unchecked_ref();
            let _ = self
                .target
                .remove_event_listener_with_callback(kind, function);
        }
    }
}
