//! A setting's field: a number with its name, its unit and its range.

use leptos::{prelude::*, web_sys::HtmlInputElement};

use super::{number::plain, stage::Stage};
use crate::lab::settings::Field;

/// The fields whose present text is no possible value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Invalid(RwSignal<u8>);

impl Invalid {
    pub(super) fn none() -> Self {
        Self(RwSignal::new(0))
    }

    /// Whether any field is.
    pub(super) fn any(self) -> bool {
        self.0.get() != 0
    }

    /// All fields have been set anew.
    pub(super) fn clear(self) {
        self.0.set(0);
    }

    fn has(self, field: Field) -> bool {
        self.0.get() & (1 << field as u8) != 0
    }

    fn mark(self, field: Field, invalid: bool) {
        let bit = 1 << field as u8;
        self.0
            .update(|bits| *bits = if invalid { *bits | bit } else { *bits & !bit });
    }
}

/// A field with what the settings hold now.
pub(super) fn field(stage: Stage, field: Field, invalid: Invalid) -> impl IntoView {
    let slug = field.slug();
    let (least, most, step) = field.range();
    let value = stage
        .board
        .settings
        .with_untracked(|settings| settings.value(field));
    let set = move |number: f64| {
        let value = Some(number).filter(|value| field.accepts(*value));
        invalid.mark(field, value.is_none());
        if let Some(value) = value {
            stage
                .board
                .settings
                .update(|settings| settings.set(field, value));
        }
    };
    let range = [
        ("least", plain(least)),
        ("most", super::number::count(most as u64)),
    ];
    let range = range
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let wrong = if step < 1.0 {
        "lab-out-of-range"
    } else {
        "lab-whole-out-of-range"
    };
    let wrong = stage.fill(wrong, &range);
    // A seed has no unit.
    let unit = (field != Field::Seed).then(|| stage.text(&format!("lab-unit-{slug}")));
    view! {
        <label class="set">
            <span>{stage.text(&format!("lab-field-{slug}"))}</span>
            <input
                type="number"
                name=slug
                autocomplete="off"
                min=plain(least)
                max=plain(most)
                step=plain(step)
                value=plain(value)
                disabled=move || stage.locked()
                aria-invalid=move || invalid.has(field).then_some("true")
                aria-describedby=format!("lab-wrong-{slug}")
                on:change=move |event| set(event_target::<HtmlInputElement>(&event).value_as_number())
            />
            <span>{unit}</span>
            <small class="error" id=format!("lab-wrong-{slug}") hidden=move || !invalid.has(field)>
                {wrong}
            </small>
        </label>
    }
}
