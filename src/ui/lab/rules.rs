//! What of the lab may be used, and what of it is to be seen.

use crate::{
    lab::{
        board::{Saved, State},
        run::{Kind, Phase},
        settings::Field,
    },
    runs::types::Mode,
    transport::Transport,
};

/// Says yes or no about the lab, or about one of its lanes.
pub type Rule = fn(&State, Transport) -> bool;

/// By which rule something is disabled: the key in `data-off`.
pub fn off(key: &str) -> Option<Rule> {
    Some(match key {
        "asleep" => |s, _| !s.ready,
        "locked" => |s, _| !s.ready || s.is_measuring(),
        // Only where all lanes run together does the visitor say for how long.
        "lasting" => |s, _| !s.ready || s.is_measuring() || s.mode != Mode::Together,
        "pause" => |s, _| {
            let runs = matches!(s.run.phase, Phase::Running | Phase::Paused);
            // A block that stands still is none.
            let pausable = runs && !s.run.in_turn;
            !s.ready || !pausable || s.run.kind == Kind::External
        },
        "measure" => |s, _| !s.ready || s.is_measuring() || s.invalid != 0,
        "post" => |s, _| !s.ready || s.run.topic.is_none() || !s.run.phase.is_live(),
        "topic" => |s, _| !s.ready || s.is_measuring() || s.is_watching(),
        _ => return None,
    })
}

/// By which rule something is hidden: the key in `data-away`.
pub fn away(key: &str) -> Option<Rule> {
    Some(match key {
        "lane" => |s, t| !s.settings.lanes.has(t),
        "luck" => |s, _| s.settings.commensurate().is_none(),
        "rate" => |s, _| !is_wrong(s, Field::Rate),
        "payload" => |s, _| !is_wrong(s, Field::Payload),
        "interval" => |s, _| !is_wrong(s, Field::PollInterval),
        "wait" => |s, _| !is_wrong(s, Field::Wait),
        "duration" => |s, _| !is_wrong(s, Field::Duration),
        "seed" => |s, _| !is_wrong(s, Field::Seed),
        "blocks" => |s, _| !is_wrong(s, Field::Blocks),
        "together" => |s, _| s.mode == Mode::Together && !s.run.in_turn,
        "unkept" => |s, _| s.saved == Saved::Nothing,
        "unsaved" => |s, _| !matches!(s.saved, Saved::Done(_)),
        "unrefused" => |s, _| !matches!(s.saved, Saved::Refused(_)),
        "undisturbed" => |s, _| s.flags.is_empty(),
        "unchecked" => |s, _| s.run.mode != Mode::SelfCheck,
        "twin" => |s, t| !s.run.settings.lanes.has(t),
        "name" => |s, _| !s.is_misnamed,
        _ => return None,
    })
}

/// Whether a field's present text is no possible value.
pub fn is_wrong(state: &State, field: Field) -> bool {
    state.invalid & (1 << field as u8) != 0
}
