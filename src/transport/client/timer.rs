//! The browser's timers as futures.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll},
};

use futures::{
    channel::oneshot,
    future::{Either, select},
};
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::window;

/// Waits for so many ms, for one turn where there are none. Dropped, it clears its timer.
pub(crate) fn sleep(ms: f64) -> Sleep {
    let (ring, rung) = oneshot::channel();
    let mut ring = Some(ring);
    let callback = Closure::<dyn FnMut()>::new(move || {
        // Nobody waits any more: then it is not needed either.
        let _ = ring.take().map(|ring| ring.send(()));
    });
    let id = window().and_then(|window| {
        // Rounded up: a timer that fires early would have to be set again.
        let ms = ms.max(0.0).ceil() as i32;
        let function = callback.as_ref().unchecked_ref();
        window
            .set_timeout_with_callback_and_timeout_and_arguments_0(function, ms)
            .ok()
    });
    Sleep {
        id,
        rung,
        _callback: callback,
    }
}

/// A timer under way.
pub(crate) struct Sleep {
    id: Option<i32>,
    rung: oneshot::Receiver<()>,
    _callback: Closure<dyn FnMut()>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.rung).poll(context).map(|_| ())
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let (Some(window), Some(id)) = (window(), self.id) {
            window.clear_timeout_with_handle(id);
        }
    }
}

/// The future's output, or `None` when it has not come within so many ms.
pub(crate) async fn within<F: Future>(ms: f64, future: F) -> Option<F::Output> {
    match select(pin!(future), sleep(ms)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}
