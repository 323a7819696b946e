//! Charts that follow a run: drawn anew when something has changed and somebody can see it, and once
//! more when it is over, seen or not: a page is also read aloud, printed and searched.

use web_sys::{Element, window};

use super::{Chart, data::Data, reading::refresh};
use crate::ui::labels::Labels;

/// The charts of a page, and whose turn it is.
pub(crate) struct LiveCharts {
    figures: Vec<Figure>,
    turn: usize,
}

/// One chart in the page.
struct Figure {
    chart: Chart,
    root: Element,
    plot: Element,
    table: Element,
    note: Element,
    /// What was drawn last.
    drawn: u64,
}

impl LiveCharts {
    /// Finds the charts in the page.
    pub(crate) fn find() -> Self {
        Self {
            figures: Chart::ALL.into_iter().filter_map(Figure::find).collect(),
            turn: 0,
        }
    }

    /// The chart whose turn it is, if its data have another `version` than before and it is in
    /// view: what nobody sees waits while there is something to measure, until the run `is_over`.
    /// Each call is the next one's turn: no frame bears more than one chart.
    pub(crate) fn next(&mut self, version: u64, is_over: bool) -> Option<Chart> {
        self.turn = (self.turn + 1) % self.figures.len().max(1);
        let figure = self.figures.get(self.turn)?;
        (figure.drawn != version && (is_over || is_seen(&figure.root))).then_some(figure.chart)
    }

    /// Draws the chart whose turn it is.
    pub(crate) fn draw(&mut self, version: u64, data: &Data<'_>, labels: &Labels) {
        if let Some(figure) = self.figures.get_mut(self.turn) {
            let picture = figure.chart.draw(data, labels);
            figure.plot.set_inner_html(&picture.plot);
            figure.table.set_inner_html(&picture.table);
            figure.note.set_text_content(Some(&picture.note));
            figure.drawn = version;
            refresh(&figure.root);
        }
    }
}

impl Figure {
    fn find(chart: Chart) -> Option<Self> {
        let document = window()?.document()?;
        let root = document.get_element_by_id(&["chart-", chart.slug()].concat())?;
        let one = |selector: &str| root.query_selector(selector).ok()?;
        Some(Self {
            chart,
            plot: one(".held")?,
            table: one(".numbers")?,
            note: one(".remark")?,
            root: root.clone(),
            drawn: 0,
        })
    }
}

/// Whether any of it is on the screen.
fn is_seen(element: &Element) -> bool {
    let place = element.get_bounding_client_rect();
    let height = window().and_then(|window| window.inner_height().ok()?.as_f64());
    place.bottom() > 0.0 && height.is_none_or(|height| place.top() < height)
}
