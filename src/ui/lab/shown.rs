//! What the places say. The same on the server, of a lab that is asleep, and in the browser.

use super::{
    costs, outcome,
    plan::{check_s, in_turn_s, plan, seconds},
    say::Say,
};
use crate::{
    lab::{
        board::{Posted, State},
        figures::{Figures, Numbers},
        lane::State as LaneState,
        run::Phase,
    },
    runs::types::Mode,
    transport::Transport,
    ui::{
        number::{count, fixed, ms, plain, raw},
        protocol::http_version,
    },
};

/// What stands where there is no figure yet.
pub(super) const NONE: &str = "–";

/// A text, and where it is a figure its plain number, empty while there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Shown {
    /// For people.
    pub(super) text: String,
    /// For programs.
    pub(super) value: Option<String>,
}

impl From<String> for Shown {
    fn from(text: String) -> Self {
        Self { text, value: None }
    }
}

fn counted(value: u64) -> Shown {
    Shown {
        text: count(value),
        value: Some(value.to_string()),
    }
}

fn timed(value: Option<f64>) -> Shown {
    Shown {
        text: value.map_or_else(|| NONE.to_owned(), ms),
        value: Some(value.map(raw).unwrap_or_default()),
    }
}

/// Says something about the run, or about one of its lanes.
pub(super) type Tell = fn(&Say, &State, Transport) -> Shown;

/// What is shown under a key; `None` where there is no such key.
pub(super) fn tell(key: &str) -> Option<Tell> {
    Some(match key {
        // A lane's figures
        "delivered" => |_, s, t| counted(s.lane(t).delivered),
        "lost" => |_, s, t| counted(s.lane(t).lost),
        "duplicated" => |_, s, t| counted(s.lane(t).duplicated),
        "reordered" => |_, s, t| counted(s.lane(t).reordered),
        "requests" => |_, s, t| counted(s.lane(t).requests),
        "wasted" => |_, s, t| counted(s.lane(t).wasted),
        "reconnects" => |_, s, t| counted(s.lane(t).reconnects),
        "skipped" => |_, s, t| counted(s.lane(t).skipped),
        "gaps" => |_, s, t| counted(s.lane(t).gaps),
        "n" => |_, s, t| counted(s.lane(t).n),
        "p50" => |_, s, t| timed(s.lane(t).p50.map(|p50| p50.value)),
        "p90" => |_, s, t| timed(s.lane(t).p90),
        "p95" => |_, s, t| timed(s.lane(t).p95),
        "p99" => |_, s, t| timed(s.lane(t).p99),
        "max" => |_, s, t| timed(s.lane(t).max),
        "latest" => |_, s, t| timed(s.lane(t).latest),
        "text" => |_, s, t| s.lane(t).text.clone().into(),
        // What the server has counted of it
        "bytes" => |_, s, t| costs::bytes(s.lane(t)),
        "split" => |_, s, t| costs::split(s.lane(t)).into(),
        "hourly" => |_, s, t| costs::hourly(s.lane(t)),
        "opened" => |_, s, t| costs::counted(s.lane(t), |it| it.connections_opened),
        "reused" => |_, s, t| costs::counted(s.lane(t), |it| it.connections_reused),
        "heartbeats" => |_, s, t| costs::counted(s.lane(t), |it| it.heartbeats),
        "cpu" => |say, s, t| costs::cpu(say, s.lane(t), t),
        "cpu-hourly" => |say, s, t| costs::cpu_hourly(say, s.lane(t), t),
        "http" => |_, s, t| costs::protocol(s.lane(t)),
        // What a self-check found
        "twin" => |_, s, t| {
            let twins = outcome::twins_of(s, t);
            timed(twins.map(|twins| twins.difference.estimate_us / 1e3))
        },
        "twin-range" => |_, s, t| outcome::twin_range(s, t).into(),
        // A lane's texts
        "hint" => |say, s, t| hint(say, s, t).into(),
        "interval" => |say, s, t| interval(say, s.lane(t)).into(),
        "trouble" => |say, s, t| trouble(say, s.lane(t)).into(),
        "numbers" => |say, s, t| numbers(say, s.lane(t)).into(),
        "range" => |_, s, t| range(s.lane(t)).into(),
        // The run's
        "events" => |say, s, _| events(say, s).into(),
        "clock-error" => |_, s, _| timed(s.instrument.clock_error_ms),
        "round-trip" => |_, s, _| timed(s.instrument.round_trip_ms),
        "distance" => |say, s, _| {
            let away_ms = s.instrument.distance_ms;
            let key = if away_ms > 0 {
                "lab-trip-away"
            } else if s.instrument.loopback {
                "lab-trip-here"
            } else {
                "lab-trip"
            };
            let trip = s.instrument.round_trip_ms;
            let slots = [("ms", &*timed(trip).text), ("away", &away_ms.to_string())];
            Shown {
                text: say.fill(key, &slots),
                value: Some(trip.map(raw).unwrap_or_default()),
            }
        },
        "instrument" => |say, s, _| instrument(say, s).into(),
        "bias" => |say, s, _| outcome::bias(say, s).into(),
        "saved" => |say, s, _| outcome::saved(say, &s.saved).into(),
        "plan" => |say, s, _| plan(say, s).into(),
        "phase" => |say, s, _| {
            say.text(&format!("lab-phase-{}", s.run.phase.slug()))
                .into()
        },
        "what" => |say, s, _| what(say, s).into(),
        "seconds" => |say, s, _| seconds(say, s).into(),
        "luck" => |say, s, _| luck(say, s).into(),
        "pause" => |say, s, _| {
            say.text(if s.run.phase == Phase::Paused {
                "lab-resume"
            } else {
                "lab-pause"
            })
            .into()
        },
        "stop" => |say, s, _| {
            say.text(if s.run.phase.is_live() {
                "lab-stop"
            } else {
                "lab-demo"
            })
            .into()
        },
        "measure" => |say, s, _| {
            let (key, seconds) = match s.mode {
                Mode::Together => ("lab-measure", f64::from(s.settings.duration_s)),
                Mode::InTurn => ("lab-measure-about", in_turn_s(&s.settings, s.mode)),
                Mode::SelfCheck => ("lab-check-about", check_s(&s.settings)),
            };
            say.fill(key, &[("seconds", &count(seconds as u64))]).into()
        },
        "posted" => |say, s, _| posted(say, &s.posted).into(),
        "watch" => |say, s, _| {
            say.text(if s.is_watching() {
                "lab-external-stop"
            } else {
                "lab-external-button"
            })
            .into()
        },
        "command" => |_, s, _| command(s).into(),
        _ => return None,
    })
}

