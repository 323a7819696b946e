//! Values side by side: a bar for each, its range over the repeats on it.

use pushpull::transport::Transport;

use super::sheet::Sheet;
use crate::spread::{Spread, figure};

const WIDTH: f64 = 720.0;
/// Where bars begin and end: names stand before them, figures behind.
const FROM: f64 = 190.0;
const TO: f64 = 560.0;
const ROW: f64 = 20.0;
const TOP: f64 = 58.0;

/// A picture of bars.
#[derive(Debug)]
pub struct Bars {
    pub title: String,
    /// What is drawn, with its unit.
    pub unit: String,
    pub groups: Vec<Group>,
}

/// The bars of one transport.
#[derive(Debug)]
pub struct Group {
    pub transport: Transport,
    pub name: String,
    pub rows: Vec<Row>,
}

/// A bar.
#[derive(Debug)]
pub struct Row {
    pub name: String,
    /// Whether it is what the picture is about.
    pub own: bool,
    pub value: Spread,
    /// What comes on top of it, drawn paler.
    pub more: Option<f64>,
    /// What stands behind its figure.
    pub note: String,
}

impl Bars {
    /// Draws it; `None` where there is nothing to draw.
    pub fn draw(&self) -> Option<String> {
        let rows: usize = self.groups.iter().map(|it| it.rows.len()).sum();
        let ends = self.groups.iter().flat_map(|it| &it.rows).map(Row::end);
        let most = ends.fold(0.0, f64::max);
        if rows == 0 || most <= 0.0 {
            return None;
        }
        let scale = |value: f64| (TO - FROM) * value / most;
        let height = TOP + rows as f64 * ROW + self.groups.len() as f64 * 32.0 + 8.0;
        let mut sheet = Sheet::open((WIDTH, height), &self.title, &self.essence());
        sheet.text("soft", (16.0, 45.0), &self.unit);
        let mut y = TOP;
        for group in &self.groups {
            y += 24.0;
            let class = group.transport.plain().slug();
            sheet.mark(group.transport, (20.0, y - 4.0));
            sheet.text(class, (32.0, y), &group.name);
            y += 8.0;
            let begin = y;
            for row in &group.rows {
                let middle = y + ROW / 2.0;
                sheet.text("end soft", (FROM - 8.0, middle + 4.0), &row.name);
                let class = if row.own { class } else { "" };
                let length = scale(row.value.median);
                sheet.bar(class, (FROM, y + 3.0), (length, ROW - 6.0));
                if let Some(more) = row.more {
                    let place = (FROM + length, y + 3.0);
                    sheet.bar(&format!("more {class}"), place, (scale(more), ROW - 6.0));
                }
                if row.value.n > 1 {
                    let at = |value| (FROM + scale(value), middle);
                    sheet.line("range", at(row.value.low), at(row.value.high));
                }
                let behind = FROM + scale(row.end()) + 8.0;
                sheet.text("", (behind, middle + 4.0), &row.figure());
                y += ROW;
            }
            sheet.line("axis", (FROM, begin), (FROM, y));
        }
        Some(sheet.close())
    }

    /// The same in words.
    fn essence(&self) -> String {
        let mut parts = Vec::new();
        for group in &self.groups {
            let rows = group.rows.iter();
            let told: Vec<String> = rows
                .map(|it| format!("{} {}", it.name, it.figure()))
                .collect();
            parts.push(format!("{}: {}", group.name, told.join(", ")));
        }
        format!("{}. {}", self.unit, parts.join("; "))
    }
}

impl Row {
    /// How far the bar goes, with its range and what comes on top.
    fn end(&self) -> f64 {
        (self.value.median + self.more.unwrap_or_default().max(0.0)).max(self.value.high)
    }

    fn figure(&self) -> String {
        let value = figure(Some(self.value.median));
        let more = self
            .more
            .map_or(String::new(), |it| format!(" + {}", figure(Some(it))));
        let apart = if self.note.is_empty() { "" } else { " · " };
        format!("{value}{more}{apart}{}", self.note)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn bars(values: &[f64]) -> Bars {
        let row = |&value: &f64| Row {
            name: "someone".to_owned(),
            own: false,
            value: Spread::of([value, value * 1.1]).unwrap(),
            more: None,
            note: String::new(),
        };
        Bars {
            title: "CPU".to_owned(),
            unit: "µs for a delivery".to_owned(),
            groups: vec![Group {
                transport: Transport::Sse,
                name: "SSE".to_owned(),
                rows: values.iter().map(row).collect(),
            }],
        }
    }

    fn widths(svg: &str) -> Vec<f64> {
        let bars = svg.lines().filter(|it| it.starts_with("<rect class=\"bar"));
        bars.map(|it| it.split("width=\"").nth(1).unwrap())
            .map(|it| it.split('"').next().unwrap().parse().unwrap())
            .collect()
    }

    #[test]
    fn bars_are_as_long_as_their_values() {
        let svg = bars(&[2.0, 4.0, 8.0]).draw().unwrap();
        let widths = widths(&svg);
        assert!((widths[1] / widths[0] - 2.0).abs() < 0.01, "{widths:?}");
        assert!((widths[2] / widths[0] - 4.0).abs() < 0.01);
        assert!(widths[2] <= TO - FROM);
        assert!(svg.contains("SSE: someone 2.10, someone 4.20"), "{svg}");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(bars(&[]).draw(), None);
    }
}
