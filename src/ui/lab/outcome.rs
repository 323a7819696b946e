//! What a run leaves behind: what may have disturbed it, where it is kept, what a self-check
//! found.

use leptos::prelude::*;

use super::{place::Places, say::Say};
use crate::{
    lab::{
        bias::{Twins, is_spoilt},
        board::{Saved, State},
        run::Phase,
    },
    runs::types::{Flag, FlagKind, Mode},
    transport::Transport,
    ui::{
        mark::Mark,
        number::{count, fixed, ms},
    },
};

/// The ways in which a kept run leaves the house again: the address behind the run's own, and the
/// text's key.
const EXPORTS: [(&str, &str); 4] = [
    ("", "lab-saved-open"),
    ("/export.json", "lab-saved-json"),
    ("/export.csv", "lab-saved-csv"),
    ("/export.html", "lab-saved-html"),
];

/// Where the run is kept, or why it is not.
pub(super) fn kept(places: &Places) -> impl IntoView + use<> {
    let say = &places.say;
    let link = |(ending, key): (&'static str, &str)| {
        view! {
            <a class="place export" data-export=ending data-away="unsaved" hidden>
                {say.text(key)}
            </a>
        }
    };
    view! {
        <p class="kept place" data-away="unkept" hidden>
            <span role="status">{places.run("saved")}</span>
            {EXPORTS.map(link).collect_view()}
            <button type="button" class="quiet place" data-action="save" data-away="unrefused" hidden>
                {say.text("lab-save-again")}
            </button>
        </p>
    }
}

/// What may have disturbed the run, each with its meaning; `page` writes the list.
pub(super) fn flags(places: &Places) -> impl IntoView + use<> {
    let say = &places.say;
    let lines = flag_lines(say, &places.state.flags).into_iter();
    view! {
        <section class="flags place" data-away="undisturbed" aria-labelledby="lab-flags-title" hidden>
            <h2 id="lab-flags-title">{say.text("lab-flags")}</h2>
            <ul>{lines.map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
        </section>
    }
}

/// What a self-check finds, transport by transport.
pub(super) fn twins(places: &Places) -> impl IntoView + use<> {
    let say = &places.say;
    let row = |of: Transport| {
        view! {
            <tr class="place" data-of=of.slug() data-transport=of.slug() data-away="twin" hidden>
                <th scope="row">
                    <Mark transport=of />
                    {say.name(of)}
                </th>
                <td>{places.figure("twin", of)}</td>
                <td>{places.text("twin-range", of)}</td>
            </tr>
        }
    };
    view! {
        <section class="side-by-side twins place" data-away="unchecked" hidden>
            <h2 id="lab-twins-title">{say.text("lab-twins")}</h2>
            <p>{say.text("lab-twins-text")}</p>
            <div class="scroll" role="region" aria-labelledby="lab-twins-title" tabindex="0">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{say.text("lab-twins-transport")}</th>
                            <th scope="col">{say.text("lab-twins-differ")}</th>
                            <th scope="col">{say.text("lab-twins-range")}</th>
                        </tr>
                    </thead>
                    <tbody>{Transport::PLAIN.map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}

/// What the self-check found of a transport.
pub(super) fn twins_of(state: &State, of: Transport) -> Option<&Twins> {
    state.twins.iter().find(|twins| twins.transport == of)
}

/// The interval of the difference between twins.
pub(super) fn twin_range(state: &State, of: Transport) -> String {
    let Some(twins) = twins_of(state, of) else {
        return "–".to_owned();
    };
    let end = |us: f64| ms(us / 1e3);
    let difference = twins.difference;
    format!("{} – {}", end(difference.low_us), end(difference.high_us))
}

/// Whether the run is kept.
pub(super) fn saved(say: &Say, saved: &Saved) -> String {
    match saved {
        Saved::Nothing => String::new(),
        Saved::Saving => say.text("lab-saving"),
        Saved::Done(id) => say.fill("lab-saved", &[("id", id)]),
        Saved::Refused(reason) => say.fill("lab-save-refused", &[("reason", &say.reason(reason))]),
    }
}

/// This browser's bias, as far as the chosen lanes go.
pub(super) fn bias(say: &Say, state: &State) -> String {
    let of = |bias: &crate::lab::bias::Bias| {
        let us = bias.largest(state.settings.lanes)?;
        let slots = [("ms", &*ms(us as f64 / 1e3)), ("date", &bias.checked)];
        Some(say.fill("lab-bias", &slots))
    };
    let has_checked = state.run.mode == Mode::SelfCheck && state.run.phase == Phase::Ended;
    if has_checked && is_spoilt(&state.flags) {
        return say.text("lab-bias-spoilt");
    }
    let told = state.bias.as_ref().and_then(of);
    told.unwrap_or_else(|| say.text("lab-bias-unchecked"))
}

/// The flags in words: each kind once, with how often, how long, how much.
pub(super) fn flag_lines(say: &Say, flags: &[Flag]) -> Vec<String> {
    let mut kinds: Vec<FlagKind> = Vec::new();
    for flag in flags {
        if !kinds.contains(&flag.kind) {
            kinds.push(flag.kind);
        }
    }
    let line = |kind: FlagKind| {
        let these = || flags.iter().filter(|flag| flag.kind == kind);
        let seconds: u64 = these()
            .map(|flag| flag.to_us - flag.from_us.min(flag.to_us))
            .sum();
        let value = these().map(|flag| flag.value).max().unwrap_or_default();
        let slots = [
            ("n", &*count(these().count() as u64)),
            ("seconds", &fixed(seconds as f64 / 1e6, 1)),
            ("value", &count(value)),
            ("ms", &ms(value as f64 / 1e3)),
        ];
        say.fill(&format!("lab-flag-{}", kind.slug()), &slots)
    };
    kinds.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::labels::Labels;

    #[test]
    fn a_kind_of_flag_is_told_once() {
        let texts = [
            (
                "lab-flag-main-thread-blocked",
                "{n} times, {value} ms at most",
            ),
            ("lab-flag-tab-hidden", "{seconds} s"),
        ];
        let labels: Labels = texts
            .map(|(key, text)| (key.to_owned(), text.to_owned()))
            .into_iter()
            .collect();
        let flag = |kind, from_us, to_us, value| Flag {
            kind,
            from_us,
            to_us,
            value,
        };
        let flags = [
            flag(FlagKind::MainThreadBlocked, 0, 60_000, 60),
            flag(FlagKind::TabHidden, 0, 1_500_000, 0),
            flag(FlagKind::MainThreadBlocked, 100_000, 300_000, 200),
            flag(FlagKind::TabHidden, 2_000_000, 2_500_000, 0),
        ];
        assert_eq!(
            flag_lines(&Say::new(labels), &flags),
            ["2 times, 200 ms at most", "2.0 s"]
        );
    }
}
