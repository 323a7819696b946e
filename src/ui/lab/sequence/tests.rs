//! What a diagram looks like, stroke by stroke.

use super::{axis::tick_step, *};
use crate::ui::strokes::push_int;

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
