//! The sequence diagram's drawing: a lane's recent past as a handful of SVG paths, one a class of
//! stroke, rebuilt for each frame. Pure: it makes text and knows nothing of the page.
//!
//! The browser's rail is on the left, the server's on the right, time runs downwards. Lengths are
//! whole tenths of a pixel, because writing whole numbers is most of the cost of a frame.

use crate::lab::trace::{Exchange, Outcome, Published, Trace};

/// The drawing's width, in tenths of a pixel like every length here.
pub const WIDTH: i32 = 3_000;
/// The height of the part that shows time.
pub const HEIGHT: i32 = 1_960;
/// Where the browser's rail stands.
pub const BROWSER: i32 = 700;
/// Where the server's rail stands.
pub const SERVER: i32 = 2_660;
/// Where published events are dotted, behind the server's rail.
pub const SOURCE: i32 = SERVER + 110;
/// How many marks and ticks a drawing can have: what the page has `<text>` elements for.
pub const SLOTS: usize = 17;

/// Arrows that are received within this much of the axis are one when there are too many.
const BIN: f64 = 120.0;
/// How many arrows a bin shows before they become one.
const CROWD: usize = 4;
/// Dots nearer than this are one.
const DOT: i32 = 15;

/// The piece of time that is shown, and when it is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// The time at the upper edge, the browser's `performance.now()` in ms.
    pub from: f64,
    /// How much time there is between the edges, ms.
    pub span: f64,
    /// Until when things are known: what is held open is drawn up to here.
    pub now: f64,
    /// Half of the best round trip, ms: what a request is assumed to need to the server.
    pub half_trip: f64,
    /// The transport keeps requests at the server until there is an event.
    pub holds: bool,
}

impl Window {
    /// Where a moment lies on the axis. What is far outside stays just outside.
    fn y(&self, time: f64) -> i32 {
        let y = (time - self.from) / self.span * f64::from(HEIGHT);
        y.clamp(-300.0, f64::from(HEIGHT) + 300.0) as i32
    }

    /// Which bin of the axis a moment belongs to; it does not depend on what is shown, so that
    /// nothing changes its bin while the diagram moves.
    fn bin(&self, time: f64) -> i64 {
        (time / self.span * f64::from(HEIGHT) / BIN).floor() as i64
    }
}

/// A small text beside the axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// Which of the page's `<text>` elements shows it. It keeps its slot while it moves.
    pub slot: usize,
    /// Where.
    pub y: i32,
    /// How many events, or how many ms since the run began.
    pub value: i64,
}

/// One frame of one lane.
#[derive(Debug, Default)]
pub struct Picture {
    /// Requests, and the heads of empty answers.
    pub request: String,
    /// Answers and messages that bring events.
    pub event: String,
    /// Empty answers, to be dashed.
    pub empty: String,
    /// What is held open, to be filled.
    pub hold: String,
    /// Events that wait at the server.
    pub wait: String,
    /// Events that came to be.
    pub dot: String,
    /// Where a connection ended, and where a gap was told.
    pub cut: String,
    /// How many events an arrow stands for.
    pub counts: Vec<Note>,
    group: Vec<Exchange>,
}

impl Picture {
    /// Draws what `trace` and `published` hold of the window's time.
    pub fn draw(&mut self, trace: &Trace, published: &Published, window: &Window) {
        for layer in [
            &mut self.request,
            &mut self.event,
            &mut self.empty,
            &mut self.hold,
            &mut self.wait,
            &mut self.dot,
            &mut self.cut,
        ] {
            layer.clear();
        }
        self.counts.clear();
        self.draw_connections(trace, window);
        self.draw_exchanges(trace, window);
        self.draw_published(published, window);
    }

