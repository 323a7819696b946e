//! Whether an interval of 95 % is one: how often two lanes that are alike are called different.
//!
//! A thousand pairs of lanes are made up, each of lanes that do not differ, but are as unruly as
//! real ones. Every pair has a nature of its own, drawn at random:
//! - 20 to 60 blocks of 1 s, of 4 to 20 events each on average, which come at random (Poisson);
//! - a *block effect*: luck that all events of a block share in one lane, normally distributed
//!   with 0 to 1 ms, and taken over from block to block (first-order autoregressive, AR(1)) by a
//!   share of 0 to 50 %;
//! - in every other pair a *sawtooth*, as polling makes it: an event waits for the next tick of
//!   0.5 s, whose phase is drawn anew for each block and lane;
//! - a *heavy tail*: Pareto with exponent 1.5, which has a mean but no variance.
//!
//! Lanes that run together share their events, and besides a block effect of 2 ms that is taken
//! over by 80 %: it has to cancel out. In turn each lane has events and blocks of its own.

use std::thread;

use fastrand::Rng;

use super::{Evidence, Latencies, PairedLatencies, difference};

const PAIRS: u64 = 1_000;

/// What a pair of lanes is like.
struct Nature {
    blocks: u32,
    per_block: f64,
    effect_us: f64,
    share: f64,
    tick_us: f64,
    tail_us: f64,
}

impl Nature {
    fn draw(rng: &mut Rng) -> Self {
        Self {
            blocks: rng.u32(20..=60),
            per_block: 4.0 + 16.0 * rng.f64(),
            effect_us: 1_000.0 * rng.f64(),
            share: 0.5 * rng.f64(),
            tick_us: if rng.bool() { 500_000.0 } else { 0.0 },
            tail_us: 50.0 + 250.0 * rng.f64(),
        }
    }

    /// Block by block, when its events happen, µs after its beginning; at least one in each.
    fn events(&self, rng: &mut Rng) -> Vec<Vec<f64>> {
        let gap = |rng: &mut Rng| -(1.0 - rng.f64()).ln() * 1e6 / self.per_block;
        let block = |rng: &mut Rng| {
            let mut times = vec![1e6 * rng.f64()];
            let mut at = gap(rng);
            while at < 1e6 {
                times.push(at);
                at += gap(rng);
            }
            times
        };
        (0..self.blocks).map(|_| block(rng)).collect()
    }

    /// The latencies of a lane that receives these events, µs.
    fn lane(&self, events: &[Vec<f64>], rng: &mut Rng) -> Vec<Vec<f64>> {
        let effects = effects(events.len(), self.effect_us, self.share, rng);
        let latencies = |(times, effect): (&Vec<f64>, f64)| {
            let phase = self.tick_us * rng.f64();
            let mut latency = |at: &f64| {
                let wait = if self.tick_us > 0.0 {
                    self.tick_us - (at + phase) % self.tick_us
                } else {
                    0.0
                };
                let tail = self.tail_us * ((1.0 - rng.f64()).powf(-1.0 / 1.5) - 1.0);
                5_000.0 + effect + wait + tail
            };
            times.iter().map(&mut latency).collect()
        };
        events.iter().zip(effects).map(latencies).collect()
    }
}

/// A series of normal values, each of which takes over a share of the last one's.
fn effects(blocks: usize, size: f64, share: f64, rng: &mut Rng) -> Vec<f64> {
    let mut value = normal(rng);
    let mut next = || {
        let this = value;
        value = share * value + (1.0 - share * share).sqrt() * normal(rng);
        this * size
    };
    (0..blocks).map(|_| next()).collect()
}

/// Very nearly a standard normal value: the sum of twelve even ones.
fn normal(rng: &mut Rng) -> f64 {
    (0..12).map(|_| rng.f64()).sum::<f64>() - 6.0
}

/// Whether two like lanes that ran together are called different.
fn fooled_together(seed: u64) -> bool {
    let mut rng = Rng::with_seed(seed);
    let nature = Nature::draw(&mut rng);
    let events = nature.events(&mut rng);
    let shared = effects(events.len(), 2_000.0, 0.8, &mut rng);
    let mut paired = PairedLatencies::new(2);
    for lane in 0..2 {
        let mut seq = 0;
        let blocks = nature.lane(&events, &mut rng);
        for ((latencies, shared), block) in blocks.iter().zip(&shared).zip(0..) {
            for latency in latencies {
                seq += 1;
                paired.record(lane, seq, block, (latency + shared).round() as i64);
            }
        }
    }
    paired.close();
    called_different(&Evidence::Together(&paired), seed)
}

/// Whether two like lanes that ran in turn are called different.
fn fooled_in_turn(seed: u64) -> bool {
    let mut rng = Rng::with_seed(seed);
    let nature = Nature::draw(&mut rng);
    let mut lane = || {
        let events = nature.events(&mut rng);
        let mut latencies = Latencies::new();
        for (block, number) in nature.lane(&events, &mut rng).iter().zip(0..) {
            for latency in block {
                latencies.record(latency.round() as i64, number);
            }
        }
        latencies
    };
    let (a, b) = (lane(), lane());
    called_different(&Evidence::InTurn(&[a.blocks(), b.blocks()]), seed)
}

fn called_different(evidence: &Evidence<'_>, seed: u64) -> bool {
    difference(evidence, (0, 1), seed)
        .expect("twenty blocks")
        .leaves_out_zero()
}

/// In how many of a thousand pairs a difference is found that is not there. 50 are to be expected
/// of an interval of 95 %; 34 to 66 is what chance makes of that in 98 of 100 thousands.
fn fooled(experiment: fn(u64) -> bool) -> usize {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let part = move |first: usize| {
        (first as u64..PAIRS)
            .step_by(threads)
            .filter(|&seed| experiment(seed))
            .count()
    };
    let parts: Vec<_> = (0..threads)
        .map(|first| thread::spawn(move || part(first)))
        .collect();
    parts
        .into_iter()
        .map(|part| part.join().expect("no panic in it"))
        .sum()
}

#[test]
fn like_lanes_together_are_called_different_as_often_as_an_interval_of_95_per_cent_may() {
    let fooled = fooled(fooled_together);
    assert!((34..=66).contains(&fooled), "{fooled} of {PAIRS}");
}

#[test]
fn like_lanes_in_turn_are_called_different_as_often_as_an_interval_of_95_per_cent_may() {
    let fooled = fooled(fooled_in_turn);
    assert!((34..=66).contains(&fooled), "{fooled} of {PAIRS}");
}
