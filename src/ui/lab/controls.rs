//! The controls: presets, the workload's and the lanes' settings, and the run's buttons.

use leptos::prelude::*;

use super::{
    actions::actions,
    field::{Invalid, field},
    stage::Stage,
};
use crate::{
    lab::{
        settings::Field,
        workload::{Arrivals, Preset},
    },
    transport::Transport,
    ui::{mark::Mark, term::Term},
};

/// The fields that are always there; the rest is one choice away.
const FIRST: [Field; 5] = [
    Field::Rate,
    Field::Payload,
    Field::PollInterval,
    Field::Wait,
    Field::Duration,
];

/// All controls.
pub(super) fn controls(stage: Stage) -> impl IntoView {
    let invalid = Invalid::none();
    // Counts the presets chosen: the fields are made anew with what they set.
    let chosen = RwSignal::new(0_u32);
    let fields = move |fields: &'static [Field]| {
        move || {
            chosen.track();
            fields
                .iter()
                .map(|one| field(stage, *one, invalid))
                .collect_view()
        }
    };
    let chip = move |preset: Preset| {
        let is_set = move || stage.board.settings.with(|settings| settings.is(preset));
        let apply = move |_| {
            stage
                .board
                .settings
                .update(|settings| settings.apply(preset));
            invalid.clear();
            chosen.update(|chosen| *chosen += 1);
        };
        view! {
            <button
                type="button"
                class="chip"
                data-preset=preset.slug()
                aria-pressed=move || is_set().to_string()
                disabled=move || stage.locked()
                on:click=apply
            >
                {stage.text(&format!("lab-preset-{}", preset.slug()))}
            </button>
        }
    };
    view! {
        <form class="controls" aria-label=stage.text("lab-controls") on:submit=|event| event.prevent_default()>
            <div class="chips" role="group" aria-label=stage.text("lab-presets")>
                {Preset::ALL.map(chip).collect_view()}
            </div>
            <div class="fields">{fields(&FIRST)}</div>
            {actions(stage, invalid)}
            <details class="further">
                <summary>{stage.text("lab-further")}</summary>
                <div class="fields">
                    {arrivals(stage, chosen)} {fields(&[Field::Seed])}
                    <fieldset disabled=move || stage.locked()>
                        <legend>{stage.text("lab-lanes")}</legend>
                        {Transport::PLAIN.map(|transport| choice(stage, transport)).collect_view()}
                    </fieldset>
                    <fieldset disabled=move || stage.locked()>
                        <legend>
                            <Term
                                id="lab-tip-server-fn"
                                word=stage.text("lab-server-fn-lanes")
                                meaning=stage.text("lab-server-fn-tip")
                            />
                        </legend>
                        {Transport::SERVER_FN.map(|transport| choice(stage, transport)).collect_view()}
                    </fieldset>
                </div>
            </details>
            <p class="warning" role="status">{move || luck(stage)}</p>
        </form>
    }
}

/// How the events are spread over time.
fn arrivals(stage: Stage, chosen: RwSignal<u32>) -> impl IntoView {
    let option = move |arrivals: Arrivals, value: &'static str, key: &'static str| {
        let is_set = move || {
            chosen.track();
            stage
                .board
                .settings
                .with(|settings| settings.arrivals == arrivals)
        };
        view! {
            <option value=value selected=is_set>
                {stage.text(key)}
            </option>
        }
    };
    let set = move |text: String| {
        let arrivals = if text == "even" {
            Arrivals::Even
        } else {
            Arrivals::Poisson
        };
        stage
            .board
            .settings
            .update(|settings| settings.arrivals = arrivals);
    };
    view! {
        <label class="set">
            <span>{stage.text("lab-arrivals")}</span>
            <select
                name="arrivals"
                autocomplete="off"
                disabled=move || stage.locked()
                on:change=move |event| set(event_target_value(&event))
            >
                {option(Arrivals::Poisson, "poisson", "lab-arrivals-poisson")}
                {option(Arrivals::Even, "even", "lab-arrivals-even")}
            </select>
        </label>
    }
}

/// Whether a transport gets a lane.
fn choice(stage: Stage, transport: Transport) -> impl IntoView {
    let set = move |wanted: bool| {
        stage
            .board
            .settings
            .update(|settings| settings.lanes = settings.lanes.with(transport, wanted));
    };
    view! {
        <label class="choice" data-transport=transport.plain().slug()>
            <input
                type="checkbox"
                name="lane"
                value=transport.slug()
                autocomplete="off"
                prop:checked=move || stage.has(transport)
                checked=Transport::PLAIN.contains(&transport)
                on:change=move |event| set(event_target_checked(&event))
            />
            <Mark transport />
            {stage.name(transport)}
        </label>
    }
}

/// The warning that even arrivals meet the polls always at the same places.
fn luck(stage: Stage) -> String {
    let places = stage
        .board
        .settings
        .with(crate::lab::settings::Settings::commensurate);
    places.map_or_else(String::new, |places| {
        stage.fill("lab-commensurate", &[("places", &places.to_string())])
    })
}
