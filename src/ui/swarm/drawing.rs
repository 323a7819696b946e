//! How a curve is drawn: a stroke and marks for each transport, in a plane of two axes. A mark that
//! is hollow says nothing of the server: there the generator itself was the limit.

use super::{
    curve::{Curve, Height},
    grid,
    plane::Plane,
    words,
};
use crate::{
    swarm::point::Point,
    transport::Transport,
    ui::{
        chart::{Picture, pen::Pen, scale::FULL},
        mark::{outline, sign},
        number::count,
        strokes::{line, point},
        text::Text,
    },
};

/// The height of a line of names above the plot, of the plot, and of the axis below it, px.
const LINE: i32 = 18;
const HEIGHT: i32 = 210;
const AXIS: i32 = 22;
/// Names beside each other.
const A_LINE: usize = 2;

/// A transport's points, ascending by their number of subscribers.
pub(super) struct Series<'a> {
    pub(super) transport: Transport,
    pub(super) name: String,
    pub(super) points: Vec<&'a Point>,
}

impl Series<'_> {
    /// The classes that give a stroke its colour and its dash.
    fn class(&self) -> String {
        let plain = self.transport.plain();
        let kind = if plain == self.transport { "" } else { " fn" };
        format!("{}{kind}", plain.slug())
    }
}

/// The series in the order in which transports are always shown.
pub(super) fn series(points: &[Point], text: Text) -> Vec<Series<'_>> {
    let known = Transport::PLAIN.into_iter().chain(Transport::SERVER_FN);
    let one = |transport: Transport| {
        let own = points.iter().filter(|point| point.transport == transport);
        let mut points: Vec<&Point> = own.collect();
        points.sort_by_key(|point| (point.load.subscribers, point.step));
        (!points.is_empty()).then(|| Series {
            transport,
            name: words::transport(transport, text),
            points,
        })
    };
    known.filter_map(one).collect()
}

pub(super) fn draw(curve: Curve, points: &[Point], text: Text) -> Picture {
    let series = series(points, text);
    let Some(plane) = Plane::around(curve, points) else {
        return nothing(curve, text);
    };
    let lines = i32::try_from(series.len().div_ceil(A_LINE)).unwrap_or(1);
    let top = lines * LINE + 12;
    let bottom = top + HEIGHT;
    // Tenths of a px.
    let y = |height: Height| bottom * 10 - plane.y(height) * HEIGHT / (FULL / 10);
    let mut pen = open(curve, bottom + AXIS, &essence(curve, &series), text);
    let (mut grid, mut texts, mut marks) = (String::new(), Pen::default(), Pen::default());
    for tick in plane.columns() {
        line(&mut grid, (tick.at, top * 10), (tick.at, bottom * 10));
        let class = match (tick.is_half, tick.at) {
            (true, _) => "tick middle half",
            (_, at) if at > FULL * 19 / 20 => "tick end",
            _ => "tick middle",
        };
        texts.text(
            class,
            (tick.at, 0, bottom + 16),
            &count(tick.value.unsigned_abs()),
        );
    }
    for tick in plane.rows() {
        let level = y(Height::At(tick.value));
        line(&mut grid, (0, level), (FULL, level));
        texts.text("tick end", (0, -7, level / 10 + 4), &curve.tick(tick.value));
    }
    pen.stretch(bottom + AXIS);
    pen.path("grid", &grid);
    for (place, one) in series.iter().enumerate() {
        let class = one.class();
        let (mut stroke, mut errors) = (String::new(), String::new());
        let mut is_down = false;
        for its in &one.points {
            let Some(height) = curve.height(its) else {
                // What is not known is no line.
                is_down = false;
                continue;
            };
            let (x, level) = (plane.x(its.load.subscribers), y(height));
            point(&mut stroke, if is_down { 'L' } else { 'M' }, (x, level));
            is_down = true;
            if let Some([low, high]) = curve.interval(its) {
                line(&mut errors, (x, y(low)), (x, y(high)));
            }
            let kind = match its.load.saturated {
                Some(_) => " hollow",
                None => "",
            };
            let class = format!("{class}{kind}");
            marks.mark(&class, (x, level / 10), outline(one.transport));
        }
        pen.path(&format!("curve {class}"), &stroke);
        pen.path(&format!("error {class}"), &errors);
        let (column, row) = (place % A_LINE, place / A_LINE);
        let x = i32::try_from(column).unwrap_or(0) * FULL / 2;
        let y = i32::try_from(row).unwrap_or(0) * LINE + 12;
        let name = format!("{}{}", sign(one.transport), one.name);
        texts.text(&format!("name {class}"), (x, 0, y), &name);
    }
    pen.raw("</svg>");
    pen.raw(&marks.0);
    pen.raw(&texts.0);
    pen.raw("</svg>");
    Picture {
        plot: pen.0,
        table: grid::table(curve, &series, |subscribers| plane.x(subscribers), text),
        note: words::note(curve, points, text),
    }
}

