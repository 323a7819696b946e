//! What moves: the runs, the places, the diagrams.

use std::rc::Rc;

use leptos::prelude::untrack;

use super::{page::Page, painter, say::Say, touch};
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
    board.change(|state| state.ready = true);
    let runner = untrack(|| Runner::new(board));
    let listening = touch::listen(&page, board, runner.clone());
    let shown = Rc::clone(&page);
    board.watch(move |state| shown.show(state));
    painter::begin(page, board, runner, listening);
}
