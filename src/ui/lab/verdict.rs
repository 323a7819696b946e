//! The verdict in words, and the line of facts that it rests on.

use leptos::prelude::*;

use super::{place::Places, say::Say};
use crate::{
    lab::{
        bias::Twins,
        board::State,
        judgement::{Behind, Judgement},
        run::{Phase, Trouble},
        settings::Lanes,
    },
    runs::types::Mode,
    transport::Transport,
    ui::{
        number::{ms, plain},
        term::Term,
    },
};

/// A difference this near to half a poll interval is explained by it.
const HALF: std::ops::RangeInclusive<f64> = 0.4..=0.6;

/// The first of seven characters that no text has: each stands for a transport's name until the
/// sentence is cut up, so that names can be set in their colours.
const NAMES: u32 = 0xe000;

/// The verdict line.
pub(super) fn verdict(places: &Places) -> impl IntoView + use<> {
    let say = &places.say;
    let fact = |key: &'static str| {
        let shown = places.shown(key, Transport::Polling);
        view! {
            <span class="place" data-fact=key data-value=shown.value>
                {shown.text}
            </span>
        }
    };
    let piece = |piece: Result<String, Transport>| {
        let slug = piece
            .as_ref()
            .err()
            .map(|transport| transport.plain().slug());
        let text = piece.unwrap_or_else(|transport| say.name(transport));
        view! { <span data-transport=slug>{text}</span> }
    };
    let pieces = cut(&sentence(say, &places.state))
        .into_iter()
        .map(piece)
        .collect_view();
    view! {
        <div class="verdict">
            <h1>{pieces}</h1>
            <p class="facts">
                <span>{places.run("events")}</span>
                <span>
                    <Term
                        id="lab-tip-clock"
                        word=say.text("lab-clock-error")
                        meaning=say.text("lab-clock-error-tip")
                        more=("#term-clock-error", say.text("lab-more"))
                    /> " ± " {fact("clock-error")} " ms"
                </span>
                <span>{fact("distance")}</span>
                <span>{places.run("instrument")}</span>
                <span>{places.run("bias")}</span>
            </p>
            <p class="visually-hidden" role="status">
                {places.run("phase")}
            </p>
        </div>
    }
}

/// The verdict, names standing as single characters.
pub(super) fn sentence(say: &Say, state: &State) -> String {
    let run = &state.run;
    match (&run.trouble, run.phase) {
        (Trouble::NoLanes, _) => say.text("lab-trouble-no-lanes"),
        (Trouble::NoneOpened, _) => say.text("lab-trouble-none-opened"),
        (Trouble::Refused(reason), _) => {
            say.fill("lab-trouble-refused", &[("reason", &say.reason(reason))])
        }
        (Trouble::None, Phase::Idle) => say.text("lab-verdict-idle"),
        (Trouble::None, Phase::Opening) => say.text("lab-verdict-opening"),
        (Trouble::None, _) => judged(say, state),
    }
}

fn judged(say: &Say, state: &State) -> String {
    if state.run.mode == Mode::SelfCheck {
        return checked(say, state);
    }
    let judgement = &state.judgement;
    let Some(first) = judgement.leaders.first() else {
        return too_early(say, state);
    };
    let in_turn = state.run.in_turn;
    let p50 = judgement.p50_ms.map_or_else(|| "–".to_owned(), ms);
    let mut text = match judgement.within_ms {
        Some(within) if judgement.leaders.len() > 1 => {
            let names = list(say, &judgement.leaders);
            let slots = [
                ("names", names.as_str()),
                ("p50", &p50),
                ("within", &ms(within)),
            ];
            let key = if in_turn {
                "lab-verdict-in-turn"
            } else {
                "lab-verdict-together"
            };
            say.fill(key, &slots)
        }
        _ => {
            let slots = [("name", &*name(*first).to_string()), ("p50", &p50)];
            say.fill("lab-verdict-ahead", &slots)
        }
    };
    for behind in &judgement.behind {
        text.push(' ');
        text.push_str(&trailing(say, state, behind));
    }
    text
}

/// What a self-check says: the transport whose twins differ most.
fn checked(say: &Say, state: &State) -> String {
    let size = |twins: &&Twins| twins.difference.estimate_us.abs();
    let most = state
        .twins
        .iter()
        .max_by(|one, two| size(one).total_cmp(&size(two)));
    let Some(most) = most else {
        return too_early(say, state);
    };
    let slots = [
        ("name", &*name(most.transport).to_string()),
        ("by", &ms(size(&most) / 1e3)),
    ];
    say.fill("lab-verdict-twins", &slots)
}

