//! Which lanes are measured, and in which order.

use std::fmt;

use pushpull::transport::Transport;
use serde::{Deserialize, Serialize};

use crate::{contender::Contender, options::Options, results::Part};

/// Numbers of subscribers between which memory grows: far enough apart that huge pages, 2 MiB each,
/// are half a KiB a connection where a server has them.
const MEMORY: [u32; 4] = [500, 1_000, 2_000, 4_000];
/// The crowd of the side by side and of most rates.
const USUAL: u32 = 1_000;
/// The largest crowd.
const CROWD: u32 = 10_000;
/// Two crowds that together are more than one address has ports; each alone is no more than most
/// machines let a process open.
const BEYOND_PORTS: [u32; 2] = [16_000, 16_001];

/// What a lane is measured for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Side by side: what a delivery costs, and how long it takes.
    Delivery,
    /// Side by side: what one more connection takes.
    Memory,
    /// A point of the curve against the number of subscribers.
    Count,
    /// A point of the curve against the rate of events.
    Rate,
    /// Many subscribers for a while: everything comes everywhere.
    Crowd,
    /// More connections in one run than one address has ports.
    Ports,
}

/// One start of a server, and of the generator beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub purpose: Purpose,
    pub contender: Contender,
    pub transport: Transport,
    /// Measured one after the other.
    pub subscribers: Vec<u32>,
    /// Events per second.
    pub rate: f64,
    /// How long they are published, s.
    pub seconds: u32,
    /// How long all are open before, without an event, s.
    pub idle: u32,
    /// Which repeat, from 0.
    pub repeat: u32,
}

impl Job {
    /// About how long it takes, s.
    pub fn takes(&self) -> f64 {
        let lane =
            |count: &u32| f64::from(self.seconds + self.idle) + 1.2 + f64::from(*count) / 5_000.0;
        0.5 + self.subscribers.iter().map(lane).sum::<f64>()
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<String> = self.subscribers.iter().map(u32::to_string).collect();
        write!(
            f,
            "{}, {} × {}, {} events/s",
            self.contender.name(),
            self.transport.slug(),
            counts.join(" "),
            self.rate
        )
    }
}

/// The jobs of a part, in the order in which they are done.
pub fn jobs(part: Part, options: &Options, has_nchan: bool) -> Vec<Job> {
    let mut jobs = match part {
        Part::SideBySide => side_by_side(options),
        Part::Curves => curves(options),
        Part::Crowd => crowd(options),
    };
    jobs.retain(|job| has_nchan || job.contender != Contender::Nchan);
    jobs
}

/// Everyone in turn, another one first in each repeat.
fn side_by_side(options: &Options) -> Vec<Job> {
    let mut jobs = Vec::new();
    for repeat in 0..options.repeats {
        for transport in [Transport::LongPolling, Transport::Sse, Transport::WebSocket] {
            for contender in turn(repeat) {
                jobs.push(Job {
                    purpose: Purpose::Delivery,
                    contender,
                    transport,
                    subscribers: vec![USUAL],
                    rate: 20.0,
                    seconds: options.seconds,
                    idle: 0,
                    repeat,
                });
            }
        }
    }
    for transport in Transport::PLAIN {
        for contender in Contender::ALL {
            jobs.push(Job {
                purpose: Purpose::Memory,
                contender,
                transport,
                subscribers: MEMORY.to_vec(),
                // One event, in the middle: what it took has been given back at the end.
                rate: 0.6,
                seconds: 3,
                idle: 0,
                repeat: 0,
            });
        }
    }
    // The floor holds no request and keeps no books of its memory; only pushpull and Nchan answer
    // polls, and those hold no connection that is worth a word beside pushpull's own.
    jobs.retain(|job| match (job.contender, job.transport) {
        (Contender::Floor, transport) => {
            transport != Transport::LongPolling && job.purpose == Purpose::Delivery
        }
        (contender, Transport::Polling) => contender == Contender::Pushpull,
        (Contender::ServerFn, transport) => transport == Transport::LongPolling,
        _ => true,
    });
    jobs
}

/// All contenders, beginning with another one each time.
fn turn(repeat: u32) -> impl Iterator<Item = Contender> {
    let n = Contender::ALL.len();
    let first = repeat as usize % n;
    Contender::ALL.into_iter().cycle().skip(first).take(n)
}