    fn draw_connections(&mut self, trace: &Trace, window: &Window) {
        for connection in trace.connections() {
            if connection.ended.is_some_and(|ended| ended < window.from) {
                break;
            }
            let asked = window.y(connection.asked);
            let reached = window.y(connection.asked + window.half_trip);
            arrow(&mut self.request, (BROWSER, asked), (SERVER, reached));
            if let Some(opened) = connection.opened {
                let answered = window.y((opened - window.half_trip).max(connection.asked));
                arrow(
                    &mut self.request,
                    (SERVER, answered),
                    (BROWSER, window.y(opened)),
                );
                let until = window.y(connection.ended.unwrap_or(window.now));
                bar(&mut self.hold, BROWSER, SERVER, window.y(opened), until);
            }
            if let Some(ended) = connection.ended {
                cross(&mut self.cut, BROWSER, window.y(ended));
            }
        }
    }

    fn draw_exchanges(&mut self, trace: &Trace, window: &Window) {
        let mut group = std::mem::take(&mut self.group);
        let mut bin = None;
        for exchange in trace.exchanges() {
            if exchange.outcome == Outcome::UnderWay {
                self.draw_request(exchange, window.now, window);
                continue;
            }
            if exchange.received < window.from {
                break;
            }
            let own = window.bin(exchange.received);
            if bin != Some(own) {
                self.draw_group(&group, bin.unwrap_or(own), window);
                group.clear();
                bin = Some(own);
            }
            group.push(*exchange);
        }
        self.draw_group(&group, bin.unwrap_or_default(), window);
        group.clear();
        self.group = group;
    }

    /// Draws the exchanges of one bin, the newest first: each by itself, or all as one when they
    /// crowd.
    fn draw_group(&mut self, group: &[Exchange], bin: i64, window: &Window) {
        let (Some(newest), Some(oldest)) = (group.first(), group.last()) else {
            return;
        };
        let events: u32 = group
            .iter()
            .map(|exchange| events_of(exchange.outcome))
            .sum();
        let mut batches = group
            .iter()
            .filter(|exchange| events_of(exchange.outcome) > 1);
        if group.len() <= CROWD && batches.clone().count() <= 1 {
            for exchange in group {
                self.draw_exchange(exchange, window);
            }
            if let Some(batch) = batches.next_back() {
                self.count(batch, events_of(batch.outcome), bin, window);
            }
            return;
        }
        // The first of them stands for all: it stays where it is while others join.
        let one = Exchange {
            outcome: if events > 0 {
                Outcome::Events(events)
            } else {
                newest.outcome
            },
            ..*oldest
        };
        self.draw_exchange(&one, window);
        self.count(&one, events, bin, window);
    }

    fn count(&mut self, exchange: &Exchange, events: u32, bin: i64, window: &Window) {
        if events > 1 {
            self.counts.push(Note {
                slot: usize::try_from(bin.rem_euclid(SLOTS as i64)).unwrap_or_default(),
                y: window.y(exchange.received),
                value: events.into(),
            });
        }
    }

    fn draw_request(&mut self, exchange: &Exchange, until: f64, window: &Window) {
        let Some(asked) = exchange.asked else {
            return;
        };
        let reached = window.y(asked + window.half_trip);
        arrow(
            &mut self.request,
            (BROWSER, window.y(asked)),
            (SERVER, reached),
        );
        if window.holds {
            bar(
                &mut self.hold,
                SERVER - 50,
                SERVER + 50,
                reached,
                window.y(until),
            );
        }
    }

    fn draw_exchange(&mut self, exchange: &Exchange, window: &Window) {
        self.draw_request(exchange, exchange.left, window);
        let left = window.y(exchange.left);
        let (from, to) = ((SERVER, left), (BROWSER, window.y(exchange.received)));
        match exchange.outcome {
            Outcome::Events(_) => {
                line(
                    &mut self.wait,
                    (SOURCE, window.y(exchange.oldest)),
                    (SOURCE, left),
                );
                arrow(&mut self.event, from, to);
            }
            Outcome::Empty | Outcome::UnderWay => {
                line(&mut self.empty, from, to);
                head(&mut self.request, from, to);
            }
            Outcome::Gap => {
                line(&mut self.empty, from, to);
                cross(&mut self.cut, SERVER, left);
            }
            Outcome::Cut => cross(&mut self.cut, BROWSER, to.1),
        }
    }

