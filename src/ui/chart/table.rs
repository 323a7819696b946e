//! A chart's table: what it shows, in numbers. A row that stands for a place in the picture says
//! which, as `data-at`: from there values are read that the pointer is at.

use super::{
    Say,
    data::{Data, Lane},
    pen::Pen,
};

/// A table while it is being written.
pub(super) struct Table(Pen, &'static str);

/// What ends the head, and what ends a row.
const ENDS: [&str; 2] = ["</tr></thead><tbody>", "</tr>"];

impl Table {
    /// A table of the chart: its caption and the name of its first column.
    pub(super) fn new(say: Say<'_>) -> Self {
        let mut pen = Pen::default();
        pen.raw("<table><caption>");
        pen.words(&say.own("caption"));
        pen.raw("</caption><thead><tr><th scope=\"col\">");
        pen.words(&say.own("corner"));
        pen.raw("</th>");
        Self(pen, ENDS[0])
    }

    /// A table with a column for each lane.
    pub(super) fn of_lanes(data: &Data<'_>, say: Say<'_>) -> Self {
        let mut table = Self::new(say);
        for lane in &data.lanes {
            table.0.raw("<th scope=\"col\" data-transport=\"");
            table.0.raw(lane.transport.plain().slug());
            table.0.raw("\">");
            lane.head(&mut table.0, say);
            table.0.raw("</th>");
        }
        table
    }

    /// The name of a further column.
    pub(super) fn column(&mut self, name: &str) {
        self.0.raw("<th scope=\"col\">");
        self.0.words(name);
        self.0.raw("</th>");
    }

    /// A row, and where it is in the picture.
    pub(super) fn row(&mut self, at: Option<i32>, name: &str) {
        self.open(at, "");
        self.0.words(name);
        self.0.raw("</th>");
    }

    /// A lane's row.
    pub(super) fn row_of(&mut self, at: i32, lane: &Lane<'_>, say: Say<'_>) {
        self.open(Some(at), lane.transport.plain().slug());
        lane.head(&mut self.0, say);
        self.0.raw("</th>");
    }

    fn open(&mut self, at: Option<i32>, transport: &str) {
        self.0.raw(self.1);
        self.1 = ENDS[1];
        self.0.raw("<tr");
        if let Some(at) = at {
            self.0.raw(" data-at=\"");
            self.0.int(at);
            self.0.raw("\"");
        }
        self.0.raw("><th scope=\"row\"");
        if !transport.is_empty() {
            self.0.raw(" data-transport=\"");
            self.0.raw(transport);
            self.0.raw("\"");
        }
        self.0.raw(">");
    }

    /// A cell of the last row.
    pub(super) fn cell(&mut self, text: &str) {
        self.0.raw("<td>");
        self.0.words(text);
        self.0.raw("</td>");
    }

    /// The table's text.
    pub(super) fn close(mut self) -> String {
        self.0.raw("</tr></tbody></table>");
        self.0.0
    }
}