/// How long nothing is published where silence is measured, s: a held poll runs out in it, and two
/// signs of life fall due.
const SILENCE: u32 = 30;

/// pushpull's own transports against the number of subscribers and the rate of events.
fn curves(options: &Options) -> Vec<Job> {
    let mut jobs = Vec::new();
    let seconds = options.seconds;
    for repeat in 0..options.curve_repeats() {
        for transport in Transport::PLAIN {
            let job = |purpose, count, rate, seconds, idle| Job {
                purpose,
                contender: Contender::Pushpull,
                transport,
                subscribers: vec![count],
                rate,
                seconds,
                idle,
                repeat,
            };
            for count in [10, 100, USUAL] {
                jobs.push(job(Purpose::Count, count, 1.0, seconds, 0));
            }
            jobs.push(job(Purpose::Rate, USUAL, 10.0, seconds, 0));
            // More deliveries than a core can make would measure the backlog.
            jobs.push(job(Purpose::Rate, USUAL / 4, 100.0, seconds, 0));
            if repeat == 0 {
                jobs.push(job(Purpose::Rate, USUAL, 0.1, 4 * seconds, SILENCE));
            }
        }
    }
    jobs
}

/// Ten thousand of each, pushpull and Nchan in turn.
fn crowd(options: &Options) -> Vec<Job> {
    let mut jobs = Vec::new();
    for transport in Transport::PLAIN {
        for contender in [Contender::Pushpull, Contender::Nchan] {
            jobs.push(Job {
                purpose: Purpose::Crowd,
                contender,
                transport,
                subscribers: vec![CROWD],
                rate: 1.0,
                seconds: 6 * options.seconds,
                idle: 0,
                repeat: 0,
            });
        }
    }
    jobs.push(Job {
        purpose: Purpose::Ports,
        contender: Contender::Pushpull,
        transport: Transport::Sse,
        subscribers: BEYOND_PORTS.to_vec(),
        rate: 0.5,
        seconds: options.seconds,
        idle: 0,
        repeat: 0,
    });
    jobs
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn options() -> Options {
        Options::from_environment(|_| None).unwrap()
    }

    fn delivery(jobs: &[Job], repeat: u32) -> Vec<&Job> {
        let is = |job: &&Job| job.purpose == Purpose::Delivery && job.repeat == repeat;
        jobs.iter().filter(is).collect()
    }

    #[test]
    fn everyone_is_measured_once_in_each_repeat_and_another_one_first() {
        let jobs = jobs(Part::SideBySide, &options(), true);
        let mut firsts = HashSet::new();
        for repeat in 0..5 {
            let these = delivery(&jobs, repeat);
            let pairs: HashSet<_> = these
                .iter()
                .map(|it| (it.contender, it.transport))
                .collect();
            assert_eq!(these.len(), pairs.len());
            // The floor holds no polls, and server functions have no event stream.
            assert_eq!(these.len(), 15);
            let sse = these.iter().find(|it| it.transport == Transport::Sse);
            firsts.insert(sse.unwrap().contender);
        }
        assert!(firsts.len() >= 4);
    }

    #[test]
    fn without_nchan_everybody_else_is_measured() {
        let all = jobs(Part::Crowd, &options(), true);
        let without = jobs(Part::Crowd, &options(), false);
        assert!(without.iter().all(|it| it.contender != Contender::Nchan));
        assert_eq!(all.len() - without.len(), 4);
    }

    #[test]
    fn memory_has_the_four_numbers_that_a_slope_wants() {
        let jobs = jobs(Part::SideBySide, &options(), true);
        let memory = jobs.iter().filter(|it| it.purpose == Purpose::Memory);
        assert!(memory.clone().count() > 0);
        assert!(memory.into_iter().all(|it| it.subscribers.len() >= 4));
    }

    #[test]
    fn the_whole_takes_about_three_quarters_of_an_hour() {
        let all = Part::ALL.map(|part| jobs(part, &options(), true));
        let takes: f64 = all.iter().flatten().map(Job::takes).sum();
        assert!((1_800.0..2_900.0).contains(&takes), "{takes}");
    }
}
