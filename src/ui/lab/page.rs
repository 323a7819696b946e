//! The places on the page, and what is put into them. Nothing is written that stands there
//! already.

use std::cell::RefCell;

use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlInputElement, HtmlSelectElement, Node, window};

use super::{
    address::asked,
    outcome::flag_lines,
    rules::{Rule, away, off},
    say::Say,
    shown::{Shown, Tell, tell},
    verdict::{cut, sentence},
};
use crate::{
    lab::{
        board::{Saved, State},
        settings::{Field, Lanes},
        workload::Preset,
    },
    transport::Transport,
    ui::number::plain,
};

/// The lab's markup in the document.
pub(super) struct Page {
    root: Element,
    say: Say,
    places: RefCell<Vec<Place>>,
    lanes: Vec<LanePlace>,
    /// Where lanes are seen, and where they wait.
    shelves: (Element, Element),
    heading: Element,
    verdict: RefCell<String>,
    presets: Vec<(Preset, Attribute)>,
    progress: Attribute,
    /// Links to a kept run, each with what comes behind the run's address.
    exports: Vec<(Attribute, String)>,
    flags: Element,
    flagged: RefCell<Vec<String>>,
    run: [Attribute; 4],
    /// Says on the document that controls may be used.
    awake: Attribute,
}

/// An element that changes, and how.
struct Place {
    element: Element,
    of: Transport,
    tell: Option<Tell>,
    shown: Shown,
    off: Option<Rule>,
    away: Option<Rule>,
    is_off: bool,
    is_away: bool,
}

/// A lane's article.
struct LanePlace {
    transport: Transport,
    element: Element,
    state: Attribute,
    name: Attribute,
}

/// An attribute, and what it was set to last.
struct Attribute {
    element: Element,
    name: &'static str,
    value: RefCell<Option<String>>,
}

impl Attribute {
    fn new(element: &Element, name: &'static str) -> Self {
        Self {
            value: RefCell::new(element.get_attribute(name)),
            element: element.clone(),
            name,
        }
    }

    fn set(&self, value: Option<&str>) {
        if self.value.borrow().as_deref() == value {
            return;
        }
        set(&self.element, self.name, value);
        self.value.replace(value.map(str::to_owned));
    }
}

impl Page {
    /// Finds the lab's places; `None` where there is no lab.
    pub(super) fn find(say: Say) -> Option<Self> {
        let root = window()?.document()?.query_selector(".lab").ok()??;
        let one = |selector: &str| root.query_selector(selector).ok().flatten();
        let marked = root.get_elements_by_class_name("place");
        let places = (0..marked.length()).filter_map(|index| marked.item(index));
        let lanes = Lanes::ALL.into_iter().filter_map(|transport| {
            let element = one(&format!("article[data-of={}]", transport.slug()))?;
            Some(LanePlace {
                transport,
                state: Attribute::new(&element, "data-state"),
                name: Attribute::new(&element, "data-lane"),
                element,
            })
        });
        let presets = Preset::ALL.into_iter().filter_map(|preset| {
            let chip = one(&format!("[data-preset={}]", preset.slug()))?;
            Some((preset, Attribute::new(&chip, "aria-pressed")))
        });
        let links = root.get_elements_by_class_name("export");
        let links = (0..links.length()).filter_map(|index| links.item(index));
        let exports = links.filter_map(|link| {
            let ending = link.get_attribute("data-export")?;
            Some((Attribute::new(&link, "href"), ending))
        });
        Some(Self {
            places: RefCell::new(places.map(Place::of).collect()),
            lanes: lanes.collect(),
            presets: presets.collect(),
            shelves: (one(".lanes")?, one(".spare-lanes")?),
            heading: one("h1")?,
            verdict: RefCell::default(),
            progress: Attribute::new(&one("progress")?, "value"),
            awake: Attribute::new(&root.closest("html").ok()??, "data-hydrated"),
            exports: exports.collect(),
            flags: one(".flags ul")?,
            flagged: RefCell::default(),
            run: ["data-run", "data-kind", "data-topic", "data-run-id"]
                .map(|name| Attribute::new(&root, name)),
            root,
            say,
        })
    }

