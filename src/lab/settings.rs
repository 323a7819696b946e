//! What the visitor has set: the workload, the lanes' pace, and which lanes there are.

use super::workload::{Arrivals, Preset, Workload};
use crate::transport::{Pace, Transport};

/// A set of transports: those that get a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lanes(u8);

impl Lanes {
    /// All transports, in the order in which lanes are always shown.
    pub const ALL: [Transport; 7] = [
        Transport::Polling,
        Transport::LongPolling,
        Transport::Sse,
        Transport::WebSocket,
        Transport::ServerFnPolling,
        Transport::ServerFnLongPolling,
        Transport::ServerFnWebSocket,
    ];

    /// No lane at all.
    pub const NONE: Self = Self(0);

    fn bit(transport: Transport) -> u8 {
        1 << (transport as u8)
    }

    /// Whether `transport` has a lane.
    pub fn has(self, transport: Transport) -> bool {
        self.0 & Self::bit(transport) != 0
    }

    /// The set with or without `transport`.
    #[must_use]
    pub fn with(self, transport: Transport, wanted: bool) -> Self {
        if wanted {
            Self(self.0 | Self::bit(transport))
        } else {
            Self(self.0 & !Self::bit(transport))
        }
    }

    /// The members, in the order in which they are shown.
    pub fn iter(self) -> impl Iterator<Item = Transport> {
        Self::ALL.into_iter().filter(move |t| self.has(*t))
    }
}

impl Default for Lanes {
    /// The four plain transports.
    fn default() -> Self {
        Transport::PLAIN
            .into_iter()
            .fold(Self::NONE, |set, transport| set.with(transport, true))
    }
}

/// A setting that has a field of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Events per second.
    Rate,
    /// Bytes of an event's data.
    Payload,
    /// Seconds from the start of one poll to the start of the next.
    PollInterval,
    /// Seconds for which the server may hold a long poll.
    Wait,
    /// Seconds of publishing.
    Duration,
    /// Where the schedule's random numbers begin.
    Seed,
    /// Blocks a lane when each lane is measured alone, in turn.
    Blocks,
}

impl Field {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Rate,
        Self::Payload,
        Self::PollInterval,
        Self::Wait,
        Self::Duration,
        Self::Seed,
        Self::Blocks,
    ];

    /// Its name in attributes and locale keys.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Payload => "payload",
            Self::PollInterval => "interval",
            Self::Wait => "wait",
            Self::Duration => "duration",
            Self::Seed => "seed",
            Self::Blocks => "blocks",
        }
    }

    /// Smallest and largest value, and the step of the field's arrows, in the field's unit.
    pub fn range(self) -> (f64, f64, f64) {
        match self {
            Self::Rate => (0.1, 500.0, 0.1),
            Self::Payload => (1.0, 16_384.0, 1.0),
            Self::PollInterval => (0.05, 60.0, 0.05),
            Self::Wait => (1.0, 60.0, 1.0),
            Self::Duration => (1.0, 3_600.0, 1.0),
            Self::Seed => (0.0, 4_294_967_295.0, 1.0),
            Self::Blocks => (1.0, 200.0, 1.0),
        }
    }

    /// Whether `value` can be set: a number within the range, whole where the step is.
    pub fn accepts(self, value: f64) -> bool {
        let (least, most, step) = self.range();
        let whole = step < 1.0 || value.fract() == 0.0;
        value >= least && value <= most && whole
    }
}

/// Everything that the controls set.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Events per second, 0.1 to 500.
    pub rate: f64,
    /// How the events are spread over time.
    pub arrivals: Arrivals,
    /// Bytes of an event's data, 1 to 16,384.
    pub payload: u32,
    /// From the start of one poll to the start of the next, ms, 50 to 60,000.
    pub poll_interval_ms: u32,
    /// For how long the server may hold a long poll, s, 1 to 60.
    pub wait_s: u32,
    /// For how long a measurement publishes, s, 1 to 3,600.
    pub duration_s: u32,
    /// Where the schedule's random numbers begin.
    pub seed: u32,
    /// Which lanes there are.
    pub lanes: Lanes,
    /// How many blocks each lane has when lanes are measured in turn, 1 to 200; a verdict needs
    /// 20.
    pub blocks: u32,
}

impl Default for Settings {
    /// The gentle demo: two events of 128 B in a second, polled once a second.
    fn default() -> Self {
        Self {
            rate: 2.0,
            arrivals: Arrivals::Poisson,
            payload: 128,
            poll_interval_ms: 1_000,
            wait_s: 25,
            duration_s: 60,
            seed: 1,
            lanes: Lanes::default(),
            blocks: 20,
        }
    }
}

impl Settings {
    /// For how long the demo publishes before it begins anew, s.
    pub const DEMO_S: u32 = 600;

    /// A field's present value, in the field's unit.
    pub fn value(&self, field: Field) -> f64 {
        match field {
            Field::Rate => self.rate,
            Field::Payload => self.payload.into(),
            Field::PollInterval => f64::from(self.poll_interval_ms) / 1e3,
            Field::Wait => self.wait_s.into(),
            Field::Duration => self.duration_s.into(),
            Field::Seed => self.seed.into(),
            Field::Blocks => self.blocks.into(),
        }
    }

