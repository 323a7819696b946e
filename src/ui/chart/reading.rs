//! Reading values from a chart: at the pointer, by a finger, and by the keyboard, of which the
//! picture is a slider. What there is to read stands in the chart's own table; of a row with
//! `data-at` it is known where in the picture it belongs.

use std::cell::{Cell, RefCell};

use wasm_bindgen::JsCast as _;
use web_sys::{Document, Element, Event, HtmlInputElement, MouseEvent, window};

use super::{following, pen::Pen, save};
use crate::transport::client::listening::Listening;

/// What a reading needs of the page.
const SLIDER: &str = "[type=range]";

/// Begins to listen, for as long as the page lives.
pub(super) fn begin() {
    let Some(document) = window().and_then(|window| window.document()) else {
        return;
    };
    awaken(&document);
    let reader = Reader::default();
    let kinds = &[
        "pointermove",
        "pointerdown",
        "input",
        "focusin",
        "focusout",
        "click",
    ];
    let hear = move |_, event: Event| reader.hear(&event);
    let listening = Listening::new(document.clone().into(), kinds, Box::new(hear));
    // It is meant: the page ends it.
    std::mem::forget(listening);
    following::begin(document);
}

/// What needs JavaScript may be used from here on.
pub(super) fn awaken(document: &Document) {
    let figures = document.get_elements_by_class_name("chart");
    for figure in (0..figures.length()).filter_map(|index| figures.item(index)) {
        for selector in [SLIDER, "[data-save=svg]", "[data-save=png]"] {
            if let Some(element) = one(&figure, selector) {
                // It fails for no name that is one.
                let _ = element.remove_attribute("hidden");
            }
        }
        refresh(&figure);
    }
}

/// A chart has been drawn anew: it may have other rows, and what is read of it other values.
pub(super) fn refresh(figure: &Element) {
    let (Some(slider), Some(reading)) = (slider(figure), one(figure, ".reading")) else {
        return;
    };
    let last = rows(figure).len().saturating_sub(1);
    slider.set_max(&last.to_string());
    if !reading.has_attribute("hidden") {
        show(figure, index(&slider));
    }
}

#[derive(Default)]
struct Reader {
    /// The chart that is being read.
    figure: RefCell<Option<Element>>,
    /// A pointer moves the slider: its own place says more than the slider's.
    pointed: Cell<bool>,
}

impl Reader {
    fn hear(&self, event: &Event) {
        let Some(target) = event.target().and_then(|it| it.dyn_into::<Element>().ok()) else {
            return;
        };
        let is_slider = target.matches(".chart [type=range]").unwrap_or_default();
        let figure = target.closest(".chart").ok().flatten();
        let kind = event.type_();
        match (kind.as_str(), figure) {
            ("pointermove" | "pointerdown", Some(figure)) if is_slider => {
                self.pointed.set(true);
                if let Some(event) = event.dyn_ref::<MouseEvent>()
                    && let Some(row) = nearest(&figure, &target, event)
                {
                    self.read(figure, row);
                }
            }
            ("pointermove" | "focusout", _) => self.leave(&kind),
            // A pointer's own events come first and say it better.
            ("input", Some(figure)) if is_slider => {
                if !self.pointed.replace(false)
                    && let Some(slider) = slider(&figure)
                {
                    self.read(figure, index(&slider));
                }
            }
            ("focusin", Some(figure)) if is_slider => {
                self.pointed.set(false);
                if let Some(slider) = slider(&figure) {
                    self.read(figure, index(&slider));
                }
            }
            ("click", Some(figure)) => {
                let link = target.closest("[data-save]").ok().flatten();
                let kind = link.and_then(|link| link.get_attribute("data-save"));
                if let Some(kind) = kind {
                    event.prevent_default();
                    save::save(&figure, kind == "png");
                }
            }
            _ => {}
        }
    }

    fn read(&self, figure: Element, row: u32) {
        self.forget(Some(&figure));
        show(&figure, row);
        self.figure.replace(Some(figure));
    }

    /// The pointer is elsewhere, or the keyboard.
    fn leave(&self, kind: &str) {
        let focused = |figure: &Element| one(figure, "[type=range]:focus-visible").is_some();
        let stays = kind == "pointermove" && self.figure.borrow().as_ref().is_some_and(focused);
        if !stays {
            self.forget(None);
        }
    }

