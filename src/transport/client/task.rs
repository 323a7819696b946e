//! A future that ends when its handle is dropped: at once, not when it would next be polled, so
//! that a page on its way out leaves nothing open.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use futures::future::LocalBoxFuture;
use wasm_bindgen_futures::spawn_local;

/// A running future. Dropping it drops the future.
pub(super) struct Task(Rc<Slot>);

struct Slot {
    /// Borrowed while the future is polled; empty when it has ended.
    future: RefCell<Option<LocalBoxFuture<'static, ()>>>,
    /// The handle was dropped while the future was being polled: it ends when that returns.
    over: Cell<bool>,
}

impl Slot {
    fn clear(&self) {
        // The borrow ends before the future is dropped: what it drops may come back here.
        let future = self
            .future
            .try_borrow_mut()
            .ok()
            .and_then(|mut slot| slot.take());
        drop(future);
    }
}

impl Task {
    /// Runs `future`, beginning after the present turn.
    pub(super) fn spawn(future: LocalBoxFuture<'static, ()>) -> Self {
        let slot = Rc::new(Slot {
            future: RefCell::new(Some(future)),
            over: Cell::new(false),
        });
        spawn_local(Runner(Rc::clone(&slot)));
        Self(slot)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.over.set(true);
        self.0.clear();
    }
}

struct Runner(Rc<Slot>);

impl Future for Runner {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let ended = match self.0.future.try_borrow_mut() {
            Ok(mut slot) => slot
                .as_mut()
                .is_none_or(|future| future.as_mut().poll(context).is_ready()),
            Err(_) => return Poll::Pending,
        };
        if ended || self.0.over.get() {
            self.0.clear();
            return Poll::Ready(());
        }
        Poll::Pending
    }
}