    /// Sets a field whose value it [accepts](Field::accepts).
    pub fn set(&mut self, field: Field, value: f64) {
        // `as` saturates, and the range has been checked.
        let whole = value.round() as u32;
        match field {
            // To three decimals, so that an address can carry exactly what was measured with.
            Field::Rate => self.rate = (value * 1e3).round() / 1e3,
            Field::Payload => self.payload = whole,
            Field::PollInterval => self.poll_interval_ms = (value * 1e3).round() as u32,
            Field::Wait => self.wait_s = whole,
            Field::Duration => self.duration_s = whole,
            Field::Seed => self.seed = whole,
            Field::Blocks => self.blocks = whole,
        }
    }

    /// Takes a preset's workload and pace; duration, seed and lanes stay.
    pub fn apply(&mut self, preset: Preset) {
        let set = preset.settings();
        self.rate = set.rate;
        self.arrivals = Arrivals::Poisson;
        self.payload = set.payload;
        self.poll_interval_ms = set.poll_interval_ms;
        self.wait_s = set.wait_s;
    }

    /// Whether the settings are a preset's own.
    pub fn is(&self, preset: Preset) -> bool {
        let mut same = self.clone();
        same.apply(preset);
        same == *self
    }

    /// What the server shall publish for `duration_s` seconds.
    pub fn workload(&self, duration_s: u32) -> Workload {
        Workload {
            rate: self.rate,
            arrivals: self.arrivals,
            payload: self.payload,
            duration_s,
            seed: self.seed.into(),
        }
    }

    /// The clients' pace.
    pub fn pace(&self) -> Pace {
        Pace {
            poll_interval_ms: self.poll_interval_ms,
            wait_s: self.wait_s,
        }
    }

    /// In how many places of the poll interval even arrivals come to lie, when these are so few
    /// that polling's latency is a matter of luck; `None` when it is not.
    ///
    /// Events every T ms against polls every P ms meet the interval in q places, where T/P = p/q
    /// in lowest terms. Up to four places leave a quarter of the interval or more to chance.
    pub fn commensurate(&self) -> Option<u32> {
        if self.arrivals != Arrivals::Even {
            return None;
        }
        let ratio = 1e3 / self.rate / f64::from(self.poll_interval_ms);
        (1..=4u32).find(|q| {
            let multiple = ratio * f64::from(*q);
            multiple > 0.5 && (multiple - multiple.round()).abs() < 1e-3
        })
    }

    /// How much time a sequence diagram shows, ms: a few polls and a few events, 2 s to 5 min.
    pub fn span_ms(&self) -> f64 {
        let polls = 4.5 * f64::from(self.poll_interval_ms);
        let events = 8e3 / self.rate;
        polls.max(events).clamp(2e3, 300e3)
    }

    /// The longest time after the end in which an event may still come, ms: one poll interval,
    /// one wait, and 5 s.
    pub fn drain_ms(&self) -> f64 {
        f64::from(self.poll_interval_ms) + f64::from(self.wait_s) * 1e3 + 5e3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_plain_lanes_are_there_at_first() {
        assert!(Lanes::default().iter().eq(Transport::PLAIN));
        let one = Lanes::NONE.with(Transport::ServerFnWebSocket, true);
        assert!(one.iter().eq([Transport::ServerFnWebSocket]));
        assert_eq!(one.with(Transport::ServerFnWebSocket, false), Lanes::NONE);
    }

    #[test]
    fn the_order_of_lanes_is_the_order_of_transports() {
        assert!(Lanes::ALL.is_sorted());
    }

    #[test]
    fn what_is_set_is_what_is_read() {
        let mut settings = Settings::default();
        for field in Field::ALL {
            let (least, most, _) = field.range();
            for value in [least, most] {
                assert!(field.accepts(value), "{field:?}");
                settings.set(field, value);
                assert_eq!(settings.value(field), value, "{field:?}");
            }
            assert!(!field.accepts(least - 1.0) && !field.accepts(most + 1.0));
            assert!(!field.accepts(f64::NAN));
        }
        assert!(!Field::Payload.accepts(1.5));
        assert!(Field::Rate.accepts(1.5));
    }

    #[test]
    fn every_preset_is_within_the_ranges_and_recognised() {
        for preset in Preset::ALL {
            let mut settings = Settings::default();
            settings.apply(preset);
            assert!(settings.is(preset), "{}", preset.slug());
            for field in Field::ALL {
                assert!(
                    field.accepts(settings.value(field)),
                    "{} {field:?}",
                    preset.slug()
                );
            }
            assert!(settings.workload(60).check().is_ok());
        }
    }

    #[test]
    fn even_arrivals_that_meet_the_polls_are_flagged() {
        let even = |rate, poll_interval_ms| Settings {
            rate,
            poll_interval_ms,
            arrivals: Arrivals::Even,
            ..Settings::default()
        };
        assert_eq!(even(1.0, 1_000).commensurate(), Some(1));
        assert_eq!(even(2.0, 1_000).commensurate(), Some(2));
        assert_eq!(even(0.5, 1_000).commensurate(), Some(1));
        assert_eq!(even(10.0, 1_000).commensurate(), None);
        assert_eq!(even(1.7, 1_000).commensurate(), None);
        assert_eq!(Settings::default().commensurate(), None);
    }
}
