//! Charts whose lanes are rows: a line of text, and below it what is drawn.

use super::{
    Say,
    data::Lane,
    open,
    pen::Pen,
    scale::{Axis, FULL},
};
use crate::ui::{
    number::count,
    strokes::{line, point},
};

/// How high a row is, px.
const ROW: i32 = 46;
/// How high the axis below the rows is, px.
const AXIS: i32 = 22;

/// A picture of rows.
pub(super) struct Rows {
    /// What stretches with the width.
    pub(super) faces: Pen,
    /// What does not.
    pub(super) texts: Pen,
    /// The axis of all rows.
    pub(super) axis: Axis,
    count: i32,
    rows: i32,
    height: i32,
}

impl Rows {
    /// So many rows, with an axis to `end`; `below` px of room are left under the axis.
    pub(super) fn new(say: Say<'_>, rows: usize, end: u64, below: i32, essence: &str) -> Self {
        let rows = rows as i32;
        let height = rows * ROW + AXIS + below;
        Self {
            faces: open(say, height, essence),
            texts: Pen::default(),
            axis: Axis::to(end),
            count: 0,
            rows,
            height,
        }
        .with_grid()
    }

    fn with_grid(mut self) -> Self {
        let bottom = self.rows * ROW;
        let mut grid = String::new();
        let mut value = 0;
        while value <= self.axis.end {
            let at = self.axis.at(value);
            line(&mut grid, (at, 0), (at, bottom * 10));
            let class = match at {
                0 => "tick",
                at if at > FULL * 19 / 20 => "tick end",
                _ => "tick middle",
            };
            self.texts.text(class, (at, 0, bottom + 15), &count(value));
            value += self.axis.tick;
        }
        self.faces.stretch(self.height);
        self.faces.path("grid", &grid);
        self
    }

    /// The next row: the lane's name on the left, its value on the right. Gives the upper edge of
    /// what is drawn below them, px, and the place for reading, in ten-thousandths of the height.
    pub(super) fn row(&mut self, lane: &Lane<'_>, say: Say<'_>, value: &str) -> (i32, i32) {
        let top = self.count * ROW;
        self.count += 1;
        let class = ["name ", &lane.class()].concat();
        self.texts.text(&class, (0, 0, top + 15), &lane.marked(say));
        self.texts.text("value end", (FULL, 0, top + 15), value);
        (top + 20, (top + 30) * FULL / self.height)
    }

    /// Where the room below the axis begins, px.
    pub(super) fn below(&self) -> i32 {
        self.rows * ROW + AXIS
    }

    /// The picture's text.
    pub(super) fn close(mut self) -> String {
        self.faces.raw("</svg>");
        self.faces.raw(&self.texts.0);
        self.faces.raw("</svg>");
        self.faces.0
    }
}

/// A bar from one place of the width to another, and from one height to another in tenths of a px.
pub(super) fn bar(path: &mut String, (from, to): (i32, i32), (top, bottom): (i32, i32)) {
    point(path, 'M', (from, top));
    point(path, 'L', (to, top));
    point(path, 'L', (to, bottom));
    point(path, 'L', (from, bottom));
    path.push('z');
}
