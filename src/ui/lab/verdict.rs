//! The verdict in words, and the line of facts that it rests on.

use leptos::prelude::*;

use super::{
    number::{count, fixed, ms},
    stage::Stage,
};
use crate::{
    lab::{
        board::{Phase, RunView, Trouble},
        judgement::{Behind, Judgement},
        settings::Lanes,
    },
    transport::Transport,
    ui::term::Term,
};

/// A difference this near to half a poll interval is explained by it.
const HALF: std::ops::RangeInclusive<f64> = 0.4..=0.6;

/// The first of seven characters that no text has: each stands for a transport's name until the
/// sentence is cut up, so that names can be set in their colours.
const NAMES: u32 = 0xe000;

/// The verdict line.
pub(super) fn verdict(stage: Stage) -> impl IntoView {
    let pieces = move || {
        cut(&sentence(stage))
            .into_iter()
            .map(|piece| match piece {
                Ok(text) => view! { <span data-transport={None::<&str>}>{text}</span> },
                Err(transport) => {
                    let slug = Some(transport.plain().slug());
                    view! { <span data-transport=slug>{stage.name(transport)}</span> }
                }
            })
            .collect_view()
    };
    view! {
        <div class="verdict">
            <h1>{pieces}</h1>
            <p class="facts">
                <span>{move || events(stage)}</span>
                <span data-fact="clock-error" data-value=move || number(clock_error(stage))>
                    <Term
                        id="lab-tip-clock"
                        word=stage.text("lab-clock-error")
                        meaning=stage.text("lab-clock-error-tip")
                        more=("#term-clock-error", stage.text("lab-more"))
                    />
                    {move || clock_error(stage).map_or_else(|| " –".to_owned(), |e| format!(" ± {} ms", ms(e)))}
                </span>
                <span data-fact="round-trip" data-value=move || number(round_trip(stage))>
                    {move || distance(stage)}
                </span>
                <span>{move || instrument(stage)}</span>
            </p>
            <p class="visually-hidden" role="status">
                {move || {
                    let phase = stage.board.run.with(|run| run.phase);
                    stage.text(&format!("lab-phase-{}", phase.slug()))
                }}
            </p>
        </div>
    }
}

fn number(value: Option<f64>) -> String {
    value.map(super::number::raw).unwrap_or_default()
}

fn clock_error(stage: Stage) -> Option<f64> {
    stage
        .board
        .instrument
        .with(|instrument| instrument.clock_error_ms)
}

fn round_trip(stage: Stage) -> Option<f64> {
    stage
        .board
        .instrument
        .with(|instrument| instrument.round_trip_ms)
}

/// How many events there were, and what became of them.
fn events(stage: Stage) -> String {
    let figures = Transport::PLAIN.into_iter().chain(Transport::SERVER_FN);
    let figures = figures.map(|transport| stage.board.lane(transport));
    let (most, lost) = figures.fold((0, 0), |(most, lost), figures| {
        figures.with(|f| (f.delivered.max(most), lost + f.lost))
    });
    let lost = match lost {
        0 => stage.text("lab-none-lost"),
        lost => stage.fill("lab-some-lost", &[("n", &count(lost))]),
    };
    stage.fill("lab-events", &[("n", &count(most)), ("lost", &lost)])
}

fn distance(stage: Stage) -> String {
    stage.board.instrument.with(|instrument| {
        let trip = instrument.round_trip_ms.map_or_else(|| "–".to_owned(), ms);
        let key = if instrument.loopback {
            "lab-trip-here"
        } else {
            "lab-trip"
        };
        stage.fill(key, &[("ms", &trip)])
    })
}