    /// No longer shows what was read, unless it is of this chart.
    fn forget(&self, but: Option<&Element>) {
        let before = self.figure.take();
        if let Some(before) = before.filter(|before| Some(before) != but) {
            for selector in [".reading", ".cross"] {
                if let Some(element) = one(&before, selector) {
                    let _ = element.set_attribute("hidden", "");
                }
            }
        }
    }
}

/// The row whose place is nearest to the pointer.
fn nearest(figure: &Element, slider: &Element, event: &MouseEvent) -> Option<u32> {
    let place = slider.get_bounding_client_rect();
    let share = if figure.has_attribute("data-rows") {
        (f64::from(event.client_y()) - place.top()) / place.height()
    } else {
        (f64::from(event.client_x()) - place.left()) / place.width()
    };
    // A place within the picture, or nearly.
    let at = (share * 1e4) as i32;
    let rows = rows(figure);
    let distance = |row: &Element| place_of(row).abs_diff(at);
    let nearest = (0..).zip(&rows).min_by_key(|(_, row)| distance(row))?;
    Some(nearest.0)
}

/// Shows what a row says, where it belongs.
fn show(figure: &Element, row: u32) {
    let (Some(reading), Some(cross), Some(slider)) = (
        one(figure, ".reading"),
        one(figure, ".cross"),
        slider(figure),
    ) else {
        return;
    };
    let rows = rows(figure);
    let Some(row_element) = rows.get(row as usize) else {
        return;
    };
    let at = place_of(row_element);
    slider.set_value(&row.to_string());
    // The row's own cells, each behind the name of its column.
    let (cells, heads) = (
        row_element.children(),
        figure.get_elements_by_tag_name("th"),
    );
    let (mut shown, mut said) = (String::new(), String::new());
    for (place, cell) in (0..cells.length()).filter_map(|place| Some((place, cells.item(place)?))) {
        let text = cell.text_content().unwrap_or_default();
        if place == 0 {
            shown.push_str("<span>");
            shown.push_str(&cell.inner_html());
            shown.push_str("</span>");
            said.push_str(&text);
        } else if let Some(head) = heads.item(place) {
            shown.push_str("<span>");
            shown.push_str(&head.inner_html());
            shown.push_str("</span><b>");
            shown.push_str(&cell.inner_html());
            shown.push_str("</b>");
            said.push_str(", ");
            said.push_str(head.text_content().unwrap_or_default().trim());
            said.push(' ');
            said.push_str(&text);
        }
    }
    reading.set_inner_html(&shown);
    let is_rows = figure.has_attribute("data-rows");
    let side = if is_rows || at < 5_000 {
        "end"
    } else {
        "start"
    };
    let mut place = Pen::default();
    place.percent(at);
    let line = if is_rows {
        [
            ("x1", "0"),
            ("x2", "100%"),
            ("y1", &*place.0),
            ("y2", &*place.0),
        ]
    } else {
        [
            ("x1", &*place.0),
            ("x2", &*place.0),
            ("y1", "0"),
            ("y2", "100%"),
        ]
    };
    // None of these fails for names that are names.
    let _ = reading.set_attribute("data-side", side);
    let _ = slider.set_attribute("aria-valuetext", &said);
    if let Some(element) = one(&cross, "line") {
        for (name, value) in line {
            let _ = element.set_attribute(name, value);
        }
    }
    for element in [reading, cross] {
        let _ = element.remove_attribute("hidden");
    }
}

fn one(within: &Element, selector: &str) -> Option<Element> {
    within.query_selector(selector).ok()?
}

fn slider(figure: &Element) -> Option<HtmlInputElement> {
    one(figure, SLIDER)?.dyn_into().ok()
}

fn index(slider: &HtmlInputElement) -> u32 {
    slider.value().parse().unwrap_or_default()
}

/// The rows that have a place in the picture.
fn rows(figure: &Element) -> Vec<Element> {
    let rows = figure.get_elements_by_tag_name("tr");
    let placed = (0..rows.length()).filter_map(|index| rows.item(index));
    placed.filter(|row| row.has_attribute("data-at")).collect()
}

/// Where a row belongs, in ten-thousandths of the picture.
fn place_of(row: &Element) -> i32 {
    let at = row.get_attribute("data-at");
    at.and_then(|at| at.parse().ok()).unwrap_or_default()
}