/// What stands beside a lane's name: what the connection is doing when it is not open, else the
/// transport in three words.
fn hint(say: &Say, state: &State, of: Transport) -> String {
    match state.lane(of).state {
        LaneState::Idle | LaneState::Open | LaneState::Ended => {}
        other => return say.text(&format!("lab-state-{}", other.slug())),
    }
    let settings = match state.run.phase {
        Phase::Idle => &state.settings,
        _ => &state.run.settings,
    };
    let seconds = plain(f64::from(settings.poll_interval_ms) / 1e3);
    say.fill(&format!("lab-hint-{}", of.slug()), &[("seconds", &seconds)])
}

/// A median's interval, or why there is no median yet.
fn interval(say: &Say, figures: &Figures) -> String {
    match figures.p50 {
        Some(p50) => say.fill(
            "lab-interval",
            &[("low", &ms(p50.low)), ("high", &ms(p50.high))],
        ),
        None => say.fill("lab-too-few", &[("n", &count(figures.n))]),
    }
}

/// The same for the table.
fn range(figures: &Figures) -> String {
    figures.p50.map_or_else(
        || format!("n = {}", count(figures.n)),
        |p50| format!("{}–{}", ms(p50.low), ms(p50.high)),
    )
}

/// Why a lane takes no part.
fn trouble(say: &Say, figures: &Figures) -> String {
    let key = match figures.state {
        LaneState::LeftOut => "lab-trouble-left-out",
        LaneState::Late => "lab-trouble-late",
        LaneState::Failed => "lab-trouble-failed",
        _ => return String::new(),
    };
    say.fill(key, &[("reason", &say.reason(&figures.reason))])
}

/// Which events were lost, duplicated, out of order.
fn numbers(say: &Say, figures: &Figures) -> String {
    let mut text = String::new();
    for (key, Numbers { named, more }) in [
        ("lab-numbers-lost", &figures.lost_numbers),
        ("lab-numbers-duplicated", &figures.duplicated_numbers),
        ("lab-numbers-reordered", &figures.reordered_numbers),
    ] {
        if named.is_empty() {
            continue;
        }
        let mut named = named.clone();
        if *more > 0 {
            named.push_str(&say.fill("lab-numbers-more", &[("n", &count(*more as u64))]));
        }
        text.push_str(&say.fill(key, &[("numbers", &named)]));
        text.push(' ');
    }
    text
}

