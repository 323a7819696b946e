//! Paints the diagrams in the browser's own rhythm, and the figures five times a second. Nothing
//! is painted while the document is hidden: the browser gives no frames then.

use std::{cell::RefCell, rc::Rc};

use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{Document, Element, window};

use super::{
    diagram::STROKES,
    number::{fixed, plain},
    page::{Page, set},
    say::Say,
    sequence::{BROWSER, HEIGHT, Note, Picture, SLOTS, Window, ticks},
};
use crate::{
    lab::{
        board::{Board, Phase},
        lane::Lane,
        model::Model,
        runner::{Runner, prefers_reduced_motion},
        settings::Lanes,
    },
    transport::{Transport, client::listening::Listening},
};

/// How often figures are shown, ms.
const FIGURES_MS: f64 = 200.0;
/// How often a diagram is painted where motion is to be reduced, ms.
const REDUCED_MS: f64 = 1_000.0;
/// A diagram is painted anew when time has moved on by this much of the axis, or when something
/// has happened.
const SHIFT: f64 = 2.0;

/// Begins to paint, for as long as the page lives; `listening` lives as long.
pub(super) fn begin(page: Rc<Page>, board: Board, runner: Runner, listening: Listening) {
    let mut painter = Painter {
        page,
        board,
        runner,
        reduced: prefers_reduced_motion(),
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
        if now - self.figures_at >= FIGURES_MS {
            self.figures_at = now;
            self.runner.show_figures();
        }
        let phase = self.board.read(|state| state.run.phase);
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
        let span = self.board.read(|state| state.settings.span_ms());
        let runner = self.runner.clone();
        runner.look(|model| self.paint(model, now, span));
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

/// One lane's diagram on the page.
struct Canvas {
    transport: Transport,
    picture: Picture,
    elements: Option<Elements>,
    /// What was painted last: the lane's changes, and the window.
    painted: (u64, u64, f64, f64),
}

/// Where it is painted.
struct Elements {
    root: Element,
    /// In the order of [`STROKES`], each with what was painted last.
    paths: Vec<(Element, String)>,
    times: Vec<Label>,
    counts: Vec<Label>,
}

impl Canvas {
    fn new(transport: Transport) -> Self {
        Self {
            transport,
            picture: Picture::default(),
            elements: None,
            painted: (0, 0, 0.0, 0.0),
        }
    }

    fn paint(
        &mut self,
        say: &Say,
        lane: &Lane,
        model: &Model,
        window: &Window,
        grid: &str,
        times: &[Note],
    ) {
        if self
            .elements
            .as_ref()
            .is_none_or(|elements| !elements.root.is_connected())
        {
            self.elements = Elements::find(self.transport);
            self.painted = (0, 0, 0.0, 0.0);
        }
        let Some(elements) = &mut self.elements else {
            return;
        };
        let (changes, last, from, span) = self.painted;
        let shift = (window.from - from).abs() / window.span * f64::from(HEIGHT);
        let moved = shift >= SHIFT || span != window.span;
        let now = (
            lane.trace.changes(),
            model.published().last(),
            window.from,
            window.span,
        );
        if !moved && (now.0, now.1) == (changes, last) {
            return;
        }
        self.painted = now;
        let window = Window {
            holds: lane.holds(),
            ..*window
        };
        self.picture.draw(&lane.trace, model.published(), &window);
        let picture = &self.picture;
        let strokes = [
            grid,
            &picture.hold,
            &picture.wait,
            &picture.request,
            &picture.empty,
            &picture.event,
            &picture.dot,
            &picture.cut,
        ];
        for ((path, painted), stroke) in elements.paths.iter_mut().zip(strokes) {
            if painted != stroke {
                stroke.clone_into(painted);
                set(path, "d", Some(stroke));
            }
        }
        let decimals = u8::from(window.span < 3e3);
        show(&mut elements.times, times, |ms| {
            let seconds = fixed(ms as f64 / 1e3, decimals);
            say.fill("lab-axis", &[("seconds", &seconds)])
        });
        show(&mut elements.counts, &picture.counts, |events| {
            format!("×{events}")
        });
    }
}

impl Elements {
    fn find(transport: Transport) -> Option<Self> {
        let document = window()?.document()?;
        let selector = format!("[data-lane={}] .seq .time", transport.slug());
        let root = document.query_selector(&selector).ok()??;
        let paths = STROKES
            .iter()
            .filter_map(|stroke| root.query_selector(&format!(".{stroke}")).ok()?)
            .map(|path| (path, String::new()))
            .collect();
        let labels = |class, x: i32| {
            let label = |_| Label::new(&document, &root, class, x);
            (0..SLOTS).filter_map(label).collect()
        };
        Some(Self {
            times: labels("at", 0),
            counts: labels("count", BROWSER - 70),
            root: root.clone(),
            paths,
        })
    }
}

/// A small text beside the axis, with what it shows now.
struct Label {
    element: Element,
    y: i32,
    value: Option<i64>,
}

impl Label {
    fn new(document: &Document, root: &Element, class: &str, x: i32) -> Option<Self> {
        let element = document
            .create_element_ns(Some("http://www.w3.org/2000/svg"), "text")
            .ok()?;
        set(&element, "class", Some(class));
        set(&element, "x", Some(&plain(x.into())));
        root.append_child(&element).ok()?;
        Some(Self {
            element,
            y: 0,
            value: None,
        })
    }
}

/// Lets the labels show the notes, each its own slot's; labels without a note show nothing.
fn show(labels: &mut [Label], notes: &[Note], text: impl Fn(i64) -> String) {
    for (slot, label) in labels.iter_mut().enumerate() {
        let note = notes.iter().find(|note| note.slot == slot);
        let value = note.map(|note| note.value);
        if label.value != value {
            label.value = value;
            label.element.set_text_content(value.map(&text).as_deref());
        }
        if let Some(note) = note
            && label.y != note.y
        {
            label.y = note.y;
            // The text's middle on the line.
            set(&label.element, "y", Some(&plain((note.y + 35).into())));
        }
    }
}