    fn draw_published(&mut self, published: &Published, window: &Window) {
        let mut last = i32::MAX;
        for at in published.newest_first() {
            if at < window.from {
                break;
            }
            let y = window.y(at);
            if last.saturating_sub(y) >= DOT {
                last = y;
                // A stroke without length: the round caps make the dot.
                line(&mut self.dot, (SOURCE, y), (SOURCE, y));
            }
        }
    }
}

fn events_of(outcome: Outcome) -> u32 {
    match outcome {
        Outcome::Events(n) => n,
        _ => 0,
    }
}

/// The ticks of the axis and their path: times since `origin` in steps of 1, 2 or 5 times a power
/// of ten, three to seven of them.
pub fn ticks(path: &mut String, notes: &mut Vec<Note>, window: &Window, origin: f64) {
    path.clear();
    notes.clear();
    let step = tick_step(window.span);
    let mut index = ((window.from - origin) / step).ceil().max(0.0) as i64;
    loop {
        let since = index as f64 * step;
        let y = window.y(origin + since);
        if y > HEIGHT || notes.len() == SLOTS {
            return;
        }
        line(path, (BROWSER, y), (SERVER, y));
        notes.push(Note {
            slot: usize::try_from(index.rem_euclid(SLOTS as i64)).unwrap_or_default(),
            y,
            value: since as i64,
        });
        index += 1;
    }
}

/// The distance of the ticks, ms.
fn tick_step(span: f64) -> f64 {
    let mut power = 100.0;
    loop {
        for factor in [1.0, 2.0, 5.0] {
            if span / (power * factor) <= 6.0 {
                return power * factor;
            }
        }
        power *= 10.0;
    }
}

type Point = (i32, i32);

fn line(path: &mut String, from: Point, to: Point) {
    point(path, 'M', from);
    point(path, 'L', to);
}

fn arrow(path: &mut String, from: Point, to: Point) {
    line(path, from, to);
    head(path, from, to);
}

fn head(path: &mut String, from: Point, to: Point) {
    let back = if to.0 > from.0 { to.0 - 55 } else { to.0 + 55 };
    point(path, 'M', (back, to.1 - 36));
    point(path, 'L', to);
    point(path, 'L', (back, to.1 + 36));
}

fn cross(path: &mut String, x: i32, y: i32) {
    line(path, (x - 45, y - 45), (x + 45, y + 45));
    line(path, (x - 45, y + 45), (x + 45, y - 45));
}

fn bar(path: &mut String, left: i32, right: i32, top: i32, bottom: i32) {
    if bottom <= top {
        return;
    }
    point(path, 'M', (left, top));
    point(path, 'L', (right, top));
    point(path, 'L', (right, bottom));
    point(path, 'L', (left, bottom));
    path.push('z');
}

fn point(path: &mut String, command: char, (x, y): Point) {
    path.push(command);
    push_int(path, x);
    path.push(' ');
    push_int(path, y);
}