    /// The element that the lab is in.
    pub(super) fn root(&self) -> &Element {
        &self.root
    }

    /// The lab's texts.
    pub(super) fn say(&self) -> &Say {
        &self.say
    }

    /// Puts everything into its place. Where the run stands comes last: whoever waits for it
    /// finds the rest.
    pub(super) fn show(&self, state: &State) {
        self.show_lanes(state);
        for place in self.places.borrow_mut().iter_mut() {
            place.show(&self.say, state);
        }
        self.show_verdict(state);
        for (preset, pressed) in &self.presets {
            pressed.set(Some(if state.settings.is(*preset) {
                "true"
            } else {
                "false"
            }));
        }
        self.show_flags(state);
        let progress = state.progress;
        let (now, all) = match progress.blocks {
            (_, 0) => (progress.elapsed_ms, progress.total_ms),
            (now, all) => (now.into(), all.into()),
        };
        let share = now / f64::max(all, 1.0) * 100.0;
        let share = (share.clamp(0.0, 100.0) as u8).to_string();
        self.progress.set(Some(&share));
        let [phase, kind, topic, id] = &self.run;
        let saved = match &state.saved {
            Saved::Done(saved) => Some(saved.as_str()),
            _ => None,
        };
        for (link, ending) in &self.exports {
            let address = saved.map(|id| format!("/runs/{id}{ending}"));
            link.set(address.as_deref());
        }
        id.set(saved);
        topic.set(state.run.topic.as_ref().map(ToString::to_string).as_deref());
        kind.set(Some(state.run.kind.slug()));
        phase.set(Some(state.run.phase.slug()));
        self.awake.set(state.ready.then_some(""));
    }

    /// Lets the controls say what is set.
    pub(super) fn fill_controls(&self, state: &State) {
        let settings = &state.settings;
        for field in Field::ALL {
            if let Some(input) = self.control::<HtmlInputElement>(field.slug()) {
                input.set_value(&plain(settings.value(field)));
                set(&input, "aria-invalid", None);
            }
        }
        for (list, value) in [
            ("arrivals", settings.arrivals.slug()),
            ("mode", state.mode.slug()),
        ] {
            if let Some(list) = self.control::<HtmlSelectElement>(list) {
                list.set_value(value);
            }
        }
        for transport in Lanes::ALL {
            let choice = format!("lane][value={}", transport.slug());
            if let Some(choice) = self.control::<HtmlInputElement>(&choice) {
                choice.set_checked(settings.lanes.has(transport));
            }
        }
    }

    /// How much farther away the server is made than it is, round trip, ms.
    pub(super) fn distance_ms(&self) -> u32 {
        let distance = self.root.get_attribute("data-distance");
        distance.and_then(|ms| ms.parse().ok()).unwrap_or_default()
    }

    /// Goes where the server is so far away, with the settings that the address carries; `false`
    /// where there is no such way.
    pub(super) fn go(&self, away_ms: u32) -> bool {
        let choice = format!("distance] > [value=\"{away_ms}\"");
        let origin = self
            .control::<Element>(&choice)
            .and_then(|choice| choice.get_attribute("data-origin"));
        let location = window().map(|window| window.location());
        let (Some(origin), Some(location)) = (origin, location) else {
            return false;
        };
        let mut asked = asked().unwrap_or_default();
        asked.distance_ms = away_ms;
        location
            .replace(&format!("{origin}/?{}", asked.to_query()))
            .is_ok()
    }

    fn control<T: wasm_bindgen::JsCast>(&self, name: &str) -> Option<T> {
        let selector = format!(".controls [name={name}]");
        let found = self.root.query_selector(&selector).ok()??;
        found.dyn_into().ok()
    }

