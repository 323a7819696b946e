//! What a lane cost beside what the lab's table says: what the kernel told of its connections.

use crate::{
    runs::record::{LaneRecord, Record},
    transport::counters::LaneCounters,
    ui::{lab::still::StillRow, number::count, text::Text},
};

/// What stands where nothing is known.
const NONE: &str = "–";

/// The rows, after those of the lab.
pub(super) fn rows(record: &Record, text: Text) -> Vec<StillRow> {
    let row = |key: &str, unit: &str, cell: &dyn Fn(&LaneRecord) -> Option<String>| StillRow {
        name: text.get(key),
        unit: text.get(unit),
        cells: record
            .lanes
            .iter()
            .map(|lane| cell(lane).unwrap_or_else(|| NONE.to_owned()))
            .collect(),
    };
    vec![
        row("runs-row-closed", "lab-row-tcp", &closed),
        row("runs-row-segments", "lab-row-tcp", &segments),
        row("runs-row-ip", "runs-row-bytes", &ip_bytes),
    ]
}

/// Of how many connections the kernel told what follows, and how many there were. A connection
/// that lanes shared is closed for each of them, and was opened by one.
fn closed(lane: &LaneRecord) -> Option<String> {
    let counters = lane.server?;
    let all = counters.connections_opened.max(counters.connections_closed);
    let (closed, all) = (count(counters.connections_closed), count(all));
    Some(format!("{closed} / {all}"))
}

/// What the kernel told, where it told anything.
fn told(lane: &LaneRecord) -> Option<LaneCounters> {
    lane.server.filter(|it| it.connections_closed > 0)
}

fn segments(lane: &LaneRecord) -> Option<String> {
    let told = told(lane)?;
    let [all, again] = [told.segments, told.retransmitted].map(count);
    Some(format!("{all} · {again}"))
}

fn ip_bytes(lane: &LaneRecord) -> Option<String> {
    Some(count(told(lane)?.ip_bytes))
}

#[cfg(test)]
mod tests {
    use leptos::prelude::Owner;

    use super::*;
    use crate::{
        made_up::Plan,
        ui::{
            language::Language,
            runs::{document::document, markdown::markdown, report::Report},
        },
    };

    fn cells(record: &Record) -> Vec<String> {
        let rows = rows(record, Text::new(Language::English));
        rows.iter().map(|row| row.cells[0].clone()).collect()
    }

    #[test]
    fn what_the_kernel_told_stands_beside_of_how_many_connections() {
        let record = Plan::small(1).record();
        assert_eq!(cells(&record), ["2 / 3", "120 · 1", "40,000"]);
    }

    #[test]
    fn every_form_of_a_saved_run_says_what_a_client_costs_in_an_hour() {
        for language in Language::ALL {
            let text = Text::new(language);
            let record = Plan::small(1).record();
            let report = Report::of(&record, text);
            let page = Owner::new().with(|| document(&record, &report, text));
            let markdown = markdown(&record, &report, text);
            for key in ["lab-hourly", "lab-cpu-hourly"] {
                let name = text.get(key);
                let row = report.rows.iter().find(|row| row.name == name).unwrap();
                for cell in &row.cells {
                    assert_ne!(cell, NONE, "{name}");
                    assert!(page.contains(&**cell) && markdown.contains(&**cell));
                }
            }
        }
    }

    #[test]
    fn what_nobody_told_is_not_nought() {
        let mut record = Plan::small(1).record();
        let lane = &mut record.lanes[0];
        if let Some(counters) = &mut lane.server {
            counters.connections_closed = 0;
        }
        assert_eq!(cells(&record), ["0 / 3", "–", "–"]);
        record.lanes[0].server = None;
        assert_eq!(cells(&record), ["–"; 3]);
    }
}
