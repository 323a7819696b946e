//! The page: what was measured, as tables with their pictures, and how.

mod crowd;
mod curves;
mod side;
mod table;

use std::fmt::Write;

use pushpull::transport::Transport;

use crate::{
    machine::{Machine, Versions},
    results::{Measured, Part, Results},
    select::Lanes,
    sign::Sign,
    spread::count,
};

/// A transport's name.
pub fn transport_name(transport: Transport) -> &'static str {
    match transport.plain() {
        Transport::LongPolling => "Long polling",
        Transport::Sse => "SSE",
        Transport::WebSocket => "WebSocket",
        _ => "Polling",
    }
}

/// The whole page.
pub fn page(all: &[Results]) -> String {
    let mut page = include_str!("head.md").to_owned();
    page += &machine(all);
    for (part, section) in [
        (Part::SideBySide, side::section as fn(&[Results]) -> String),
        (Part::Crowd, crowd::section),
        (Part::Curves, curves::section),
    ] {
        if all.iter().any(|it| it.part == part) {
            page.push('\n');
            page += &section(all);
        }
    }
    page.push('\n');
    page += include_str!("foot.md");
    page
}

/// On what, with what, when, how long.
fn machine(all: &[Results]) -> String {
    let mut text = String::new();
    let mut told: Vec<(&Machine, Versions)> = Vec::new();
    for results in all {
        // Each part tells its own.
        let pushpull = String::new();
        let versions = Versions {
            pushpull,
            ..results.versions.clone()
        };
        let these = (&results.machine, versions);
        if !told.contains(&these) {
            told.push(these);
        }
    }
    for (machine, versions) in told {
        // Writing to a `String` cannot fail, here and below.
        let _ = write!(
            text,
            "\n| | |\n|---|---|\n| processor | {}, {} cores |\n| memory | {} MiB |\n| system | {}, Linux {} |\n\
             | who runs where | {} |\n| compiler | {} |\n| libraries | axum {}, hyper {}, tokio {} |\n\
             | nginx, Nchan | {}, {} |\n",
            machine.cpu,
            machine.cores,
            count(machine.memory_mib),
            machine.system,
            machine.kernel,
            machine.pinning,
            versions.rustc,
            versions.axum,
            versions.hyper,
            versions.tokio,
            versions.nginx,
            versions.nchan,
        );
    }
    for results in all {
        let _ = write!(
            text,
            "\n- `{}`: pushpull {}; {}; repeats: {}; {} s a lane; took {} min.",
            results.part.slug(),
            results.versions.pushpull,
            results.begun,
            results.repeats,
            results.seconds,
            results.took_s.div_ceil(60)
        );
        if results.lanes.iter().all(|lane| lane.others.is_none()) {
            text += " What else ran on the machine was not looked at.";
        }
        for reason in &results.without {
            let _ = write!(text, " Without Nchan: {reason}.");
        }
    }
    text.push('\n');
    text
}

/// What the signs behind figures mean, and each lane that has one; nothing where none has.
fn notes(lanes: &Lanes<'_>) -> String {
    let mut text = String::new();
    for lane in lanes.iter() {
        let Some(note) = note(lane) else {
            continue;
        };
        let _ = writeln!(
            text,
            "- {}, {} × {}, {} events/s, repeat {}: {note}",
            lane.contender.name(),
            transport_name(lane.transport),
            count(lane.subscribers.into()),
            lane.rate,
            lane.repeat + 1,
        );
    }
    if text.is_empty() {
        return "\nEvery event came to every subscriber, once and in order.\n".to_owned();
    }
    let meant = lanes
        .signs()
        .map(|it| format!("{} {}.", it.mark(), it.meaning()));
    let meant: Vec<String> = meant.collect();
    format!("\n{}\n\n{text}", meant.join(" "))
}

fn note(lane: &Measured) -> Option<String> {
    let signs = Sign::of(lane).into_iter();
    let told = signs.map(|it| format!("{} {}", it.mark(), it.told(lane)));
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join("; "))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::{
        contender::Contender,
        plan::Purpose,
        results::tests::{made_up, results},
    };

    #[test]
    fn a_page_has_what_was_measured_and_nothing_else() {
        let lanes = vec![
            made_up(Contender::Pushpull, Transport::Sse, 0, 8.0),
            made_up(Contender::Nchan, Transport::Sse, 0, 10.0),
        ];
        let page = page(&[results(Part::SideBySide, lanes)]);
        assert!(page.contains("## Side by side") && !page.contains("## Curves"));
        assert!(page.contains("0.800"), "{page}");
        assert!(page.contains("took 2 min"));
        assert!(!page.contains("NaN"));
    }

    #[test]
    fn what_went_wrong_is_told_with_its_numbers() {
        let mut lane = made_up(Contender::Plain, Transport::LongPolling, 1, 8.0);
        lane.numbers.as_mut().unwrap().lost = 12_345;
        let all = [results(Part::SideBySide, vec![lane])];
        let told = notes(&Lanes::of(&all, Purpose::Delivery));
        assert!(
            told.contains("12,345 lost") && told.contains("repeat 2"),
            "{told}"
        );
        let good = made_up(Contender::Plain, Transport::LongPolling, 1, 8.0);
        let all = [results(Part::SideBySide, vec![good])];
        assert!(notes(&Lanes::of(&all, Purpose::Delivery)).contains("in order.\n"));
    }
}