/// What the picture says to whoever cannot see it: each transport's last value.
fn essence(curve: Curve, series: &[Series<'_>]) -> String {
    let last = |one: &Series<'_>| {
        let known = |point: &&&Point| curve.height(point).is_some();
        let last = one.points.iter().rev().find(known)?;
        let subscribers = count(last.load.subscribers.into());
        Some(format!("{} × {subscribers} {}", one.name, curve.told(last)))
    };
    series
        .iter()
        .filter_map(last)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Opens a picture that is `height` px high.
fn open(curve: Curve, height: i32, essence: &str, text: Text) -> Pen {
    let [title, unit] = curve.titles(text);
    let mut pen = Pen::default();
    pen.raw("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" width=\"100%\" height=\"");
    pen.int(height);
    pen.raw("\" role=\"img\" aria-label=\"");
    pen.words(&format!("{title}, {unit}. {essence}"));
    pen.raw("\">");
    pen
}

/// While nothing is known, or nobody looked.
fn nothing(curve: Curve, text: Text) -> Picture {
    let slug = curve.slug();
    let none = text.get(&format!("curve-{slug}-none"));
    let mut pen = open(curve, 120, &none, text);
    pen.text("tick middle", (FULL / 2, 0, 60), &none);
    pen.raw("</svg>");
    Picture {
        plot: pen.0,
        ..Picture::default()
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::{
        made_up,
        runs::record::LoadLimit,
        stats::Latency,
        ui::{language::Language, swarm::curve::points},
    };

    fn made() -> Vec<Point> {
        points(&made_up::swarm(&[10, 100, 250, 1_000]))
    }

    /// The places of each path of that class.
    fn places(plot: &str, class: &str) -> Vec<Vec<(i32, i32)>> {
        let paths = plot.split("<path class=\"").skip(1);
        let own = paths.filter(|path| path.starts_with(class));
        let place = |piece: &str| {
            let (x, y) = piece.split_once(' ').unwrap();
            (x.parse().unwrap(), y.parse().unwrap())
        };
        own.map(|path| {
            let strokes = path
                .split(" d=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap();
            strokes.split(['M', 'L']).skip(1).map(place).collect()
        })
        .collect()
    }

    #[test]
    fn every_curve_has_a_series_for_each_transport_and_a_table_that_says_the_same() {
        let points = made();
        for language in Language::ALL {
            let text = Text::new(language);
            for curve in Curve::ALL {
                let picture = curve.draw(&points, text);
                for transport in Transport::PLAIN {
                    let class = format!("curve {}\"", transport.slug());
                    let strokes = places(&picture.plot, &class);
                    assert_eq!(strokes.len(), 1, "{class} in {}", curve.slug());
                    assert_eq!(strokes[0].len(), 4);
                    assert!(strokes[0].is_sorted_by_key(|place| place.0));
                }
                assert_eq!(picture.table.matches("<tr data-at=").count(), 4);
                assert_eq!(picture.table.matches("<td>").count(), 16);
                assert!(!picture.table.contains("<td>–") && !picture.note.is_empty());
                assert!(!picture.plot.contains("curve-") && !picture.table.contains("curve-"));
            }
        }
    }

    #[test]
    fn values_stand_in_the_table_in_the_unit_that_is_told() {
        let points = made();
        let text = Text::new(Language::English);
        let table = |curve: Curve| curve.draw(&points, text).table;
        // 24 µs for polling, 12 for long polling, 8 for SSE, 6 for WebSocket.
        let cpu = "<td>24.00</td><td>12.00</td><td>8.00</td><td>6.00</td>";
        assert!(table(Curve::Cpu).contains(cpu), "{}", table(Curve::Cpu));
        // 20 MiB and 6,300 bytes for each of a thousand, over SSE; 6,000 in the kernel.
        let memory = table(Curve::Memory);
        assert!(memory.contains("<td>26.0 · 5.9</td>"), "{memory}");
        assert!(table(Curve::P50).contains('['));
    }

    #[test]
    fn a_point_that_is_the_generators_own_is_hollow_and_told() {
        let mut points = made();
        points[0].load.saturated = Some(LoadLimit::Busy);
        for curve in Curve::ALL {
            let picture = curve.draw(&points, Text::new(Language::English));
            assert_eq!(picture.plot.matches(" hollow\"").count(), 1);
            assert!(picture.note.contains("Hollow"), "{}", picture.note);
        }
    }

    #[test]
    fn what_nobody_looked_at_is_no_line_and_what_never_came_lies_on_the_upper_edge() {
        let text = Text::new(Language::English);
        let mut points = made();
        for point in &mut points {
            (point.load.server_cpu_us, point.load.pss) = (None, None);
        }
        for curve in [Curve::Cpu, Curve::Memory] {
            let picture = curve.draw(&points, text);
            assert!(picture.plot.contains("--server-pid") && picture.table.is_empty());
        }
        // The second SSE point has no p99, the third is lost.
        let mut sse: Vec<_> = points
            .iter_mut()
            .filter(|point| point.transport == Transport::Sse)
            .collect();
        sse[1].p99 = None;
        if let Some(p99) = &mut sse[2].p99 {
            p99.value = Latency::Infinite;
        }
        let picture = Curve::P99.draw(&points, text);
        let stroke = &places(&picture.plot, "curve sse\"")[0];
        assert_eq!(stroke.len(), 3);
        let upper = stroke.iter().map(|place| place.1).min().unwrap();
        assert_eq!(stroke[1].1, upper);
        assert!(picture.table.contains("<td>∞</td>") && picture.table.contains("<td>–</td>"));
        assert_eq!(Curve::P99.draw(&[], text).table, "");
    }

    #[test]
    fn a_single_subscriber_has_a_place_too() {
        let points = points(&made_up::swarm(&[1]));
        for curve in Curve::ALL {
            let picture = curve.draw(&points, Text::new(Language::Korean));
            assert!(picture.plot.ends_with("</svg>"), "{}", picture.plot);
        }
    }
}