/// How many events there were, and what became of them.
fn events(say: &Say, state: &State) -> String {
    let sum = |of: fn(&Figures) -> u64| state.figures.iter().map(of).sum::<u64>();
    let seen = if state.run.in_turn {
        // Each event is one lane's.
        sum(|it| it.delivered)
    } else {
        let each = state.figures.iter().map(|it| it.delivered);
        each.max().unwrap_or_default()
    };
    let has_ended = state.run.phase == Phase::Ended;
    let all = if has_ended { state.run.published } else { 0 };
    let all = all.max(seen);
    if all == 0 && state.run.phase == Phase::Failed {
        // The server's log began anew, and the lanes with it: what they had got is not known.
        return String::new();
    }
    let all = count(all);
    let lost = match sum(|it| it.lost) {
        // What has not come yet may still be lost: only final figures know.
        0 if !has_ended => return say.fill("lab-events-so-far", &[("n", &all)]),
        0 => say.text("lab-none-lost"),
        lost => say.fill("lab-some-lost", &[("n", &count(lost))]),
    };
    say.fill("lab-events", &[("n", &all), ("lost", &lost)])
}

/// Browser, protocol, timer, publisher: what else a figure depends on.
fn instrument(say: &Say, state: &State) -> String {
    let instrument = &state.instrument;
    let mut text = instrument.browser.clone();
    let mut add = |part: &str| {
        if !text.is_empty() && !part.is_empty() {
            text.push_str(" · ");
        }
        text.push_str(part);
    };
    add(http_version(&instrument.protocol));
    if instrument.step_ms > 0.0 {
        let step = fixed(instrument.step_ms * 1e3, 0);
        let key = if instrument.isolated {
            "lab-step-isolated"
        } else {
            "lab-step"
        };
        add(&say.fill(key, &[("us", &step)]));
    }
    if let Some(us) = state.run.lateness_p99_us {
        // From 0.1 ms on it is part of every latency that is shown.
        let key = if us >= 100 {
            "lab-publisher-late"
        } else {
            "lab-publisher"
        };
        add(&say.fill(key, &[("ms", &ms(us as f64 / 1e3))]));
    }
    text
}

/// What runs.
fn what(say: &Say, state: &State) -> String {
    match state.run.phase {
        Phase::Running | Phase::Watching => {
            say.text(&format!("lab-kind-{}", state.run.kind.slug()))
        }
        phase => say.text(&format!("lab-phase-{}", phase.slug())),
    }
}

/// The warning that even arrivals meet the polls always at the same places.
fn luck(say: &Say, state: &State) -> String {
    state
        .settings
        .commensurate()
        .map_or_else(String::new, |places| {
            say.fill("lab-commensurate", &[("places", &places.to_string())])
        })
}

fn posted(say: &Say, posted: &Posted) -> String {
    match posted {
        Posted::Nothing => String::new(),
        Posted::Sending => say.text("lab-publish-sending"),
        Posted::Done(seq) => say.fill("lab-publish-done", &[("seq", &count(*seq))]),
        Posted::Refused(reason) => {
            say.fill("lab-publish-refused", &[("reason", &say.reason(reason))])
        }
    }
}

/// How to publish to the topic that may be watched.
fn command(state: &State) -> String {
    let (origin, topic) = (&state.instrument.origin, &state.watchable);
    format!("curl -d hi {origin}/api/topics/{topic}/events")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lab::run::Trouble,
        ui::{language::Language, text::Text},
    };

    fn told(in_turn: bool, phase: Phase, published: u64) -> String {
        let mut state = State::default();
        state.run.in_turn = in_turn;
        state.run.phase = phase;
        state.run.published = published;
        for (figures, delivered) in state.figures.iter_mut().zip([415, 404]) {
            figures.delivered = delivered;
        }
        let text = Text::new(Language::English);
        events(&Say::new(text.labels_with_prefix("lab-")), &state)
    }

    #[test]
    fn in_turn_each_event_is_one_lanes_and_together_each_is_everyones() {
        assert_eq!(told(true, Phase::Running, 0), "819 events so far");
        assert_eq!(told(true, Phase::Ended, 820), "820 events, none lost");
        assert_eq!(told(false, Phase::Running, 420), "415 events so far");
        assert_eq!(told(false, Phase::Ended, 416), "416 events, none lost");
    }

    #[test]
    fn a_run_whose_server_was_started_anew_says_so_plainly() {
        let mut state = State::default();
        state.run.phase = Phase::Failed;
        state.run.trouble = Trouble::Refused("unknown_run: there is no such run".to_owned());
        for language in Language::ALL {
            let text = Text::new(language);
            let say = Say::new(text.labels_with_prefix("lab-"));
            let told = crate::ui::lab::verdict::sentence(&say, &state);
            let reason = text.get("lab-reason-unknown_run");
            assert!(
                told.ends_with(&reason) && !told.contains("unknown_run"),
                "{told}"
            );
            assert_eq!(events(&say, &state), "");
        }
    }
}
