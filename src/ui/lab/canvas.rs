//! One lane's diagram on the page. Nothing is written that stands there already.

use web_sys::{Document, Element, window};

use super::{
    diagram::STROKES,
    page::set,
    say::Say,
    sequence::{BROWSER, HEIGHT, Note, Picture, SLOTS, Window},
};
use crate::{
    lab::{lane::Lane, model::Model},
    transport::Transport,
    ui::number::{fixed, plain},
};

/// A diagram is painted anew when time has moved on by this much of the axis, or when something
/// has happened.
const SHIFT: f64 = 2.0;

/// One lane's diagram on the page.
pub(super) struct Canvas {
    /// Whose it is.
    pub(super) transport: Transport,
    picture: Picture,
    elements: Option<Elements>,
    painted: Option<Painted>,
}

/// What was painted last.
#[derive(Clone, Copy, PartialEq)]
struct Painted {
    /// How often the lane's trace had changed, and what was the last event known.
    known: (u64, u64),
    /// At what time, and how much of it was shown.
    now: f64,
    span: f64,
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
    /// A diagram that has not been looked for yet.
    pub(super) fn new(transport: Transport) -> Self {
        Self {
            transport,
            picture: Picture::default(),
            elements: None,
            painted: None,
        }
    }

    /// Paints what has happened in the lane lately; `grid` and `times` are the axis.
    pub(super) fn paint(
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
            self.painted = None;
        }
        let Some(elements) = &mut self.elements else {
            return;
        };
        let painted = Painted {
            known: (lane.trace.changes(), model.published().last()),
            now: window.now,
            span: window.span,
        };
        let is_new = self.painted.is_none_or(|before| {
            let shift = (painted.now - before.now).abs() / painted.span * f64::from(HEIGHT);
            shift >= SHIFT || (painted.known, painted.span) != (before.known, before.span)
        });
        if !is_new {
            return;
        }
        self.painted = Some(painted);
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
