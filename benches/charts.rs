//! What a chart costs to draw: its text from the data of a long run, 19,000 events a lane, as the
//! page does it while it measures. The best of many draws, on one thread; putting the text into a
//! page is the browser's, and not in it.
#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a tool for developers: what goes wrong may end it"
)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use pushpull::{
    stats::Latencies,
    transport::{Transport, counters::LaneCounters},
    ui::{
        chart::{
            Chart,
            data::{Data, Lane},
        },
        labels::Labels,
        language::Language,
        text::Text,
    },
};

/// Events a lane.
const EVENTS: u64 = 19_000;
/// How long the run is.
const SPAN_US: i64 = 60_000_000;
/// How often each chart is drawn.
const DRAWS: usize = 50;

struct Source {
    transport: Transport,
    latencies: Latencies,
    receipts: Vec<(u64, i64, i64)>,
}

/// Latencies as they are on one machine: streams around 1 ms, polls over their whole interval.
fn source(transport: Transport, times: &[i64], rng: &mut fastrand::Rng) -> Source {
    let (mut latencies, mut receipts) = (Latencies::new(), Vec::new());
    for (seq, &at) in (1..).zip(times) {
        let spread = -(1.0 - rng.f64()).ln();
        let latency = match transport.plain() {
            Transport::Polling => 1_000_000 - at % 1_000_000 + rng.i64(0..2_000),
            Transport::LongPolling => 2_000 + (spread * 900.0) as i64,
            _ => 1_100 + (spread * 400.0) as i64,
        };
        latencies.record(latency, (at / 1_000_000) as u32);
        receipts.push((seq, at, latency));
    }
    Source {
        transport,
        latencies,
        receipts,
    }
}

fn lane(source: &Source, twin: u8) -> Lane<'_> {
    let percentile = |p| Some(source.latencies.percentile(p)?.value);
    let n = source.receipts.len() as u64;
    Lane {
        transport: source.transport,
        twin,
        subscribers: 0,
        blocks: source.latencies.blocks(),
        percentiles: [50.0, 95.0, 99.0].map(percentile),
        receipts: &source.receipts,
        lost_at: Vec::new(),
        counters: Some(LaneCounters {
            payload_bytes: n * 128,
            envelope_bytes: n * 55,
            framing_bytes: n * 61,
            heartbeat_bytes: 90,
            header_bytes: n * 70,
            setup_bytes: 812,
            cpu_us: n * 9,
            cpu_error_us: n,
            cpu_samples: n / 16,
            cpu_apart: true,
            ..LaneCounters::default()
        }),
    }
}

fn best(mut draw: impl FnMut()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        draw();
        start.elapsed()
    };
    (0..DRAWS).map(time).min().unwrap_or_default()
}

fn main() {
    let mut rng = fastrand::Rng::with_seed(7);
    let mut times: Vec<i64> = (0..EVENTS).map(|_| rng.i64(0..SPAN_US)).collect();
    times.sort_unstable();
    let sources: Vec<_> = [Transport::PLAIN, Transport::PLAIN]
        .concat()
        .into_iter()
        .map(|transport| source(transport, &times, &mut rng))
        .collect();
    let text = Text::new(Language::English);
    let labels: Labels = text
        .labels_with_prefix("lab-")
        .and(&text.labels_with_prefix("chart-"));
    for lanes in [4, 8] {
        println!("{lanes} lanes, {EVENTS} events each:");
        let twin = |place: usize| u8::from(place >= Transport::PLAIN.len());
        let lanes = sources.iter().take(lanes).enumerate();
        let data = Data {
            lanes: lanes
                .map(|(place, source)| lane(source, twin(place)))
                .collect(),
            span_us: SPAN_US.unsigned_abs(),
            bands: Vec::new(),
        };
        for chart in Chart::ALL {
            let best = best(|| {
                black_box(chart.draw(black_box(&data), &labels));
            });
            println!("  {:22}{:7} µs", chart.slug(), best.as_micros());
        }
    }
}