fn too_early(say: &Say, state: &State) -> String {
    let judgement = &state.judgement;
    match (state.is_watching(), judgement.blocks) {
        (true, 0) => say.text("lab-verdict-watching"),
        (false, 0) if state.run.phase == Phase::Ended => say.text("lab-verdict-short"),
        (false, 0) if state.run.mode == Mode::SelfCheck => say.text("lab-verdict-check"),
        (false, 0) if state.run.in_turn => say.text("lab-verdict-turns"),
        (false, 0) => say.text("lab-verdict-first"),
        (_, blocks) => {
            let slots = [
                ("blocks", &*blocks.to_string()),
                ("need", &Judgement::BLOCKS.to_string()),
                ("seconds", &in_s(judgement.block_s * 1e3)),
            ];
            say.fill("lab-verdict-early", &slots)
        }
    }
}

fn trailing(say: &Say, state: &State, behind: &Behind) -> String {
    let interval_ms = f64::from(state.run.settings.poll_interval_ms);
    let polls = behind.transport.plain() == Transport::Polling;
    let slots = [
        ("name", &*name(behind.transport).to_string()),
        ("leader", &*name(behind.leader).to_string()),
        ("by", &ms(behind.by_ms)),
        ("low", &ms(behind.range_ms.0)),
        ("high", &ms(behind.range_ms.1)),
        ("interval", &in_s(interval_ms)),
    ];
    let key = if behind.by_ms.is_infinite() {
        "lab-verdict-never"
    } else if polls && HALF.contains(&(behind.by_ms / interval_ms)) {
        "lab-verdict-half"
    } else {
        "lab-verdict-behind"
    };
    say.fill(key, &slots)
}

/// A time in s as short as it can be said: `0.05`, `1`, `2.5`.
fn in_s(ms: f64) -> String {
    plain((ms / 10.0).round() / 100.0)
}

/// The character that stands for a transport's name.
fn name(transport: Transport) -> char {
    char::from_u32(NAMES + transport as u32).unwrap_or('?')
}

/// Names as a language lists them: `A`, `A and B`, `A, B and C`.
fn list(say: &Say, transports: &[Transport]) -> String {
    let mut text = String::new();
    for (place, transport) in transports.iter().enumerate() {
        if place > 0 {
            let last = place + 1 == transports.len();
            text.push_str(&say.text(if last { "lab-list-last" } else { "lab-list" }));
        }
        text.push(name(*transport));
    }
    text
}

/// Cuts a sentence up into texts and names.
pub(super) fn cut(sentence: &str) -> Vec<Result<String, Transport>> {
    let mut pieces = vec![Ok(String::new())];
    for letter in sentence.chars() {
        if let Some(transport) = Lanes::ALL
            .into_iter()
            .find(|transport| name(*transport) == letter)
        {
            pieces.push(Err(transport));
            pieces.push(Ok(String::new()));
        } else if let Some(Ok(text)) = pieces.last_mut() {
            text.push(letter);
        }
    }
    pieces.retain(|piece| piece.as_ref().is_ok_and(|text| !text.is_empty()) || piece.is_err());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_out_of_a_sentence() {
        let sentence = format!(
            "{} and {} arrive.",
            name(Transport::WebSocket),
            name(Transport::Sse)
        );
        let pieces = cut(&sentence);
        let expected = [
            Err(Transport::WebSocket),
            Ok(" and ".to_owned()),
            Err(Transport::Sse),
            Ok(" arrive.".to_owned()),
        ];
        assert_eq!(pieces, expected);
    }

    #[test]
    fn a_run_that_has_ended_has_not_just_begun() {
        let say = Say::new(crate::ui::labels::Labels::default());
        let mut state = State::default();
        for mode in Mode::ALL {
            state.run.mode = mode;
            state.run.phase = Phase::Ended;
            assert_eq!(sentence(&say, &state), "lab-verdict-short");
            state.run.phase = Phase::Running;
            assert_ne!(sentence(&say, &state), "lab-verdict-short");
        }
    }

    #[test]
    fn seconds_are_said_shortly() {
        assert_eq!([50.0, 1_000.0, 2_500.0].map(in_s), ["0.05", "1", "2.5"]);
    }
}
