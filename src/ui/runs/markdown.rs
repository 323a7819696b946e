//! A run as Markdown, to paste where people discuss it: verdict, table, conditions.

use super::report::{Report, title};
use crate::{runs::record::Record, ui::text::Text};

/// The Markdown of a run.
pub fn markdown(record: &Record, report: &Report, text: Text) -> String {
    let mut lines = vec![
        format!("## {}", escaped(&title(record, text))),
        String::new(),
        format!("**{}**", escaped(&report.verdict_text(text))),
        String::new(),
        escaped(&report.facts.join(" · ")),
        String::new(),
    ];
    for flag in &report.flags {
        lines.push(format!("- ⚑ {}", escaped(flag)));
    }
    if !report.flags.is_empty() {
        lines.push(String::new());
    }
    let names = report.lanes.iter().map(|lane| lane.name.clone());
    let head = std::iter::once(text.get("lab-table-figure")).chain(names);
    lines.push(row(head));
    let columns = report.lanes.len();
    lines.push(format!("|:---|{}", "---:|".repeat(columns)));
    for of in &report.rows {
        let name = format!("{} ({})", of.name, of.unit);
        lines.push(row(std::iter::once(name).chain(of.cells.iter().cloned())));
    }
    lines.push(String::new());
    for lane in report.lanes.iter().filter(|lane| !lane.remarks.is_empty()) {
        let remarks = escaped(&lane.remarks.join(" "));
        lines.push(format!("- **{}** {remarks}", escaped(&lane.name)));
    }
    for (name, value) in &report.conditions {
        lines.push(format!("- {}: {}", escaped(name), escaped(value)));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn row(cells: impl Iterator<Item = String>) -> String {
    let mut row = "|".to_owned();
    for cell in cells {
        row.push(' ');
        row.push_str(&escaped(&cell));
        row.push_str(" |");
    }
    row
}

/// A text whose signs mean nothing to Markdown or HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(
            letter,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&'
        ) {
            escaped.push('\\');
        }
        escaped.push(if letter.is_control() { ' ' } else { letter });
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{made_up::Plan, ui::language::Language};

    #[test]
    fn a_run_is_a_heading_a_verdict_and_a_table() {
        for language in Language::ALL {
            let text = Text::new(language);
            let mut record = Plan::small(1).record();
            record.name = "at the <café> | *here*".to_owned();
            let markdown = markdown(&record, &Report::of(&record, text), text);
            assert!(markdown.starts_with("## at the \\<café\\> \\| \\*here\\*\n"));
            let rows: Vec<&str> = markdown
                .lines()
                .filter(|line| line.starts_with('|'))
                .collect();
            assert!(rows.len() > 8);
            for row in rows {
                let bars = row.replace("\\|", "").matches('|').count();
                assert_eq!(bars, 6, "{row}");
            }
            assert!(markdown.contains("WebSocket") && markdown.contains("Chromium 156"));
        }
    }
}
