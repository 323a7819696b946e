//! Paints the diagrams in the browser's own rhythm, the figures five times a second, and each of the
//! charts once: one at a time, in a frame without figures, so that no frame holds up receipts for
//! long. Nothing is painted while the document is hidden: the browser gives no frames then.

use std::{cell::RefCell, rc::Rc};

use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::window;

use super::{
    canvas::Canvas,
    drawn,
    page::Page,
    sequence::{Note, Window, ticks},
};
use crate::{
    lab::{
        board::Board,
        model::Model,
        run::Phase,
        runner::{Runner, prefers_reduced_motion},
        settings::Lanes,
    },
    transport::client::listening::Listening,
    ui::chart::live::LiveCharts,
};

/// How often figures are shown, ms.
const FIGURES_MS: f64 = 200.0;
/// From one chart to the next while a run lasts, ms: all five take a second.
const CHARTS_MS: f64 = 200.0;
/// How often a diagram is painted where motion is to be reduced, ms.
const REDUCED_MS: f64 = 1_000.0;

/// Begins to paint, for as long as the page lives; `listening` lives as long.
pub(super) fn begin(page: Rc<Page>, board: Board, runner: Runner, listening: Listening) {
    let mut painter = Painter {
        page,
        board,
        runner,
        reduced: prefers_reduced_motion(),
        charts: LiveCharts::find(),
        charts_at: 0.0,
        canvases: Lanes::ALL.into_iter().map(Canvas::new).collect(),
        grid: String::new(),
        notes: Vec::new(),
        figures_at: 0.0,
        painted_at: 0.0,
        stopped_at: None,
        _listening: listening,
    };
    frames(move |now| painter.frame(now));
}

/// Calls `paint` for every frame, with the frame's time.
fn frames(mut paint: impl FnMut(f64) + 'static) {
    type Frame = Closure<dyn FnMut(f64)>;
    let slot: Rc<RefCell<Option<Frame>>> = Rc::default();
    let next = Rc::clone(&slot);
    let frame = Closure::<dyn FnMut(f64)>::new(move |now| {
        paint(now);
        request(next.borrow().as_ref());
    });
    request(Some(&frame));
    // The circle is meant: the page ends it.
    slot.replace(Some(frame));
}

fn request(frame: Option<&Closure<dyn FnMut(f64)>>) {
    if let (Some(window), Some(frame)) = (window(), frame) {
        // It fails for no function.
        let _ = window.request_animation_frame(frame.as_ref().unchecked_ref());
    }
}

struct Painter {
    page: Rc<Page>,
    board: Board,
    runner: Runner,
    reduced: bool,
    charts: LiveCharts,
    charts_at: f64,
    canvases: Vec<Canvas>,
    grid: String,
    notes: Vec<Note>,
    figures_at: f64,
    painted_at: f64,
    /// Where time stands in the diagrams while the run does.
    stopped_at: Option<f64>,
    _listening: Listening,
}

impl Painter {
    fn frame(&mut self, now: f64) {
        let phase = self.board.read(|state| state.run.phase);
        let is_over = matches!(phase, Phase::Ended | Phase::Failed);
        if now - self.figures_at >= FIGURES_MS {
            self.figures_at = now;
            self.runner.show_figures();
        } else if is_over || now - self.charts_at >= CHARTS_MS {
            self.charts_at = now;
            self.draw_chart(is_over);
        }
        let now = if phase.is_live() {
            self.stopped_at = None;
            now
        } else {
            *self.stopped_at.get_or_insert(now)
        };
        if self.reduced && (now - self.painted_at).abs() < REDUCED_MS && phase != Phase::Ended {
            return;
        }
        self.painted_at = now;
        let span = self.board.read(|state| state.run.settings.span_ms());
        let runner = self.runner.clone();
        runner.look(|model| self.paint(model, now, span));
    }

    fn draw_chart(&mut self, is_over: bool) {
        let runner = self.runner.clone();
        let board = self.board;
        runner.look(|model| {
            board.read(|state| {
                let version = drawn::version(model, state);
                if let Some(chart) = self.charts.next(version, is_over) {
                    let labels = &self.page.say().0;
                    drawn::look(model, state, labels, chart, |data| {
                        self.charts.draw(version, data, labels);
                    });
                }
            });
        });
    }

    fn paint(&mut self, model: &Model, now: f64, span: f64) {
        let origin = model.origin();
        let from = if self.reduced {
            // Page by page: within a page nothing moves.
            origin + ((now - origin) / span).floor().max(0.0) * span
        } else {
            now - span
        };
        let window = Window {
            from,
            span,
            now,
            half_trip: model.half_trip(),
            holds: false,
        };
        ticks(&mut self.grid, &mut self.notes, &window, origin);
        for canvas in &mut self.canvases {
            let Some(lane) = model.lane(canvas.transport) else {
                continue;
            };
            canvas.paint(
                self.page.say(),
                lane,
                model,
                &window,
                &self.grid,
                &self.notes,
            );
        }
    }
}
