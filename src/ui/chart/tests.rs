//! All charts of one made-up run.

use super::{
    data::{Band, Data, Lane, lost_at},
    *,
};
use crate::{
    runs::types::{BlockCounts, Receipt},
    stats::Latencies,
    transport::{Transport, counters::LaneCounters},
    ui::{language::Language, text::Text},
};

/// A lane of which nothing is known but its histogram.
pub(crate) fn lane_of(blocks: &[BlockCounts]) -> Lane<'_> {
    Lane {
        transport: Transport::Sse,
        twin: 0,
        subscribers: 0,
        blocks,
        percentiles: [None; 3],
        receipts: &[],
        lost_at: Vec::new(),
        counters: None,
    }
}

/// A run of a minute as the lab would hold it: 20 events per second, of which the SSE lane has
/// lost three, and one was 48 ms late in two lanes.
pub(crate) struct MadeUp {
    lanes: Vec<MadeUpLane>,
}

struct MadeUpLane {
    transport: Transport,
    latencies: Latencies,
    receipts: Vec<Receipt>,
    counters: LaneCounters,
}

/// The events that the SSE lane has lost.
const LOST: [(u64, u64); 2] = [(400, 401), (900, 900)];

impl MadeUp {
    pub(crate) fn new() -> Self {
        Self::of(1_200)
    }

    /// The same with so many events.
    pub(crate) fn of(events: usize) -> Self {
        let mut rng = fastrand::Rng::with_seed(7);
        let mut times: Vec<i64> = (0..events).map(|_| rng.i64(0..60_000_000)).collect();
        times.sort_unstable();
        let lane = |transport| {
            let mut lane = MadeUpLane {
                transport,
                latencies: Latencies::new(),
                receipts: Vec::new(),
                counters: LaneCounters::default(),
            };
            for (seq, &at) in (1..).zip(&times) {
                let block = (at / 1_000_000) as u32;
                let spread = -(1.0 - rng.f64()).ln();
                let latency = match transport {
                    Transport::Polling => 1_000_000 - at % 1_000_000 + 900,
                    Transport::LongPolling => 2_000 + (spread * 900.0) as i64,
                    _ => 1_100 + (spread * 400.0) as i64 + if seq == 700 { 48_000 } else { 0 },
                };
                let is_lost = LOST.iter().any(|&(from, to)| (from..=to).contains(&seq));
                if transport == Transport::Sse && is_lost {
                    lane.latencies.record_never_in(1, block);
                } else {
                    lane.latencies.record(latency, block);
                    lane.receipts.push((seq, at, latency));
                }
            }
            lane.counters = counters(transport, lane.receipts.len() as u64);
            lane
        };
        Self {
            lanes: Transport::PLAIN.map(lane).into(),
        }
    }

    pub(crate) fn data(&self) -> Data<'_> {
        let receipts: Vec<_> = self.lanes.iter().map(|it| it.receipts.as_slice()).collect();
        let lanes = self.lanes.iter();
        Data {
            lanes: lanes.map(|lane| Self::lane(lane, &receipts)).collect(),
            span_us: 60_000_000,
            bands: vec![Band {
                from_us: 31_000_000,
                to_us: 34_500_000,
                name: "the tab was hidden".to_owned(),
            }],
        }
    }

    fn lane<'a>(lane: &'a MadeUpLane, receipts: &[&[Receipt]]) -> Lane<'a> {
        let percentile = |p| Some(lane.latencies.percentile(p)?.value);
        let has_lost = lane.transport == Transport::Sse;
        Lane {
            transport: lane.transport,
            twin: 0,
            subscribers: 0,
            blocks: lane.latencies.blocks(),
            percentiles: [50.0, 95.0, 99.0].map(percentile),
            receipts: &lane.receipts,
            lost_at: lost_at(if has_lost { &LOST } else { &[] }, receipts),
            counters: Some(lane.counters),
        }
    }
}

fn counters(transport: Transport, n: u64) -> LaneCounters {
    let [headers, framing, setup, cpu] = match transport {
        Transport::Polling => [60 * 780, 0, 0, 41],
        Transport::LongPolling => [n * 610, 0, 0, 38],
        Transport::Sse => [0, n * 61, 812, 9],
        _ => [0, n * 8, 640, 8],
    };
    LaneCounters {
        written: n,
        payload_bytes: n * 128,
        envelope_bytes: n * 55,
        framing_bytes: framing + 90,
        heartbeat_bytes: 90,
        header_bytes: headers,
        setup_bytes: setup,
        cpu_us: n * cpu,
        cpu_error_us: n * cpu / 6,
        cpu_samples: n / 16,
        cpu_apart: true,
        ..LaneCounters::default()
    }
}

