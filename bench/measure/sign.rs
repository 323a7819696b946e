//! What has to be said of a lane's figures, and which verdicts it bars.

use pushpull::{
    runs::record::{LoadLimit, LoadRecord},
    transport::Transport,
};

use crate::{
    plan::Purpose,
    quiet::NOISE,
    results::Measured,
    spread::{count, figure, percent},
};

/// How the generator ends when not every event was published and came everywhere. Events that the
/// server refused are counted nowhere else: nobody waited for them.
const INCOMPLETE: i32 = 1;

/// A sign behind a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The generator was the limit.
    Limit,
    /// The generator was slow to read, but the next event was not there yet. Latencies hold that
    /// wait; the server did the same as for someone who reads at once.
    ReadLate,
    /// Others used the machine as well.
    Others,
    /// Not every event came everywhere, once and in order.
    Missing,
    /// Not every event could be published.
    Refused,
    /// It was not measured at all.
    Unmeasured,
}

impl Sign {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Limit,
        Self::ReadLate,
        Self::Others,
        Self::Missing,
        Self::Refused,
        Self::Unmeasured,
    ];

    /// As it stands behind a figure.
    pub fn mark(self) -> char {
        match self {
            Self::Limit => '†',
            Self::ReadLate => '◊',
            Self::Others => '∥',
            Self::Missing => '‡',
            Self::Refused => '§',
            Self::Unmeasured => '✕',
        }
    }

    /// What that means.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Limit => "the generator was itself the limit: no verdict",
            Self::ReadLate => {
                "the generator was slow to read, but the next event was not there yet: \
                 no verdict on latency"
            }
            Self::Others => "others used the machine meanwhile: no verdict",
            Self::Missing => "not every event came everywhere, once and in order",
            Self::Refused => "not every event could be published",
            Self::Unmeasured => "not measured",
        }
    }

    /// Whether it speaks of what a lane cost the server, and not of its latency alone.
    pub fn is_of_cost(self) -> bool {
        self != Self::ReadLate
    }

    /// Those of a lane.
    pub fn of(lane: &Measured) -> Vec<Self> {
        Self::ALL.into_iter().filter(|it| it.is_on(lane)).collect()
    }

    fn is_on(self, lane: &Measured) -> bool {
        let Some(numbers) = &lane.numbers else {
            return self == Self::Unmeasured;
        };
        let load = &numbers.load;
        // How long anything took says nothing of the server's memory.
        let timed = lane.purpose != Purpose::Memory;
        match self {
            Self::Limit => timed && load.saturated.is_some() && !is_read_in_time(lane, load),
            Self::ReadLate => timed && load.saturated.is_some() && is_read_in_time(lane, load),
            Self::Others => timed && lane.others.is_some_and(|others| others > NOISE),
            Self::Missing => !lane.is_whole(),
            Self::Refused => timed && lane.is_whole() && lane.exit == INCOMPLETE,
            Self::Unmeasured => false,
        }
    }

    /// What it says of that lane.
    pub fn told(self, lane: &Measured) -> String {
        let Some(numbers) = &lane.numbers else {
            let reason = lane.failure.as_deref();
            return reason.unwrap_or("nothing was told").to_owned();
        };
        match self {
            Self::Limit => match numbers.load.saturated {
                Some(LoadLimit::Late) => "events went out late",
                Some(LoadLimit::Slow) => {
                    "what had arrived waited to be read, the slowest past the next event"
                }
                _ => "the generator's CPU time was used up",
            }
            .to_owned(),
            Self::ReadLate => format!(
                "what had arrived waited {} ms (p99) at most to be read",
                figure(Some(numbers.load.own_delay_p99_us as f64 / 1e3))
            ),
            Self::Others => format!(
                "others used {} % of a core",
                percent(lane.others.unwrap_or_default())
            ),
            Self::Missing => format!(
                "{} of {} deliveries came; {} lost, {} twice, {} out of order",
                count(numbers.delivered),
                count(numbers.events * u64::from(lane.subscribers)),
                count(numbers.lost),
                count(numbers.duplicated),
                count(numbers.reordered)
            ),
            Self::Refused => "the server refused some".to_owned(),
            Self::Unmeasured => self.meaning().to_owned(),
        }
    }
}

/// Whether a generator that was slow to read had everything before the next event.
fn is_read_in_time(lane: &Measured, load: &LoadRecord) -> bool {
    let longest = match lane.transport.plain() {
        // What waits for its poll anyway is not read late by that.
        Transport::Polling => i64::try_from(load.own_delay_p99_us).ok(),
        _ => lane.numbers.as_ref().and_then(|numbers| numbers.max_us),
    };
    load.saturated == Some(LoadLimit::Slow) && longest.is_some_and(|us| us as f64 * lane.rate < 1e6)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::{contender::Contender, results::tests::made_up};

    #[test]
    fn who_reads_late_says_nothing_of_latency_and_who_reads_too_late_nothing_at_all() {
        let mut lane = made_up(Contender::Pushpull, Transport::Sse, 0, 8.0);
        let mut signs = |limit, longest| {
            let numbers = lane.numbers.as_mut().unwrap();
            numbers.load.saturated = limit;
            numbers.max_us = longest;
            Sign::of(&lane)
        };
        // At 10 events/s the next one comes after 100 ms.
        assert_eq!(signs(Some(LoadLimit::Slow), Some(99_000)), [Sign::ReadLate]);
        assert_eq!(signs(Some(LoadLimit::Slow), Some(100_000)), [Sign::Limit]);
        assert_eq!(signs(Some(LoadLimit::Slow), None), [Sign::Limit]);
        assert_eq!(signs(Some(LoadLimit::Busy), Some(1_000)), [Sign::Limit]);
        assert_eq!(signs(Some(LoadLimit::Late), Some(1_000)), [Sign::Limit]);
        assert_eq!(signs(None, Some(99_000)), []);
        // A poll comes when it is due, and not sooner for an event.
        let numbers = lane.numbers.as_mut().unwrap();
        numbers.load.saturated = Some(LoadLimit::Slow);
        numbers.load.own_delay_p99_us = 20_000;
        numbers.max_us = Some(1_000_000);
        lane.transport = Transport::Polling;
        assert_eq!(Sign::of(&lane), [Sign::ReadLate]);
    }

    #[test]
    fn events_that_the_server_refused_are_marked() {
        let mut lane = made_up(Contender::Nchan, Transport::Sse, 0, 8.0);
        lane.exit = INCOMPLETE;
        assert_eq!(Sign::of(&lane), [Sign::Refused]);
        lane.exit = 0;
        assert_eq!(Sign::of(&lane), []);
    }

    #[test]
    fn memory_is_what_it_is_however_long_anything_took() {
        let mut lane = made_up(Contender::Nchan, Transport::Sse, 0, 8.0);
        lane.others = Some(0.8);
        lane.numbers.as_mut().unwrap().load.saturated = Some(LoadLimit::Busy);
        assert_eq!(Sign::of(&lane), [Sign::Limit, Sign::Others]);
        lane.purpose = Purpose::Memory;
        assert_eq!(Sign::of(&lane), []);
    }
}
