//! How long a run takes, and how far it has come.

use super::say::Say;
use crate::{
    lab::{bias, board::State, budget::seats, settings::Settings, turns::duration_ms},
    runs::types::Mode,
    ui::number::{count, plain},
};

/// How long lanes in turn take, about, s.
pub(super) fn in_turn_s(settings: &Settings, mode: Mode) -> f64 {
    (duration_ms(&seats(settings.lanes, mode), settings) / 1e3).round()
}

/// How long a self-check publishes, s.
pub(super) fn check_s(settings: &Settings) -> f64 {
    bias::settings(settings.lanes, settings.seed, settings.blocks)
        .duration_s
        .into()
}

/// What the mode makes of the settings: how many blocks, and how long that takes.
pub(super) fn plan(say: &Say, state: &State) -> String {
    let (live, mode) = (state.is_measuring(), state.run.mode);
    if live && state.run.in_turn && mode != Mode::InTurn {
        return say.text("lab-plan-no-room");
    }
    let settings = &state.settings;
    match if live { mode } else { state.mode } {
        Mode::Together => String::new(),
        Mode::InTurn => {
            let block_s = crate::stats::block_us(settings.poll_interval_ms) as f64 / 1e6;
            let slots = [
                ("lanes", &*count(settings.lanes.iter().count() as u64)),
                ("blocks", &count(settings.blocks.into())),
                ("block", &plain(block_s)),
                ("seconds", &count(in_turn_s(settings, Mode::InTurn) as u64)),
            ];
            say.fill("lab-plan-in-turn", &slots)
        }
        Mode::SelfCheck => say.text("lab-plan-self-check"),
    }
}

/// How far it has come.
pub(super) fn seconds(say: &Say, state: &State) -> String {
    let whole = |ms: f64| count((ms / 1e3).max(0.0) as u64);
    let progress = state.progress;
    if progress.blocks.1 > 0 {
        let (now, all) = progress.blocks;
        let slots = [("now", &*count(now.into())), ("all", &count(all.into()))];
        say.fill("lab-progress-blocks", &slots)
    } else if progress.total_ms > 0.0 {
        let now = whole(progress.elapsed_ms.min(progress.total_ms));
        say.fill(
            "lab-progress",
            &[("now", &now), ("all", &whole(progress.total_ms))],
        )
    } else {
        say.fill("lab-progress-open", &[("now", &whole(progress.elapsed_ms))])
    }
}
