//! What one chooses, and the command that comes out. A plain form by GET: the page's address says
//! what was chosen, and can be handed on.

use leptos::prelude::*;

use crate::{
    swarm::command::{Choice, Field, Place, Target},
    transport::Transport,
    ui::{copying::button::copy_button, mark::Mark, text::Text},
};

/// The command's id, by which it is copied.
const COMMAND: &str = "swarm-command";

/// The form, and below it the command.
pub fn choosing(choice: &Choice, place: &Place, text: Text) -> impl IntoView + use<> {
    let wrong = choice.wrong(place);
    let no_transport = choice.transports.is_empty();
    let field = |field: Field| field_of(choice, field, wrong.contains(&field), text);
    let transport = |transport: Transport| {
        let checked = choice.transports.contains(&transport);
        view! {
            <label data-transport=transport.slug()>
                <input type="checkbox" name="transport" value=transport.slug() checked=checked />
                <Mark transport />
                {text.get(&format!("lab-name-{}", transport.slug()))}
            </label>
        }
    };
    view! {
        <form class="choose" method="get" action="/swarm" aria-label=text.get("swarm-choose")>
            <fieldset>
                <legend>{text.get("swarm-transports")}</legend>
                <div class="options">{Transport::PLAIN.map(transport).collect_view()}</div>
                {no_transport
                    .then(|| {
                        view! { <p class="error">{text.get("swarm-wrong-transport")}</p> }
                    })}
            </fieldset>
            <fieldset>
                <legend>{text.get("swarm-whom")}</legend>
                <div class="grid">
                    {target(choice, wrong.contains(&Field::Target), text)} {field(Field::Url)}
                    {field(Field::SubscribeUrl)} {field(Field::PublishUrl)} {field(Field::ServerPid)}
                </div>
            </fieldset>
            <fieldset>
                <legend>{text.get("swarm-what")}</legend>
                <div class="grid">{Field::WITH_WHAT.map(field).collect_view()}</div>
            </fieldset>
            <button class="primary">{text.get("swarm-button")}</button>
        </form>
        {command(choice, place, text)}
    }
}

/// Whom to measure.
fn target(choice: &Choice, is_wrong: bool, text: Text) -> impl IntoView + use<> {
    let now = choice.target();
    let option = |target: Target| {
        view! {
            <option value=target.slug() selected=now == Some(target)>
                {text.get(&format!("swarm-target-{}", target.slug()))}
            </option>
        }
    };
    let error = is_wrong.then(|| {
        let which = now.map_or("unknown", Target::slug);
        let said = text.get(&format!("swarm-wrong-target-{which}"));
        view! {
            <p class="error" id="swarm-target-error">
                {said}
            </p>
        }
    });
    view! {
        <div class="field wide">
            <label for="swarm-target">{text.get("swarm-field-target")}</label>
            <select
                id="swarm-target"
                name="target"
                aria-invalid=is_wrong.then_some("true")
                aria-describedby=is_wrong.then_some("swarm-target-error")
            >
                {Target::ALL.map(option).collect_view()}
            </select>
            {error}
        </div>
    }
}

/// A field of text, its unit, what it is for, and what is wrong with it.
fn field_of(choice: &Choice, field: Field, is_wrong: bool, text: Text) -> impl IntoView + use<> {
    let slug = field.slug();
    let (id, hint) = (format!("swarm-{slug}"), format!("swarm-{slug}-hint"));
    let error = format!("swarm-{slug}-error");
    let described = if is_wrong {
        format!("{error} {hint}")
    } else {
        hint.clone()
    };
    let is_number = matches!(
        field,
        Field::Rate
            | Field::Size
            | Field::Duration
            | Field::PollInterval
            | Field::Wait
            | Field::Idle
            | Field::Seed
    );
    let is_wide = matches!(
        field,
        Field::Url | Field::SubscribeUrl | Field::PublishUrl | Field::Subscribers | Field::Name
    );
    let wrong = is_wrong.then(|| {
        let said = text.get(&format!("swarm-wrong-{slug}"));
        view! {
            <p class="error" id=error>
                {said}
            </p>
        }
    });
    view! {
        <div class="field" class:wide=is_wide data-field=slug>
            <label for=id.clone()>{text.get(&format!("swarm-field-{slug}"))}</label>
            <input
                id=id
                type="text"
                name=slug
                inputmode=is_number.then_some("decimal")
                autocomplete="off"
                spellcheck="false"
                maxlength="500"
                placeholder=example(field)
                value=choice.text(field).to_owned()
                aria-invalid=is_wrong.then_some("true")
                aria-describedby=described
            />
            {wrong}
            <p class="hint" id=hint>
                {text.get(&format!("swarm-hint-{slug}"))}
            </p>
        </div>
    }
}

/// What an address could look like.
fn example(field: Field) -> Option<&'static str> {
    match field {
        Field::Url => Some("http://127.0.0.1:3000"),
        Field::SubscribeUrl => Some("http://127.0.0.1:8080/sub/{topic}"),
        Field::PublishUrl => Some("http://127.0.0.1:8080/pub/{topic}"),
        _ => None,
    }
}

/// The command, ready to copy.
fn command(choice: &Choice, place: &Place, text: Text) -> impl IntoView + use<> {
    let command = choice.command(place);
    let shown = match command {
        Some(command) => view! {
            <pre tabindex="0">
                <code class="command" id=COMMAND>
                    {command}
                </code>
            </pre>
            <p class="line">{copy_button(COMMAND, "swarm-copy", text)}</p>
        }
        .into_any(),
        None => view! { <p class="note error">{text.get("swarm-no-command")}</p> }.into_any(),
    };
    let explained = ["build", "pid", "report", "token"].map(|part| {
        let (name, said) = (
            text.get(&format!("swarm-about-{part}")),
            text.get(&format!("swarm-about-{part}-text")),
        );
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{said}</dd>
            </div>
        }
    });
    view! {
        <section class="guide command-to-paste" aria-labelledby="swarm-command-title">
            <h2 id="swarm-command-title">{text.get("swarm-command")}</h2>
            <p class="intro">{text.get("swarm-command-text")}</p>
            {shown}
            <dl class="definitions">{explained.collect_view()}</dl>
        </section>
    }
}