/// Browser, protocol, timer, publisher: what else a figure depends on.
fn instrument(stage: Stage) -> String {
    let mut parts = stage.board.instrument.with(|instrument| {
        let mut parts = vec![
            instrument.browser.clone(),
            instrument.protocol.to_uppercase(),
        ];
        if instrument.step_ms > 0.0 {
            let step = fixed(instrument.step_ms * 1e3, 0);
            let key = if instrument.isolated {
                "lab-step-isolated"
            } else {
                "lab-step"
            };
            parts.push(stage.fill(key, &[("us", &step)]));
        }
        parts
    });
    stage.board.run.with(|run| {
        if let Some(us) = run.lateness_p99_us {
            // From 0.1 ms on it is part of every latency that is shown.
            let key = if us >= 100 {
                "lab-publisher-late"
            } else {
                "lab-publisher"
            };
            parts.push(stage.fill(key, &[("ms", &ms(us as f64 / 1e3))]));
        }
        if run.was_hidden {
            parts.push(stage.text("lab-was-hidden"));
        }
    });
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// The verdict, names standing as single characters.
fn sentence(stage: Stage) -> String {
    let said = stage
        .board
        .run
        .with(|run| troubled(stage, run).or_else(|| unjudged(stage, run)));
    said.unwrap_or_else(|| {
        stage
            .board
            .judgement
            .with(|judgement| judged(stage, judgement))
    })
}

fn troubled(stage: Stage, run: &RunView) -> Option<String> {
    Some(match &run.trouble {
        Trouble::None => return None,
        Trouble::NoLanes => stage.text("lab-trouble-no-lanes"),
        Trouble::NoneOpened => stage.text("lab-trouble-none-opened"),
        Trouble::Refused(reason) => stage.fill("lab-trouble-refused", &[("reason", reason)]),
    })
}

fn unjudged(stage: Stage, run: &RunView) -> Option<String> {
    match run.phase {
        Phase::Idle => Some(stage.text("lab-verdict-idle")),
        Phase::Opening => Some(stage.text("lab-verdict-opening")),
        _ => None,
    }
}

fn judged(stage: Stage, judgement: &Judgement) -> String {
    let Some(first) = judgement.leaders.first() else {
        return too_early(stage, judgement);
    };
    let p50 = judgement.p50_ms.map_or_else(|| "–".to_owned(), ms);
    let mut text = match judgement.within_ms {
        Some(within) if judgement.leaders.len() > 1 => {
            let names = list(stage, &judgement.leaders);
            let slots = [
                ("names", names.as_str()),
                ("p50", &p50),
                ("within", &ms(within)),
            ];
            stage.fill("lab-verdict-together", &slots)
        }
        _ => {
            let name = name(*first).to_string();
            stage.fill("lab-verdict-ahead", &[("name", &name), ("p50", &p50)])
        }
    };
    for behind in &judgement.behind {
        text.push(' ');
        text.push_str(&trailing(stage, behind));
    }
    text
}

fn too_early(stage: Stage, judgement: &Judgement) -> String {
    let watching = stage.board.run.with(|run| run.phase == Phase::Watching);
    let slots = [
        ("blocks", judgement.blocks.to_string()),
        ("need", Judgement::BLOCKS.to_string()),
        ("seconds", ms_as_s(judgement.block_s * 1e3)),
    ];
    let slots = slots
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    match (watching, judgement.blocks) {
        (true, 0) => stage.text("lab-verdict-watching"),
        (false, 0) => stage.text("lab-verdict-first"),
        _ => stage.fill("lab-verdict-early", &slots),
    }
}

fn trailing(stage: Stage, behind: &Behind) -> String {
    let name = name(behind.transport).to_string();
    if behind.by_ms.is_infinite() {
        return stage.fill("lab-verdict-never", &[("name", &name)]);
    }
    let interval_ms = stage
        .board
        .settings
        .with(|set| f64::from(set.poll_interval_ms));
    let polls = behind.transport.plain() == Transport::Polling;
    let slots = [
        ("name", name.as_str()),
        ("by", &ms(behind.by_ms)),
        ("interval", &ms_as_s(interval_ms)),
    ];
    let key = if polls && HALF.contains(&(behind.by_ms / interval_ms)) {
        "lab-verdict-half"
    } else {
        "lab-verdict-behind"
    };
    stage.fill(key, &slots)
}

/// A time in s as short as it can be said: `0.05`, `1`, `2.5`.
fn ms_as_s(ms: f64) -> String {
    super::number::plain((ms / 10.0).round() / 100.0)
}

/// The character that stands for a transport's name.
fn name(transport: Transport) -> char {
    char::from_u32(NAMES + transport as u32).unwrap_or('?')
}

/// Names as a language lists them: `A`, `A and B`, `A, B and C`.
fn list(stage: Stage, transports: &[Transport]) -> String {
    let mut text = String::new();
    for (place, transport) in transports.iter().enumerate() {
        if place > 0 {
            let last = place + 1 == transports.len();
            text.push_str(&stage.text(if last { "lab-list-last" } else { "lab-list" }));
        }
        text.push(name(*transport));
    }
    text
}

/// Cuts a sentence up into texts and names.
fn cut(sentence: &str) -> Vec<Result<String, Transport>> {
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
    fn seconds_are_said_shortly() {
        assert_eq!([50.0, 1_000.0, 2_500.0].map(ms_as_s), ["0.05", "1", "2.5"]);
    }
}
