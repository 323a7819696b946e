//! What of the lab may be used, and what of it is to be seen.

use crate::{
    lab::{
        board::State,
        run::{Kind, Phase},
        settings::Field,
    },
    transport::Transport,
};

/// Says yes or no about the lab, or about one of its lanes.
pub type Rule = fn(&State, Transport) -> bool;

/// By which rule something is disabled: the key in `data-off`.
pub fn off(key: &str) -> Option<Rule> {
    Some(match key {
        "asleep" => |s, _| !s.ready,
        "locked" => |s, _| !s.ready || s.is_measuring(),
        "pause" => |s, _| {
            let pausable = matches!(s.run.phase, Phase::Running | Phase::Paused);
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
        "name" => |s, _| !s.is_misnamed,
        _ => return None,
    })
}

/// Whether a field's present text is no possible value.
pub fn is_wrong(state: &State, field: Field) -> bool {
    state.invalid & (1 << field as u8) != 0
}
