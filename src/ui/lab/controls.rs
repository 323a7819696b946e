//! The controls: presets, the workload's and the lanes' settings, and the run's buttons.

use leptos::{either::Either, prelude::*};

use super::place::Places;
use crate::{
    lab::{distance::Choice, settings::Field, workload::Preset},
    runs::types::Mode,
    transport::Transport,
    ui::{
        mark::Mark,
        number::{count, plain},
        term::Term,
    },
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
pub(super) fn controls(places: &Places) -> impl IntoView + use<> {
    let say = &places.say;
    let chip = |preset: Preset| {
        let slug = preset.slug();
        let pressed = places.state.settings.is(preset).to_string();
        view! {
            <button
                type="button"
                class="chip place"
                data-preset=slug
                data-off="locked"
                aria-pressed=pressed
                disabled
            >
                {say.text(&format!("lab-preset-{slug}"))}
            </button>
        }
    };
    view! {
        <form class="controls" aria-label=say.text("lab-controls")>
            <div class="chips" role="group" aria-label=say.text("lab-presets")>
                {Preset::ALL.map(chip).collect_view()}
            </div>
            {actions(places)}
            <div class="fields">
                {FIRST.map(|one| field(places, one)).collect_view()} {distance(places)}
            </div>
            <details class="further">
                <summary>{say.text("lab-further")}</summary>
                <div class="fields">
                    {mode(places)} {field(places, Field::Blocks)} {arrivals(places)}
                    {field(places, Field::Seed)}
                    <fieldset class="place" data-off="locked" disabled>
                        <legend>{say.text("lab-lanes")}</legend>
                        {Transport::PLAIN.map(|transport| choice(places, transport)).collect_view()}
                    </fieldset>
                    <fieldset class="place" data-off="locked" disabled>
                        <legend>
                            <Term
                                id="lab-tip-server-fn"
                                word=say.text("lab-server-fn-lanes")
                                meaning=say.text("lab-server-fn-tip")
                            />
                        </legend>
                        {Transport::SERVER_FN
                            .map(|transport| choice(places, transport))
                            .collect_view()}
                    </fieldset>
                </div>
                <p class="check">
                    <button type="button" class="quiet place" data-action="self-check" data-off="measure" disabled>
                        {say.text("lab-self-check")}
                    </button>
                    <span>{say.text("lab-self-check-text")}</span>
                </p>
            </details>
            <p class="hint place" data-text="plan" data-away="together" hidden></p>
            <p class="warning place" role="status" data-text="luck" data-away="luck" hidden></p>
        </form>
    }
}

/// A setting's field: a number with its name, its unit and its range.
fn field(places: &Places, field: Field) -> impl IntoView + use<> {
    let (say, slug) = (&places.say, field.slug());
    let (least, most, step) = field.range();
    let wrong = if step < 1.0 {
        "lab-out-of-range"
    } else {
        "lab-whole-out-of-range"
    };
    let wrong = say.fill(
        wrong,
        &[("least", &plain(least)), ("most", &count(most as u64))],
    );
    // A seed has no unit, and blocks are their own.
    let unit = (!matches!(field, Field::Seed | Field::Blocks))
        .then(|| say.text(&format!("lab-unit-{slug}")));
    let name = say.text(&format!("lab-field-{slug}"));
    // The word that wants explaining is a button, and no button may stand in a label.
    let label = if field == Field::Wait {
        Either::Left(view! {
            <Term
                id="lab-tip-wait"
                word=name.clone()
                meaning=say.text("lab-wait-tip")
                more=("#term-wait", say.text("lab-more"))
            />
        })
    } else {
        Either::Right(view! { <label for=format!("lab-field-{slug}")>{name.clone()}</label> })
    };
    view! {
        <span class="set">
            {label}
            <input
                type="number"
                class="place"
                id=format!("lab-field-{slug}")
                name=slug
                autocomplete="off"
                min=plain(least)
                max=plain(most)
                step=plain(step)
                value=plain(places.state.settings.value(field))
                aria-label=(field == Field::Wait).then_some(name)
                aria-describedby=format!("lab-wrong-{slug}")
                data-off=if field == Field::Duration { "lasting" } else { "locked" }
                disabled
            />
            <span>{unit}</span>
            <small class="error place" id=format!("lab-wrong-{slug}") data-away=slug hidden>
                {wrong}
            </small>
        </span>
    }
}

/// In which order the lanes are fed.
fn mode(places: &Places) -> impl IntoView + use<> {
    let say = &places.say;
    let option = |mode: Mode| {
        let selected = mode == places.state.mode;
        view! {
            <option value=mode.slug() selected=selected>
                {say.text(&format!("lab-mode-{}", mode.slug()))}
            </option>
        }
    };
    view! {
        <label class="set">
            <span>{say.text("lab-mode")}</span>
            <select class="place" name="mode" autocomplete="off" data-off="locked" disabled>
                {Mode::ALL.map(option).collect_view()}
            </select>
        </label>
    }
}

/// How far away the server is made: the same page by way of a relay, where there is one.
fn distance(places: &Places) -> impl IntoView + use<> {
    let say = &places.say;
    let own = places.distance.ms;
    let option = |choice: &Choice| {
        let text = match choice.ms {
            0 => say.text("lab-distance-here"),
            ms => say.fill("lab-distance-ms", &[("ms", &ms.to_string())]),
        };
        let (ms, origin) = (choice.ms.to_string(), choice.origin.clone());
        view! {
            <option value=ms data-origin=origin selected=choice.ms == own>
                {text}
            </option>
        }
    };
    let choices = &places.distance.choices;
    (!choices.is_empty()).then(|| {
        view! {
            <label class="set">
                <span>{say.text("lab-distance")}</span>
                <select class="place" name="distance" autocomplete="off" data-off="locked" disabled>
                    {choices.iter().map(option).collect_view()}
                </select>
            </label>
        }
    })
}

/// How the events are spread over time.
fn arrivals(places: &Places) -> impl IntoView + use<> {
    let say = &places.say;
    view! {
        <label class="set">
            <span>{say.text("lab-arrivals")}</span>
            <select class="place" name="arrivals" autocomplete="off" data-off="locked" disabled>
                <option value="poisson" selected>
                    {say.text("lab-arrivals-poisson")}
                </option>
                <option value="even">{say.text("lab-arrivals-even")}</option>
            </select>
        </label>
    }
}

/// Whether a transport gets a lane.
fn choice(places: &Places, transport: Transport) -> impl IntoView + use<> {
    view! {
        <label class="choice" data-transport=transport.plain().slug()>
            <input
                type="checkbox"
                name="lane"
                value=transport.slug()
                autocomplete="off"
                checked=places.state.settings.lanes.has(transport)
            />
            <Mark transport />
            {places.say.name(transport)}
        </label>
    }
}

/// Progress, pause, stop, start. The buttons keep their places, so that nothing jumps.
fn actions(places: &Places) -> impl IntoView + use<> {
    let button = |class: &'static str, action: &'static str, off: &'static str| {
        view! {
            <button type="button" class=class data-action=action data-off=off data-text=action disabled>
                {places.shown(action, Transport::Polling).text}
            </button>
        }
    };
    view! {
        <div class="actions">
            <div class="progress">
                {places.run("what")}
                <progress max="100" value="0" aria-label=places.say.text("lab-progress-label")></progress>
                <span class="seconds">{places.run("seconds")}</span>
            </div>
            {button("quiet place", "pause", "pause")} {button("quiet place", "stop", "asleep")}
            {button("primary go place", "measure", "measure")}
        </div>
    }
}
