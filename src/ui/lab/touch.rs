//! What the visitor does: one listener on the lab, whatever is touched in it.

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use web_sys::{Element, Event, HtmlElement, HtmlInputElement, HtmlSelectElement};

use super::{
    page::{Page, set},
    rules::is_wrong,
};
use crate::{
    event::TopicName,
    lab::{
        board::{Board, Command},
        run::Phase,
        runner::Runner,
        settings::{Field, Lanes},
        workload::{Arrivals, Preset},
    },
    runs::types::Mode,
    transport::client::listening::Listening,
};

/// Hears what is done in the lab, until it is dropped.
pub(super) fn listen(page: &Rc<Page>, board: Board, runner: Runner) -> Listening {
    let touch = Touch {
        page: Rc::clone(page),
        board,
        runner,
    };
    let hear = move |_, event: Event| touch.hear(&event);
    let root = page.root().clone().into();
    Listening::new(
        root,
        &["click", "change", "input", "submit"],
        Box::new(hear),
    )
}

struct Touch {
    page: Rc<Page>,
    board: Board,
    runner: Runner,
}

impl Touch {
    fn hear(&self, event: &Event) {
        let Some(touched) = event.target().and_then(|it| it.dyn_into::<Element>().ok()) else {
            return;
        };
        match event.type_().as_str() {
            "click" => self.click(&touched),
            "change" => self.change(&touched),
            "input" => self.input(&touched),
            _ => {
                event.prevent_default();
                self.submit(&touched);
            }
        }
    }

    fn click(&self, touched: &Element) {
        let Ok(Some(button)) = touched.closest("[data-action], [data-preset]") else {
            return;
        };
        if let Some(slug) = button.get_attribute("data-preset") {
            let preset = Preset::ALL.into_iter().find(|preset| preset.slug() == slug);
            if let Some(preset) = preset {
                self.apply(preset);
            }
            return;
        }
        let phase = self.board.read(|state| state.run.phase);
        match button.get_attribute("data-action").as_deref() {
            Some("measure") => {
                self.runner.heed(Command::Measure);
                // The button is disabled now; the next one takes the keyboard's focus over.
                if let Ok(Some(stop)) = self.page.root().query_selector("[data-action=stop]") {
                    let stop: Option<&HtmlElement> = stop.dyn_ref();
                    let _ = stop.map(HtmlElement::focus);
                }
            }
            Some("self-check") => self.runner.heed(Command::SelfCheck),
            Some("save") => self.runner.heed(Command::Save),
            Some("pause") if phase == Phase::Paused => self.runner.heed(Command::Resume),
            Some("pause") => self.runner.heed(Command::Pause),
            Some("stop") if phase.is_live() => self.runner.heed(Command::Stop),
            Some("stop") => self.runner.heed(Command::Demo),
            // The other buttons submit their forms.
            _ => {}
        }
    }

    /// Sets all fields to what the preset says.
    fn apply(&self, preset: Preset) {
        self.board.change(|state| state.invalid = 0);
        self.runner.set(|settings| settings.apply(preset));
        self.board.read(|state| self.page.fill_controls(state));
    }

    fn change(&self, touched: &Element) {
        if let Some(select) = touched.dyn_ref::<HtmlSelectElement>() {
            self.choose(&select.name(), &select.value());
        }
        let Some(input) = touched.dyn_ref::<HtmlInputElement>() else {
            return;
        };
        let name = input.name();
        if let Some(field) = Field::ALL.into_iter().find(|field| field.slug() == name) {
            self.enter(field, input);
        }
        if name == "lane" {
            let (slug, wanted) = (input.value(), input.checked());
            let transport = Lanes::ALL
                .into_iter()
                .find(|transport| transport.slug() == slug);
            if let Some(transport) = transport {
                self.runner
                    .set(|settings| settings.lanes = settings.lanes.with(transport, wanted));
            }
        }
    }

    /// Takes what was chosen from a list.
    fn choose(&self, list: &str, value: &str) {
        match list {
            "mode" => {
                let mode = Mode::ALL.into_iter().find(|mode| mode.slug() == value);
                self.board
                    .change(|state| state.mode = mode.unwrap_or_default());
            }
            "distance" => {
                self.page.go(value.parse().unwrap_or_default());
            }
            "arrivals" => {
                let all = [Arrivals::Poisson, Arrivals::Even];
                let arrivals = all.into_iter().find(|arrivals| arrivals.slug() == value);
                self.runner
                    .set(|settings| settings.arrivals = arrivals.unwrap_or(settings.arrivals));
            }
            _ => {}
        }
    }

    /// Takes a field's number, or says that it is none that can be.
    fn enter(&self, field: Field, input: &HtmlInputElement) {
        let value = input.value_as_number();
        let wrong = !field.accepts(value);
        self.board.change(|state| {
            if is_wrong(state, field) != wrong {
                state.invalid ^= 1 << field as u8;
            }
        });
        set(input, "aria-invalid", wrong.then_some("true"));
        if !wrong {
            self.runner.set(|settings| settings.set(field, value));
        }
    }

    fn input(&self, touched: &Element) {
        if let Some(input) = touched.dyn_ref::<HtmlInputElement>()
            && input.name() == "topic"
        {
            let name = input.value().trim().to_owned();
            self.board.change(|state| state.watchable.clone_from(&name));
        }
    }

    fn submit(&self, form: &Element) {
        let input = |name: &str| {
            let found = form.query_selector(&format!("[name={name}]")).ok()??;
            found.dyn_into::<HtmlInputElement>().ok()
        };
        match form.get_attribute("data-form").as_deref() {
            Some("publish") => {
                let text = input("text").map(|input| input.value()).unwrap_or_default();
                if !text.is_empty() {
                    self.runner.heed(Command::Publish(text));
                }
            }
            Some("watch") if self.board.read(crate::lab::board::State::is_watching) => {
                self.runner.heed(Command::Demo);
            }
            Some("watch") => {
                let name = self
                    .board
                    .read(|state| state.watchable.parse::<TopicName>());
                self.board.change(|state| state.is_misnamed = name.is_err());
                if let Some(input) = input("topic") {
                    set(&input, "aria-invalid", name.is_err().then_some("true"));
                }
                if let Ok(topic) = name {
                    self.runner.heed(Command::Watch(topic));
                }
            }
            _ => {}
        }
    }
}
