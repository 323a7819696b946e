//! Whether the generator itself was the limit. Then its numbers say nothing of the server, and no
//! verdict is given.

use std::{fmt, time::Duration};

use crate::{
    runs::record::LoadLimit,
    stats::{Latencies, Latency},
};

/// Shorter than this nobody is late, µs: a loaded machine's scheduler may take so long.
const NEGLIGIBLE_US: u64 = 1_000;
/// The share of the slowest hundredth's latency that may be the publisher's lateness.
const LATE: f64 = 0.25;
/// The share of it that may be the time for which ready sockets wait for their turn.
const SLOW: f64 = 0.5;
/// The share of a core, and of all that the process may use, from which on it is busy.
const BUSY: f64 = 0.9;

/// How the generator was the limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Saturation {
    /// Events went out late.
    Late { p99_us: u64 },
    /// Sockets that had something waited for the generator.
    Slow { p99_us: u64 },
    /// A thread of its used a whole core, or the process all that it may use.
    Busy { share: f64, of: Limit },
}

/// What was used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    Thread,
    Process,
}

/// What the generator knows of itself after a lane.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signs {
    /// The publisher's lateness, 99th percentile, µs.
    pub(super) lateness_p99_us: u64,
    /// For how long ready sockets waited at most, 99th percentile, µs.
    pub(super) own_delay_p99_us: u64,
    /// The largest share of a core that one of its threads used in a second.
    pub(super) busiest: f64,
    /// CPU time of the process while it published, and how long that was.
    pub(super) cpu: Duration,
    pub(super) wall: Duration,
    /// Cores that it may use.
    pub(super) cores: usize,
}

impl Saturation {
    /// Judges the signs by the latencies that they are a part of.
    pub(super) fn find(signs: &Signs, latencies: &Latencies) -> Option<Self> {
        let p99 = match latencies.raw_percentile(99.0) {
            Some(Latency::Micros(us)) => us.max(0) as f64,
            // What never came is nobody's share.
            Some(Latency::Infinite) => f64::INFINITY,
            None => 0.0,
        };
        let beyond = |us: u64, share: f64| us >= NEGLIGIBLE_US && us as f64 > p99 * share;
        let used = signs.cpu.as_secs_f64() / signs.wall.as_secs_f64().max(0.001);
        let process = used / signs.cores.max(1) as f64;
        if beyond(signs.lateness_p99_us, LATE) {
            Some(Self::Late {
                p99_us: signs.lateness_p99_us,
            })
        } else if signs.busiest >= BUSY {
            Some(Self::Busy {
                share: signs.busiest,
                of: Limit::Thread,
            })
        } else if process >= BUSY {
            Some(Self::Busy {
                share: process,
                of: Limit::Process,
            })
        } else if beyond(signs.own_delay_p99_us, SLOW) {
            Some(Self::Slow {
                p99_us: signs.own_delay_p99_us,
            })
        } else {
            None
        }
    }

    /// How, for a run's file.
    pub(super) fn limit(self) -> LoadLimit {
        match self {
            Self::Late { .. } => LoadLimit::Late,
            Self::Slow { .. } => LoadLimit::Slow,
            Self::Busy { .. } => LoadLimit::Busy,
        }
    }

    /// How much, for a run's file: µs, or per mille of what may be used.
    pub(super) fn value(self) -> u64 {
        match self {
            Self::Late { p99_us } | Self::Slow { p99_us } => p99_us,
            Self::Busy { share, .. } => (share * 1e3) as u64,
        }
    }
}

impl fmt::Display for Saturation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |us: u64| us as f64 / 1e3;
        match *self {
            Self::Late { p99_us } => write!(
                f,
                "events went out up to {:.1} ms late (p99), which is much of the latency",
                ms(p99_us)
            ),
            Self::Slow { p99_us } => write!(
                f,
                "what had arrived waited up to {:.1} ms (p99) to be read, which is much of the \
                 latency",
                ms(p99_us)
            ),
            Self::Busy { share, of } => {
                let what = match of {
                    Limit::Thread => "one of its threads used",
                    Limit::Process => "it used",
                };
                let of = match of {
                    Limit::Thread => "a core",
                    Limit::Process => "all the cores it may use",
                };
                write!(f, "{what} {:.0} % of {of}", share * 100.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing unusual, beside latencies of 10 ms.
    fn calm() -> (Signs, Latencies) {
        let mut latencies = Latencies::new();
        latencies.record_n(10_000, 100, 0);
        let signs = Signs {
            lateness_p99_us: 90,
            own_delay_p99_us: 300,
            busiest: 0.4,
            cpu: Duration::from_secs(4),
            wall: Duration::from_secs(10),
            cores: 2,
        };
        (signs, latencies)
    }

    #[test]
    fn who_keeps_up_is_not_saturated() {
        let (signs, latencies) = calm();
        assert_eq!(Saturation::find(&signs, &latencies), None);
        // Late by a fifth of a millisecond, where everything else takes no longer.
        let mut fast = Latencies::new();
        fast.record_n(200, 100, 0);
        let late = Signs {
            lateness_p99_us: 190,
            own_delay_p99_us: 190,
            ..signs
        };
        assert_eq!(Saturation::find(&late, &fast), None);
    }

    #[test]
    fn each_sign_is_told_in_words() {
        let (signs, latencies) = calm();
        for (signs, word) in [
            (
                Signs {
                    lateness_p99_us: 3_000,
                    ..signs
                },
                "3.0 ms late",
            ),
            (
                Signs {
                    own_delay_p99_us: 6_000,
                    ..signs
                },
                "waited up to 6.0 ms",
            ),
            (
                Signs {
                    busiest: 0.97,
                    ..signs
                },
                "97 % of a core",
            ),
            (
                Signs {
                    cpu: Duration::from_secs(19),
                    ..signs
                },
                "95 % of all the cores",
            ),
        ] {
            let told = Saturation::find(&signs, &latencies).map(|it| it.to_string());
            assert!(
                told.as_ref().is_some_and(|it| it.contains(word)),
                "{told:?}"
            );
        }
    }
}
