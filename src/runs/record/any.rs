//! Any record that may be kept, for property tests: the odd ones, not the likely ones.

use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::{
    lab::{
        lane::State,
        settings::Lanes,
        workload::{Arrivals, Workload},
    },
    runs::{
        record::{
            Client, ClockMatch, LaneRecord, LoadLimit, LoadRecord, Record, SCHEMA, ServerVersion,
        },
        types::{BlockCounts, Flag, FlagKind, LaneRecording, Mode},
    },
    transport::{Transport, counters::LaneCounters},
};

const LARGEST: u64 = (1 << 53) - 1;
const DAY_US: i64 = 86_400_000_000;
/// The end of the year 2099.
const LAST_US: u64 = 4_102_444_800_000_000;

fn text(longest: usize) -> impl Strategy<Value = String> {
    vec(
        select(
            "aZ9 <&>\"'|`,;\\한😀é=+-@*_#[](){}~"
                .chars()
                .collect::<Vec<_>>(),
        ),
        0..=longest,
    )
    .prop_map(String::from_iter)
}

fn whole() -> impl Strategy<Value = u64> {
    prop_oneof![0..100_u64, 0..=LARGEST]
}

fn workload() -> impl Strategy<Value = Workload> {
    (
        100..=500_000_u32,
        any::<bool>(),
        1..=16_384_u32,
        1..=3_600_u32,
        any::<u64>(),
    )
        .prop_map(|(rate, even, payload, duration_s, seed)| Workload {
            rate: f64::from(rate) / 1e3,
            arrivals: if even {
                Arrivals::Even
            } else {
                Arrivals::Poisson
            },
            payload,
            duration_s,
            seed,
        })
}

fn flag() -> impl Strategy<Value = Flag> {
    (select(FlagKind::ALL.to_vec()), whole(), whole(), whole()).prop_map(
        |(kind, one, two, value)| Flag {
            kind,
            from_us: one.min(two),
            to_us: one.max(two),
            value,
        },
    )
}

fn client() -> impl Strategy<Value = Client> {
    let step = option::of(0..=60_000_000_000_u64);
    let agent = option::of(text(80));
    let yes = || option::of(any::<bool>());
    (text(40), agent, step, yes(), yes()).prop_map(
        |(name, user_agent, step_ns, isolated, secure)| Client {
            name,
            user_agent,
            step_ns,
            isolated,
            secure,
        },
    )
}

fn histogram() -> impl Strategy<Value = Vec<BlockCounts>> {
    let us = prop_oneof![-3_000..3_000_i64, -DAY_US..=DAY_US];
    let counts = proptest::collection::btree_map(us, 1..9_u32, 0..12);
    let block = prop_oneof![0..90_u32, Just(u32::MAX)];
    proptest::collection::btree_map(block, (counts, 0..3_u32), 0..30).prop_map(|blocks| {
        let one = |(block, (counts, never)): (u32, (std::collections::BTreeMap<i64, u32>, u32))| {
            BlockCounts {
                block,
                counts: counts.into_iter().collect(),
                never,
            }
        };
        blocks.into_iter().map(one).collect()
    })
}

/// What the lanes of a run have in common.
#[derive(Debug, Clone, Copy)]
struct Run {
    published: u64,
    is_load: bool,
}

/// As many events as all histograms and receipts of a lane can hold.
const FEW: u64 = 3_000;
const SUBSCRIBERS: u32 = 1_000;

