//! Opening the lanes' clients, and closing them.

use std::rc::Rc;

use super::bench::Bench;
use crate::{
    event::{Cursor, TopicName},
    lab::budget::{Fit, opening_order},
    transport::{
        Pace, Target,
        client::{self, now},
    },
};

/// Where the lanes of a run read.
pub(super) struct Source<'a> {
    /// The topic.
    pub(super) topic: &'a TopicName,
    /// Behind which event; from now on where there is none.
    pub(super) after: Option<Cursor>,
    /// At which pace.
    pub(super) pace: Pace,
}

impl Bench {
    /// A new run with the lanes that fit, and a new account of theirs on the server.
    pub(super) fn seat(&self, fit: &Fit, source: &Source<'_>) {
        self.tabs.hold(fit.held);
        self.fit.borrow_mut().clone_from(fit);
        // Below 2³², so that nothing is lost.
        self.account
            .set((js_sys::Math::random() * 4_294_967_296.0) as u32);
        let mut model = self.model.borrow_mut();
        model.begin(fit, source.after, source.pace, now());
    }

    /// Opens all lanes, WebSockets first.
    pub(super) fn open_all(&self, source: &Source<'_>) {
        let order = opening_order(&self.fit.borrow().open);
        for index in order {
            self.open(index, source);
        }
    }

    /// Opens one lane.
    pub(super) fn open(&self, index: usize, source: &Source<'_>) {
        let Some(seat) = self.fit.borrow().open.get(index).copied() else {
            return;
        };
        let Some(lane) = seat.name(self.account.get()) else {
            return;
        };
        let target = Target {
            topic: source.topic.clone(),
            after: source.after,
            lane,
        };
        let model = Rc::downgrade(&self.model);
        let client = client::open(seat.transport, target, source.pace, move |signal| {
            if let Some(model) = model.upgrade() {
                model.borrow_mut().take(index, signal);
            }
        });
        self.clients.borrow_mut().push((index, client));
    }

    /// Closes the clients of the lanes that have not opened.
    pub(super) fn give_up_late(&self) {
        let late = self.model.borrow_mut().give_up_late();
        self.close(|index| late.contains(&index));
    }

    /// Closes the clients of the lanes of which `which` says so.
    pub(super) fn close(&self, which: impl Fn(usize) -> bool) {
        // Taken out first: what is dropped may come back here.
        let (gone, kept) = self
            .clients
            .take()
            .into_iter()
            .partition::<Vec<_>, _>(|(index, _)| which(*index));
        self.clients.replace(kept);
        drop(gone);
    }

    /// Closes all clients.
    pub(super) fn close_clients(&self) {
        self.close(|_| true);
        self.tabs.hold(0);
    }
}