pub(crate) fn labels(language: Language) -> Labels {
    let text = Text::new(language);
    text.labels_with_prefix("lab-name-")
        .and(&text.labels_with_prefix("chart-"))
}

#[test]
fn every_chart_is_drawn_in_both_languages_with_nothing_left_open() {
    let made_up = MadeUp::new();
    for labels in Language::ALL.map(labels) {
        for data in [made_up.data(), Data::default()] {
            for chart in Chart::ALL {
                let picture = chart.draw(&data, &labels);
                let all = [&*picture.plot, &*picture.table, &*picture.note].concat();
                for wrong in ["chart-", "lab-", "NaN", "inf", "{", "e-"] {
                    assert!(!all.contains(wrong), "{wrong} in {all}");
                }
                for (open, close) in [
                    ("<svg", "</svg>"),
                    ("<text", "</text>"),
                    ("<tr", "</tr>"),
                    ("<td", "</td>"),
                ] {
                    assert_eq!(
                        all.matches(open).count(),
                        all.matches(close).count(),
                        "{open}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_series_is_one_element_however_many_points_it_has() {
    let labels = labels(Language::English);
    let elements = |events| {
        let made_up = MadeUp::of(events);
        let draw = |chart: Chart| {
            chart
                .draw(&made_up.data(), &labels)
                .plot
                .matches("<path")
                .count()
        };
        [Chart::OverTime, Chart::Cdf, Chart::Histogram].map(draw)
    };
    assert_eq!(elements(1_200), elements(20_000));
}

#[test]
fn a_lane_that_lost_events_is_said_to_have() {
    let made_up = MadeUp::new();
    let picture = Chart::Cdf.draw(&made_up.data(), &labels(Language::English));
    let told = "n = 1,200 events in each lane. 3 of 1,200 events of SSE never came: 99.8 % did.";
    assert_eq!(picture.note, told);
    assert!(
        picture
            .table
            .contains("never came</th><td>0</td><td>0</td><td>3</td><td>0</td>")
    );
}

#[test]
fn of_http_2_what_is_not_counted_is_not_nought_and_sums_are_lower_bounds() {
    let mut made_up = MadeUp::new();
    for lane in &mut made_up.lanes {
        lane.counters = LaneCounters {
            written: 1_200,
            payload_bytes: 1_200 * 128,
            envelope_bytes: 1_200 * 55,
            http2: 1_200,
            // Runs that were kept before it was told apart say so.
            approximate: true,
            ..LaneCounters::default()
        };
    }
    let picture = Chart::Bytes.draw(&made_up.data(), &labels(Language::English));
    let cells = ["128", "55.0", "–", "–", "–", "–", "≥ 183", "–"];
    let row = cells.map(|cell| ["<td>", cell, "</td>"].concat()).concat();
    assert!(picture.table.contains(&row), "{}", picture.table);
    assert!(picture.plot.contains(">≥ 183 B</text>"));
    assert!(picture.note.contains("HTTP/2") && !picture.note.contains("overtook"));
}

#[test]
fn only_what_was_measured_and_is_not_drawn_makes_a_sample() {
    let mut made_up = MadeUp::new();
    let labels = labels(Language::English);
    let is_sample = |made_up: &MadeUp| {
        let note = Chart::OverTime.draw(&made_up.data(), &labels).note;
        note.contains("random sample").then_some(note)
    };
    assert_eq!(is_sample(&made_up), None);
    // Receipts and counts of an event that fell into no window are both missing.
    made_up.lanes[2].receipts.truncate(1_100);
    let note = is_sample(&made_up).unwrap();
    let each = "Polling 1,200, Long polling 1,200, SSE 1,100, WebSocket 1,200";
    assert!(note.contains(each), "{note}");
}

#[test]
fn bytes_are_told_as_they_are_drawn() {
    let made_up = MadeUp::new();
    let picture = Chart::Bytes.draw(&made_up.data(), &labels(Language::English));
    // WebSocket: 128 + 55 + 8 + 90 / 1,200 + 640 / 1,200.
    let cells = ["128", "55.0", "8.0", "0.1", "0.0", "0.5", "192", "0.0"];
    let row = cells.map(|cell| ["<td>", cell, "</td>"].concat()).concat();
    assert!(picture.table.contains(&row), "{}", picture.table);
    assert!(picture.plot.contains(">192 B</text>"));
}
