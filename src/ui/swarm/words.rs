//! What is said of a swarm beside its curves: the verdict, and what is to be known of each curve.

use super::curve::{Curve, Height};
use crate::{
    swarm::point::{Point, memory_each},
    transport::Transport,
    ui::{
        chart::data::lane_name,
        number::{count, fixed},
        text::Text,
    },
};

/// A transport's name.
pub(super) fn transport(transport: Transport, text: Text) -> String {
    text.get(&format!("lab-name-{}", transport.slug()))
}

/// A lane's name: `SSE × 1,000`.
pub(super) fn lane(of: Transport, subscribers: u32, text: Text) -> String {
    lane_name(transport(of, text), 0, subscribers)
}

/// What the points say as a whole, and how many lanes are missing that should have been measured.
pub fn verdict(points: &[Point], missing: u64, text: Text) -> String {
    let mut parts = Vec::new();
    if missing > 0 {
        parts.push(text.fill("swarm-verdict-missing", &[("n", &count(missing))]));
    }
    let saturated = points.iter().filter(|point| point.load.saturated.is_some());
    let saturated = lanes(saturated, text);
    let is_saturated = !saturated.is_empty();
    if is_saturated {
        parts.push(text.fill("runs-load-saturated", &[("lanes", &saturated)]));
    }
    let lossy = points.iter().filter(|point| point.has_losses());
    let lossy: Vec<String> = lossy.map(|point| losses(point, text)).collect();
    if !lossy.is_empty() {
        let slots = [("lanes", &*lossy.join(", "))];
        parts.push(text.fill("swarm-verdict-losses", &slots));
    } else if !points.is_empty() {
        parts.push(text.get("swarm-verdict-whole"));
    }
    if !is_saturated && !points.is_empty() {
        parts.push(text.get("runs-load-verdict"));
    }
    parts.join(" ")
}

/// Lanes by their transports: `SSE × 10, 1,000; WebSocket × 1,000`.
fn lanes<'a>(points: impl Iterator<Item = &'a Point>, text: Text) -> String {
    let mut named: Vec<(Transport, String)> = Vec::new();
    for point in points {
        let subscribers = point.load.subscribers;
        match named.iter_mut().find(|(of, _)| *of == point.transport) {
            Some((_, names)) => {
                names.push_str(", ");
                names.push_str(&count(subscribers.into()));
            }
            None => named.push((point.transport, lane(point.transport, subscribers, text))),
        }
    }
    let names: Vec<String> = named.into_iter().map(|(_, names)| names).collect();
    names.join("; ")
}

/// What of a lane did not come once and in order.
fn losses(point: &Point, text: Text) -> String {
    text.fill(
        "swarm-verdict-lane",
        &[
            ("lane", &lane(point.transport, point.load.subscribers, text)),
            ("lost", &count(point.lost)),
            ("duplicated", &count(point.duplicated)),
            ("reordered", &count(point.reordered)),
        ],
    )
}

/// What is to be known beside a curve.
pub(super) fn note(curve: Curve, points: &[Point], text: Text) -> String {
    let mut notes = vec![text.get(&format!("curve-{}-note", curve.slug()))];
    if curve == Curve::Memory {
        notes.push(slopes(points, text));
    }
    let heights = points.iter().map(|point| curve.height(point));
    if heights.clone().any(|height| height == Some(Height::Never)) {
        notes.push(text.get("curve-never"));
    }
    if curve.is_latency() && heights.clone().any(|height| height.is_none()) {
        notes.push(text.get("curve-few"));
    }
    if points.iter().any(|point| point.load.saturated.is_some()) {
        notes.push(text.get("curve-hollow"));
    }
    notes.join(" ")
}

/// What one more connection takes, transport by transport. A slope that does not exceed its own
/// error says nothing of connections: it is named, not shown.
fn slopes(points: &[Point], text: Text) -> String {
    let known = Transport::PLAIN.into_iter().chain(Transport::SERVER_FN);
    let (mut each, mut noise) = (Vec::new(), Vec::new());
    for of in known {
        let Some(slope) = memory_each(points, of) else {
            continue;
        };
        let name = transport(of, text);
        if slope.exceeds_error() {
            let [kib, error] = [slope.value, slope.error].map(|it| fixed(it / 1_024.0, 1));
            each.push(format!("{name} {kib} ± {error} KiB"));
        } else {
            noise.push(name);
        }
    }
    if each.is_empty() && noise.is_empty() {
        return text.get("curve-memory-few");
    }
    let told = |key: &str, slot: &str, names: &[String]| {
        let is_some = !names.is_empty();
        is_some.then(|| text.fill(key, &[(slot, &names.join(", "))]))
    };
    let each = told("curve-memory-each", "each", &each);
    let noise = told("curve-memory-noise", "lanes", &noise);
    let told: Vec<String> = each.into_iter().chain(noise).collect();
    told.join(" ")
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::{
        made_up,
        runs::record::LoadLimit,
        ui::{language::Language, swarm::curve::points},
    };

    #[test]
    fn losses_saturation_and_what_is_missing_are_said() {
        let text = Text::new(Language::English);
        let mut points = points(&made_up::swarm(&[10, 1_000]));
        let whole = verdict(&points, 0, text);
        assert!(whole.contains("Every event"), "{whole}");
        points[2].lost = 1_234;
        points[7].load.saturated = Some(LoadLimit::Late);
        let told = verdict(&points, 3, text);
        for part in [
            "SSE × 10 (1,234 lost",
            "No verdict",
            "WebSocket × 1,000",
            "3 lanes",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(!told.contains("Every event"), "{told}");
        assert_eq!(verdict(&[], 0, text), "");
    }

    #[test]
    fn what_a_connection_takes_wants_four_numbers_of_subscribers() {
        let text = Text::new(Language::English);
        let told = |counts: &[u32]| {
            let points = points(&made_up::swarm(counts));
            note(Curve::Memory, &points, text)
        };
        let four = told(&[10, 100, 250, 1_000]);
        assert!(four.contains("SSE 6.2 ± 0.0 KiB"), "{four}");
        assert!(!four.contains("own error"), "{four}");
        assert!(told(&[10, 100, 250]).contains("four"));
    }

    #[test]
    fn a_slope_is_shown_with_its_error_and_not_at_all_where_that_is_larger() {
        let mut points = points(&made_up::swarm(&[10, 100, 250, 1_000]));
        // MiB, of a server that all lanes share: one grows in steps, one is let go again, one sways.
        let seen: [(Transport, [u64; 4]); 3] = [
            (Transport::LongPolling, [20, 22, 22, 26]),
            (Transport::Sse, [26, 25, 24, 18]),
            (Transport::WebSocket, [24, 26, 22, 25]),
        ];
        for (transport, mib) in seen {
            let own = points.iter_mut().filter(|it| it.transport == transport);
            for (point, mib) in own.zip(mib) {
                point.load.pss = Some(mib << 20);
            }
        }
        let told = note(Curve::Memory, &points, Text::new(Language::English));
        assert!(told.contains("Long polling 5.5 ± 4.3 KiB"), "{told}");
        assert!(
            told.contains("own error") && told.contains("SSE, WebSocket"),
            "{told}"
        );
        assert!(!told.contains('-') && !told.contains('−'), "{told}");
        let told = note(Curve::Memory, &points, Text::new(Language::Korean));
        assert!(told.contains("SSE, WebSocket"), "{told}");
    }
}
