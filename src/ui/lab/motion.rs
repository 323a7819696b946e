//! What moves: the runs, the places, the diagrams.

use std::rc::Rc;

use leptos::prelude::untrack;

use super::{
    address::{self, Address},
    page::Page,
    painter,
    say::Say,
    touch,
};
use crate::{
    lab::{board::Board, runner::Runner},
    ui::labels::Labels,
};

/// Brings the lab to life: from here on controls may be used, and the page says so.
pub(super) fn begin(labels: Labels) {
    let board = Board::new();
    let Some(page) = Page::find(Say::new(labels)).map(Rc::new) else {
        return;
    };
    let asked = address::asked();
    let here_ms = page.distance_ms();
    if let Some(away_ms) = asked.as_ref().map(|asked| asked.distance_ms)
        && away_ms != here_ms
        && address::names_distance()
        && page.go(away_ms)
    {
        return;
    }
    board.change(|state| {
        state.ready = true;
        if let Some(asked) = &asked {
            state.settings.clone_from(&asked.settings);
            state.mode = asked.mode;
        }
    });
    if asked.is_some() {
        board.read(|state| page.fill_controls(state));
    }
    let runner = untrack(|| Runner::new(board));
    let listening = touch::listen(&page, board, runner.clone());
    let shown = Rc::clone(&page);
    let address = Address::default();
    board.watch(move |state| {
        shown.show(state);
        address.follow(state);
    });
    painter::begin(page, board, runner, listening);
}