fn lane(transport: Transport, run: Run) -> impl Strategy<Value = LaneRecord> {
    let seq = move || prop_oneof![1..60_u64, 1..=run.published];
    let receipts = proptest::collection::btree_map(
        seq(),
        (
            -DAY_US..=DAY_US,
            prop_oneof![-500..5_000_i64, -DAY_US..=DAY_US],
        ),
        0..40,
    );
    let seqs = move || vec(seq(), 0..4);
    // Some events were not lost.
    let lost = proptest::collection::btree_set(1..=run.published - FEW, 0..6);
    let told = (
        select(State::ALL.to_vec()),
        text(30),
        prop_oneof![
            Just(String::new()),
            Just("h2".to_owned()),
            Just("http/1.1".to_owned())
        ],
        vec(whole(), 7),
    );
    let server = option::of((whole(), whole(), any::<bool>()));
    (told, histogram(), receipts, lost, (seqs(), seqs()), server).prop_map(
        move |((state, reason, protocol, counts), histogram, receipts, lost, seqs, server)| {
            let count = |at: usize| counts.get(at).copied().unwrap_or_default();
            let events = histogram.iter().flat_map(|block| &block.counts);
            let events: u64 = events.map(|entry| u64::from(entry.1)).sum();
            let lost: Vec<u64> = lost.into_iter().collect();
            let ranges = lost.as_chunks().0.iter().map(|&[from, to]| (from, to));
            let lost_ranges: Vec<_> = ranges.collect();
            let lost = lost_ranges.iter().map(|(from, to)| to - from + 1).sum();
            let delivered = events.max(receipts.len() as u64) + count(0) / 2;
            let delivered = delivered.min(run.published - lost);
            let reordered = count(3).min(delivered);
            let (duplicated_seqs, mut reordered_seqs) = seqs;
            reordered_seqs.truncate(usize::try_from(reordered).unwrap_or(usize::MAX));
            let client = LaneRecording {
                transport,
                twin: 0,
                lane: "0123abcd-lane".parse().unwrap(),
                state: state.slug().to_owned(),
                reason,
                protocol,
                delivered,
                lost,
                duplicated: count(2).max(duplicated_seqs.len() as u64),
                reordered,
                lost_ranges,
                duplicated_seqs,
                reordered_seqs,
                requests: count(4).max(count(5)),
                wasted: count(4).min(count(5)),
                reconnects: count(6),
                skipped: count(1),
                gaps: count(2),
                open_us: (count(3) % 3 > 0).then(|| count(3) % DAY_US.unsigned_abs()),
                histogram,
                receipts: receipts
                    .into_iter()
                    .map(|(seq, (at, late))| (seq, at, late))
                    .collect(),
            };
            let server = server.map(|(bytes_out, cpu_us, cpu_apart)| LaneCounters {
                bytes_out,
                segments: bytes_out,
                connections_closed: bytes_out % 5,
                cpu_us,
                cpu_apart,
                ..LaneCounters::default()
            });
            let load = run.is_load.then(|| LoadRecord {
                subscribers: SUBSCRIBERS,
                published: run.published,
                own_cpu_us: delivered,
                server_cpu_us: Some(delivered),
                saturated: Some(LoadLimit::Slow),
                ..LoadRecord::default()
            });
            LaneRecord {
                client,
                server,
                load,
            }
        },
    )
}

/// Modes, transports that may have lanes in them, and how many events there are.
fn lanes() -> impl Strategy<Value = (Mode, Run, Vec<LaneRecord>)> {
    let published = prop_oneof![FEW + 1..=2 * FEW, FEW + 1..=LARGEST];
    let run = (select(Mode::ALL.to_vec()), published, any::<bool>());
    run.prop_flat_map(|(mode, published, is_load)| {
        let run = Run { published, is_load };
        let has = if mode == Mode::SelfCheck || is_load {
            Transport::PLAIN.to_vec()
        } else {
            Lanes::ALL.to_vec()
        };
        let lanes = proptest::sample::subsequence(has, 1..=4).prop_flat_map(move |transports| {
            let lanes = transports.into_iter().map(|of| lane(of, run));
            lanes.collect::<Vec<_>>()
        });
        (Just(mode), Just(run), lanes)
    })
}

/// Any record.
pub(crate) fn record() -> impl Strategy<Value = Record> {
    let run = (
        text(120),
        workload(),
        (50..=60_000_u32, 1..=60_u32, 0..=60_000_u32),
        (0..=LAST_US, 0..=LAST_US, option::of(whole())),
        1_000..=3_600_000_000_u64,
    );
    let clock = option::of((whole(), whole(), -1_000_000_000..=1_000_000_000_i64));
    (run, client(), clock, vec(flag(), 0..4), lanes()).prop_map(
        |((name, workload, pace, times, block_us), client, clock, flags, (mode, run, lanes))| {
            Record {
                schema: SCHEMA.to_owned(),
                name,
                saved_us: times.0.max(times.1),
                server: ServerVersion::here(),
                workload,
                published: run.published,
                lateness_p99_us: times.2,
                mode,
                poll_interval_ms: pace.0,
                wait_s: pace.1,
                distance_ms: pace.2,
                start_us: times.0.min(times.1),
                block_us,
                client,
                clock: clock.map(|(error_us, round_trip_us, drift_ppb)| ClockMatch {
                    error_us,
                    round_trip_us,
                    drift_ppb,
                }),
                bias_us: vec![(Transport::Sse, times.0 % 1_000)],
                flags,
                lanes,
            }
        },
    )
}