    /// Lets each chosen lane be seen, in its order.
    fn show_lanes(&self, state: &State) {
        let (seen, spare) = &self.shelves;
        let mut moved = false;
        for lane in &self.lanes {
            let chosen = state.settings.lanes.has(lane.transport);
            let name = chosen.then(|| lane.transport.slug());
            moved |= lane.name.value.borrow().as_deref() != name;
            lane.name.set(name);
            lane.state
                .set(Some(state.lane(lane.transport).state.slug()));
            if moved {
                let shelf = if chosen { seen } else { spare };
                append(shelf, &lane.element);
            }
        }
    }

    /// Writes the list of flags anew when it has changed.
    fn show_flags(&self, state: &State) {
        let lines = flag_lines(&self.say, &state.flags);
        if *self.flagged.borrow() == lines {
            return;
        }
        self.flags.set_text_content(None);
        for line in &lines {
            if let Some(item) = make("li", line) {
                append(&self.flags, &item);
            }
        }
        self.flagged.replace(lines);
    }

    /// Writes the verdict anew when it has changed, with the names in their colours.
    fn show_verdict(&self, state: &State) {
        let verdict = sentence(&self.say, state);
        if *self.verdict.borrow() == verdict {
            return;
        }
        self.heading.set_text_content(None);
        for piece in cut(&verdict) {
            let (text, transport) = match piece {
                Ok(text) => (text, None),
                Err(transport) => (self.say.name(transport), Some(transport)),
            };
            let Some(span) = make("span", &text) else {
                continue;
            };
            set(
                &span,
                "data-transport",
                transport.map(|transport| transport.plain().slug()),
            );
            append(&self.heading, &span);
        }
        self.verdict.replace(verdict);
    }
}

impl Place {
    fn of(element: Element) -> Self {
        let attribute = |name: &str| element.get_attribute(name);
        let key = ["data-figure", "data-fact", "data-text"]
            .into_iter()
            .find_map(attribute);
        let within = element.closest("[data-of]").ok().flatten();
        let slug = within.and_then(|within| within.get_attribute("data-of"));
        let of = Lanes::ALL
            .into_iter()
            .find(|t| Some(t.slug()) == slug.as_deref());
        Self {
            of: of.unwrap_or(Transport::Polling),
            tell: key.and_then(|key| tell(&key)),
            shown: Shown {
                text: element.text_content().unwrap_or_default(),
                value: attribute("data-value"),
            },
            off: attribute("data-off").and_then(|key| off(&key)),
            away: attribute("data-away").and_then(|key| away(&key)),
            is_off: element.has_attribute("disabled"),
            is_away: element.has_attribute("hidden"),
            element,
        }
    }

    fn show(&mut self, say: &Say, state: &State) {
        if let Some(tell) = self.tell {
            let shown = tell(say, state, self.of);
            if shown.text != self.shown.text {
                self.element.set_text_content(Some(&shown.text));
            }
            if shown.value != self.shown.value {
                set(&self.element, "data-value", shown.value.as_deref());
            }
            self.shown = shown;
        }
        let rules = [
            (self.off, &mut self.is_off, "disabled"),
            (self.away, &mut self.is_away, "hidden"),
        ];
        for (rule, is, name) in rules {
            let must = rule.map_or(*is, |rule| rule(state, self.of));
            if must != *is {
                *is = must;
                set(&self.element, name, must.then_some(""));
            }
        }
    }
}

/// A new element with a text.
fn make(name: &str, text: &str) -> Option<Element> {
    let element = window()?.document()?.create_element(name).ok()?;
    element.set_text_content(Some(text));
    Some(element)
}

/// Sets an attribute, or takes it away.
pub(super) fn set(element: &Element, name: &str, value: Option<&str>) {
    // It fails for names that are not names.
    let _ = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
}

fn append(shelf: &Element, element: &Element) {
    // It fails for an element that would come to stand within itself.
    let _ = shelf.append_child(element.unchecked_ref::<Node>());
}
