//! The sequence diagram's drawing: a lane's recent past as a handful of SVG paths, one a class of
//! stroke, rebuilt for each frame. Pure: it makes text and knows nothing of the page.
//!
//! The browser's rail is on the left, the server's on the right, time runs downwards. Lengths are
//! whole tenths of a pixel, because writing whole numbers is most of the cost of a frame.

mod axis;

pub use self::axis::{Note, Window, ticks};
use crate::{
    lab::trace::{Exchange, Outcome, Published, Trace},
    ui::strokes::{arrow, bar, cross, head, line},
};

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

/// How many arrows a bin of the axis shows before they become one.
const CROWD: usize = 4;
/// Dots nearer than this are one.
const DOT: i32 = 15;

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

#[cfg(test)]
mod tests;