/// Writes a whole number. The formatting machinery would be most of a frame's cost.
fn push_int(text: &mut String, value: i32) {
    if value < 0 {
        text.push('-');
    }
    let mut rest = value.unsigned_abs();
    let mut scale = 1;
    while rest / scale >= 10 {
        scale *= 10;
    }
    while scale > 0 {
        // A single decimal digit always fits.
        text.push(char::from(b'0' + (rest / scale) as u8));
        rest %= scale;
        scale /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window() -> Window {
        Window {
            from: 1_000.0,
            span: 1_960.0,
            now: 2_960.0,
            half_trip: 10.0,
            holds: false,
        }
    }

    fn drawn(trace: &Trace, published: &Published, window: &Window) -> Picture {
        let mut picture = Picture::default();
        picture.draw(trace, published, window);
        picture
    }

    #[test]
    fn whole_numbers_are_written_as_they_are() {
        let mut text = String::new();
        for value in [0, 7, -10, 2_660, i32::MIN] {
            push_int(&mut text, value);
            text.push(' ');
        }
        assert_eq!(text, "0 7 -10 2660 -2147483648 ");
    }

    #[test]
    fn a_poll_is_an_arrow_there_and_an_arrow_back_where_they_happened() {
        let mut trace = Trace::default();
        trace.asked(1_100.0);
        trace.arrived(1_130.0, 1_050.0, 1_060.0, 10.0, Outcome::Events(2));
        let picture = drawn(&trace, &Published::default(), &window());
        assert!(picture.request.starts_with("M700 100L2660 110"));
        assert!(picture.event.starts_with("M2660 110L700 130"));
        assert_eq!(picture.wait, "M2770 50L2770 110");
        assert_eq!(
            picture.counts.first().map(|c| (c.y, c.value)),
            Some((130, 2))
        );
        assert!(picture.empty.is_empty() && picture.hold.is_empty());
    }

    #[test]
    fn an_empty_answer_is_dashed_with_a_head_that_is_not() {
        let mut trace = Trace::default();
        trace.asked(1_100.0);
        trace.arrived(1_130.0, 1_130.0, 1_120.0, 10.0, Outcome::Empty);
        let picture = drawn(&trace, &Published::default(), &window());
        assert_eq!(picture.empty, "M2660 120L700 130");
        assert!(picture.request.ends_with("M755 94L700 130L755 166"));
        assert!(picture.event.is_empty());
    }

    #[test]
    fn a_held_request_is_a_bar_up_to_now() {
        let mut trace = Trace::default();
        trace.asked(1_100.0);
        let window = Window {
            holds: true,
            ..window()
        };
        let picture = drawn(&trace, &Published::default(), &window);
        assert_eq!(picture.hold, "M2610 110L2710 110L2710 1960L2610 1960z");
    }

    #[test]
    fn a_stream_is_an_area_between_its_opening_and_its_end() {
        let mut trace = Trace::default();
        trace.connecting(1_100.0);
        trace.opened(1_120.0);
        trace.ended(1_500.0);
        let picture = drawn(&trace, &Published::default(), &window());
        assert_eq!(picture.hold, "M700 120L2660 120L2660 500L700 500z");
        assert!(!picture.cut.is_empty());
    }

    #[test]
    fn a_crowd_is_drawn_as_few_arrows_that_count_all() {
        let mut trace = Trace::default();
        let mut published = Published::default();
        for i in 0..2_000u32 {
            let at = 1_000.0 + f64::from(i) * 0.98;
            published.note(u64::from(i) + 1, at);
            trace.arrived(at, at, at, 0.1, Outcome::Events(1));
        }
        let picture = drawn(&trace, &published, &window());
        let arrows = picture.event.matches("L700").count();
        assert!((10..=2 * SLOTS).contains(&arrows), "{arrows}");
        let counted: i64 = picture.counts.iter().map(|count| count.value).sum();
        assert_eq!(counted, 2_000);
        assert!(picture.dot.len() < 4_000);
        let slots: std::collections::BTreeSet<_> = picture.counts.iter().map(|c| c.slot).collect();
        assert_eq!(slots.len(), picture.counts.len());
    }

    #[test]
    fn what_is_outside_the_window_is_not_drawn() {
        let mut trace = Trace::default();
        trace.asked(100.0);
        trace.arrived(130.0, 50.0, 50.0, 10.0, Outcome::Events(1));
        let picture = drawn(&trace, &Published::default(), &window());
        assert!(picture.request.is_empty() && picture.event.is_empty());
    }

    #[test]
    fn ticks_stand_at_round_times() {
        let (mut path, mut notes) = (String::new(), Vec::new());
        for span in [2e3, 4.5e3, 60e3, 300e3] {
            let window = Window {
                from: 4_321.0,
                span,
                ..window()
            };
            ticks(&mut path, &mut notes, &window, 321.0);
            assert!((2..=7).contains(&notes.len()), "{span}: {}", notes.len());
            let step = tick_step(span);
            assert!(notes.iter().all(|note| (note.value as f64) % step == 0.0));
        }
    }
}
