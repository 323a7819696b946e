//! A curve's table: a row for each number of subscribers, a column for each transport. A row says
//! where in the picture it is, as `data-at`, so that values can be read there.

use super::{curve::Curve, drawing::Series};
use crate::{
    swarm::point::Point,
    ui::{chart::pen::Pen, mark::outline, number::count, text::Text},
};

/// The table's text.
pub(super) fn table(
    curve: Curve,
    series: &[Series<'_>],
    place: impl Fn(u32) -> i32,
    text: Text,
) -> String {
    let mut pen = Pen::default();
    let slug = curve.slug();
    pen.raw("<table><caption>");
    pen.words(&text.get(&format!("curve-{slug}-caption")));
    pen.raw("</caption><thead><tr><th scope=\"col\">");
    pen.words(&text.get("curve-corner"));
    pen.raw("</th>");
    for one in series {
        let plain = one.transport.plain();
        pen.raw("<th scope=\"col\" data-transport=\"");
        pen.raw(plain.slug());
        pen.raw("\"><svg class=\"mark ");
        pen.raw(plain.slug());
        pen.raw("\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><path d=\"");
        pen.raw(outline(plain));
        pen.raw("\"/></svg> ");
        pen.words(&one.name);
        pen.raw("</th>");
    }
    pen.raw("</tr></thead><tbody>");
    for (subscribers, step) in steps(series) {
        pen.raw("<tr data-at=\"");
        pen.int(place(subscribers));
        pen.raw("\"><th scope=\"row\">");
        pen.words(&count(subscribers.into()));
        pen.raw("</th>");
        for one in series {
            let point = one.points.iter().find(|point| point.step == step);
            let told = point.map_or_else(|| "–".to_owned(), |point| told(curve, point, text));
            pen.raw("<td>");
            pen.words(&told);
            pen.raw("</td>");
        }
        pen.raw("</tr>");
    }
    pen.raw("</tbody></table>");
    pen.0
}

/// A point's value, and whether it says anything of the server.
fn told(curve: Curve, point: &Point, text: Text) -> String {
    let told = curve.told(point);
    if point.load.saturated.is_some() && told != "–" {
        text.fill("curve-saturated", &[("value", &told)])
    } else {
        told
    }
}

/// The numbers of subscribers, ascending, each with its place in the generator's own list: one that
/// was measured twice is there twice.
fn steps(series: &[Series<'_>]) -> Vec<(u32, u8)> {
    let points = series.iter().flat_map(|one| &one.points);
    let steps = points.map(|point| (point.load.subscribers, point.step));
    let mut steps: Vec<(u32, u8)> = steps.collect();
    steps.sort_unstable();
    steps.dedup();
    steps
}
