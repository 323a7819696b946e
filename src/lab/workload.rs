//! What is published in a run: when, how much, for how long. The same seed gives the same
//! schedule and the same payloads, everywhere.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// When events happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arrivals {
    /// Independently of each other, as in life: exponential gaps around the mean.
    Poisson,
    /// At a fixed interval.
    Even,
}

impl Arrivals {
    /// Its name in attributes, addresses and locale keys.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Poisson => "poisson",
            Self::Even => "even",
        }
    }
}

/// A stream of events to be published.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    /// Events per second, 0.1 to 500.
    pub rate: f64,
    /// How they are spread over time.
    pub arrivals: Arrivals,
    /// The payload's length in bytes, 1 to 16,384.
    pub payload: u32,
    /// For how long events are published, in s, 1 to 3,600.
    pub duration_s: u32,
    /// From which everything random in it is drawn.
    pub seed: u64,
}

/// What is wrong with a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WorkloadError {
    /// The rate is out of its range.
    #[error("the rate is 0.1 to 500 events per second")]
    Rate,
    /// The payload is out of its range.
    #[error("the payload is 1 to 16,384 bytes")]
    Payload,
    /// The duration is out of its range.
    #[error("the duration is 1 to 3,600 seconds")]
    Duration,
}

impl Workload {
    /// Whether all of it lies in its range.
    pub fn check(&self) -> Result<(), WorkloadError> {
        if !(0.1..=500.0).contains(&self.rate) {
            Err(WorkloadError::Rate)
        } else if !(1..=16_384).contains(&self.payload) {
            Err(WorkloadError::Payload)
        } else if !(1..=3_600).contains(&self.duration_s) {
            Err(WorkloadError::Duration)
        } else {
            Ok(())
        }
    }

    /// When the events happen, counted from the start of publishing; never decreasing.
    pub fn schedule(&self) -> impl Iterator<Item = Duration> + use<> {
        let Self { rate, arrivals, .. } = *self;
        let end = f64::from(self.duration_s);
        let mut random = fastrand::Rng::with_seed(self.seed);
        let mut count = 0.0;
        let mut last = 0.0;
        std::iter::from_fn(move || {
            count += 1.0;
            last = match arrivals {
                // By multiplication: adding up the interval would drift.
                Arrivals::Even => count / rate,
                // 1 − u lies in (0, 1], so its logarithm is finite.
                Arrivals::Poisson => last - (1.0 - random.f64()).ln() / rate,
            };
            (last <= end).then(|| Duration::from_secs_f64(last))
        })
    }

    /// The payload of event `seq`: letters and digits, as many as the workload says.
    pub fn payload_of(&self, seq: u64) -> String {
        let seed = self.seed ^ seq.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut random = fastrand::Rng::with_seed(seed);
        (0..self.payload).map(|_| random.alphanumeric()).collect()
    }
}

/// A workload named after a real use, with the pace that such a use has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// A mail now and then; nobody minds half a minute.
    MailCheck,
    /// A few a minute; a few seconds matter.
    Notifications,
    /// Headlines.
    NewsTicker,
    /// Quotes, several a second.
    StockPrices,
    /// People typing.
    Chat,
    /// Every ms counts.
    Trading,
}

/// What a preset sets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PresetSettings {
    /// Events per second.
    pub rate: f64,
    /// The payload's length in bytes.
    pub payload: u32,
    /// From the start of one poll to the start of the next, in ms.
    pub poll_interval_ms: u32,
    /// How long the server may hold a request, in s.
    pub wait_s: u32,
}

impl Preset {
    /// All of them, from the calmest to the most hurried.
    pub const ALL: [Self; 6] = [
        Self::MailCheck,
        Self::Notifications,
        Self::NewsTicker,
        Self::StockPrices,
        Self::Chat,
        Self::Trading,
    ];

    /// Its name in attributes and locale keys.
    pub fn slug(self) -> &'static str {
        match self {
            Self::MailCheck => "mail-check",
            Self::Notifications => "notifications",
            Self::NewsTicker => "news-ticker",
            Self::StockPrices => "stock-prices",
            Self::Chat => "chat",
            Self::Trading => "trading",
        }
    }

    /// What it sets. Events are Poisson in all of them.
    pub fn settings(self) -> PresetSettings {
        let settings = |rate, payload, poll_interval_ms, wait_s| PresetSettings {
            rate,
            payload,
            poll_interval_ms,
            wait_s,
        };
        match self {
            Self::MailCheck => settings(0.1, 2_048, 30_000, 60),
            Self::Notifications => settings(0.2, 512, 5_000, 25),
            Self::NewsTicker => settings(2.0, 128, 1_000, 25),
            Self::StockPrices => settings(20.0, 64, 500, 25),
            Self::Chat => settings(5.0, 256, 1_000, 25),
            Self::Trading => settings(100.0, 128, 100, 25),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn workload(rate: f64, arrivals: Arrivals, duration_s: u32, seed: u64) -> Workload {
        Workload {
            rate,
            arrivals,
            payload: 8,
            duration_s,
            seed,
        }
    }

    #[test]
    fn even_arrivals_are_even_to_the_end() {
        let times: Vec<_> = workload(10.0, Arrivals::Even, 3_600, 1)
            .schedule()
            .collect();
        assert_eq!(times.len(), 36_000);
        assert_eq!(times[35_999], Duration::from_secs(3_600));
    }

    #[test]
    fn poisson_arrivals_keep_the_rate() {
        let count = workload(50.0, Arrivals::Poisson, 1_000, 7)
            .schedule()
            .count() as f64;
        // Four standard deviations of a Poisson count.
        assert!(
            (count - 50_000.0).abs() < 4.0 * 50_000_f64.sqrt(),
            "{count}"
        );
    }

    #[test]
    fn presets_are_good_workloads() {
        for preset in Preset::ALL {
            let set = preset.settings();
            let workload = Workload {
                payload: set.payload,
                ..workload(set.rate, Arrivals::Poisson, 60, 1)
            };
            assert_eq!(workload.check(), Ok(()), "{preset:?}");
        }
    }

    #[test]
    fn what_lies_out_of_range_is_refused() {
        let good = workload(1.0, Arrivals::Even, 10, 0);
        for (bad, error) in [
            (Workload { rate: 0.0, ..good }, WorkloadError::Rate),
            (
                Workload {
                    rate: f64::NAN,
                    ..good
                },
                WorkloadError::Rate,
            ),
            (
                Workload {
                    rate: f64::INFINITY,
                    ..good
                },
                WorkloadError::Rate,
            ),
            (Workload { payload: 0, ..good }, WorkloadError::Payload),
            (
                Workload {
                    payload: 16_385,
                    ..good
                },
                WorkloadError::Payload,
            ),
            (
                Workload {
                    duration_s: 3_601,
                    ..good
                },
                WorkloadError::Duration,
            ),
        ] {
            assert_eq!(bad.check(), Err(error));
        }
    }

    proptest! {
        #[test]
        fn one_seed_is_one_run(rate in 0.1..500.0_f64, duration_s in 1..20_u32, seed: u64, seq: u64) {
            let one = workload(rate, Arrivals::Poisson, duration_s, seed);
            let times: Vec<_> = one.schedule().collect();
            prop_assert_eq!(&times, &one.schedule().collect::<Vec<_>>());
            prop_assert!(times.is_sorted());
            prop_assert!(times.last().is_none_or(|last| last.as_secs_f64() <= f64::from(duration_s)));
            prop_assert_eq!(one.payload_of(seq), one.payload_of(seq));
            prop_assert_eq!(one.payload_of(seq).len(), 8);
        }
    }
}
