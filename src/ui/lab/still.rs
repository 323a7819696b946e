//! What the lab says of a run that is over, for pages that do not move: the same sentences, facts
//! and rows.

use super::{
    outcome::flag_lines,
    say::Say,
    shown::tell,
    table::ROWS,
    verdict::{cut, sentence},
};
use crate::{lab::board::State, runs::types::Flag, transport::Transport, ui::labels::Labels};

/// A row of the comparison table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StillRow {
    /// What it is about.
    pub name: String,
    /// In which unit.
    pub unit: String,
    /// Lane by lane, what is said.
    pub cells: Vec<String>,
}

/// The lab's words in one language.
#[derive(Debug, Clone)]
pub struct Still(Say);

impl Still {
    /// `labels` are those whose key begins with `lab-`.
    pub fn new(labels: Labels) -> Self {
        Self(Say::new(labels))
    }

    /// A transport's name.
    pub fn name(&self, transport: Transport) -> String {
        self.0.name(transport)
    }

    /// The verdict, cut up into texts and names, which have colours of their own.
    pub fn verdict(&self, state: &State) -> Vec<Result<String, Transport>> {
        cut(&sentence(&self.0, state))
    }

    /// What a place of the lab says of the run, or of one of its lanes.
    pub fn told(&self, key: &str, state: &State, of: Transport) -> String {
        tell(key).map_or_else(String::new, |tell| tell(&self.0, state, of).text)
    }

    /// What may have disturbed the run, each kind once.
    pub fn flags(&self, flags: &[Flag]) -> Vec<String> {
        flag_lines(&self.0, flags)
    }

    /// The comparison table of these lanes.
    pub fn rows(&self, lanes: &[(&State, Transport)]) -> Vec<StillRow> {
        let row = |row: &super::table::Row| StillRow {
            name: self.0.text(row.0),
            unit: self.0.text(row.1),
            cells: lanes
                .iter()
                .map(|&(state, of)| self.cell(row.2, state, of))
                .collect(),
        };
        ROWS.iter().map(row).collect()
    }

    /// Several figures of one row stand in one cell; an interval stands in brackets.
    fn cell(&self, figures: &[&str], state: &State, of: Transport) -> String {
        let mut cell = String::new();
        for (place, &key) in figures.iter().enumerate() {
            let text = self.told(key, state, of);
            match (place, key) {
                (0, _) => cell = text,
                (_, "range") => cell = format!("{cell} ({text})"),
                _ => cell = format!("{cell} · {text}"),
            }
        }
        cell
    }
}
