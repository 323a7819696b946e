//! When each event of a lane is due, and how one knows it again: its data begin with the lane's
//! tag and the event's number, so that any server may wrap them in whatever it likes.

use std::{
    ops::RangeInclusive,
    sync::OnceLock,
    time::{Duration, Instant},
};

use memchr::memmem::Finder;

use crate::lab::workload::Workload;

/// The schedule of one lane, shared by its publisher and its subscribers.
#[derive(Debug)]
pub(super) struct Schedule {
    workload: Workload,
    /// Eight hex digits and a hyphen: no other run's events are taken for this one's.
    tag: String,
    finder: Finder<'static>,
    /// The number before the lane's first: the run's events are numbered through.
    base: u64,
    /// When each event is due, from the start.
    offsets: Vec<Duration>,
    /// Of which subscriber each event's receipt is kept.
    sampled: Vec<u32>,
    /// How long a block of the run is, µs.
    block_us: u64,
    begun: Instant,
    started: OnceLock<Instant>,
}

impl Schedule {
    /// The lane's schedule: `base` events of the run are other lanes'. The run began at `begun`,
    /// from which its blocks are counted.
    pub(super) fn new(
        workload: Workload,
        tag: u32,
        base: u64,
        subscribers: u32,
        (begun, block_us): (Instant, u64),
    ) -> Self {
        let tag = format!("{tag:08x}-");
        let offsets: Vec<Duration> = workload.schedule().collect();
        // Drawn for each event anew, so that the receipts are a fair sample of all deliveries.
        let mut random = fastrand::Rng::with_seed(workload.seed ^ 0x5eed);
        let sampled = offsets.iter().map(|_| random.u32(0..subscribers.max(1)));
        Self {
            workload,
            finder: Finder::new(tag.as_bytes()).into_owned(),
            tag,
            base,
            sampled: sampled.collect(),
            offsets,
            block_us: block_us.max(1),
            begun,
            started: OnceLock::new(),
        }
    }

    /// Publishing starts at that moment; later calls change nothing.
    pub(super) fn start(&self, at: Instant) {
        let _ = self.started.set(at);
    }

    /// The numbers of the lane's events; empty where nothing is due.
    pub(super) fn numbers(&self) -> RangeInclusive<u64> {
        self.base + 1..=self.base + self.offsets.len() as u64
    }

    /// How many events are due.
    pub(super) fn events(&self) -> u64 {
        self.offsets.len() as u64
    }

    /// The number of the event that is the `seq`-th of a fresh topic.
    pub(super) fn number_of(&self, seq: u64) -> u64 {
        self.base.saturating_add(seq)
    }

    fn place(&self, number: u64) -> Option<usize> {
        usize::try_from(number.checked_sub(self.base + 1)?).ok()
    }

    /// When an event is due; `None` before the start, and for numbers that are not the lane's.
    pub(super) fn due(&self, number: u64) -> Option<Instant> {
        let offset = *self.offsets.get(self.place(number)?)?;
        Some(*self.started.get()? + offset)
    }

    /// When an event is due, µs since the run began.
    pub(super) fn at_us(&self, number: u64) -> Option<u64> {
        let since = self.due(number)?.saturating_duration_since(self.begun);
        u64::try_from(since.as_micros()).ok()
    }

    /// The block of the run to which an event belongs.
    pub(super) fn block(&self, number: u64) -> u32 {
        let at = self.at_us(number).unwrap_or_default();
        u32::try_from(at / self.block_us).unwrap_or(u32::MAX - 1)
    }

    /// The end of publishing.
    pub(super) fn end(&self) -> Option<Instant> {
        let duration = Duration::from_secs(self.workload.duration_s.into());
        Some(*self.started.get()? + duration)
    }

    /// Whether that subscriber's receipt of the event is the one that is kept.
    pub(super) fn is_sampled(&self, number: u64, subscriber: u32) -> bool {
        let place = self.place(number);
        place.and_then(|place| self.sampled.get(place)) == Some(&subscriber)
    }

    /// An event's data: as many bytes as the workload says.
    pub(super) fn data(&self, number: u64) -> String {
        let mut data = format!("{}{number}-", self.tag);
        let filler = self.workload.payload_of(number);
        let room = filler.len().saturating_sub(data.len());
        data.push_str(filler.get(..room).unwrap_or_default());
        data
    }

    /// The numbers of the lane's events in a text, in their order.
    pub(super) fn numbers_in<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = u64> + 'a {
        self.finder
            .find_iter(text)
            .filter_map(move |at| number_at(text.get(at + self.tag.len()..)?))
    }
}

/// The digits at the beginning, as far as the hyphen that ends them.
fn number_at(text: &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for &byte in text.iter().take(20) {
        match byte {
            b'0'..=b'9' => {
                number = number
                    .checked_mul(10)?
                    .checked_add(u64::from(byte - b'0'))?;
            }
            b'-' => return Some(number),
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::workload::Arrivals;

    fn schedule(base: u64) -> Schedule {
        let workload = Workload {
            rate: 10.0,
            arrivals: Arrivals::Even,
            payload: 24,
            duration_s: 2,
            seed: 1,
        };
        Schedule::new(workload, 0xab, base, 7, (Instant::now(), 1_000_000))
    }

    #[test]
    fn an_event_is_known_again_by_its_number_whatever_is_around_it() {
        let schedule = schedule(100);
        let (one, two) = (schedule.data(101), schedule.data(120));
        assert_eq!((one.len(), two.len()), (24, 24));
        let text = format!(r#"{{"data":"{one}"}},{{"data":"{two}"}} 000000ab-x 000000ac-5-"#);
        let numbers: Vec<_> = schedule.numbers_in(text.as_bytes()).collect();
        assert_eq!(numbers, [101, 120]);
    }

    #[test]
    fn numbers_go_on_where_the_last_lane_ended() {
        let schedule = schedule(20);
        assert_eq!(schedule.numbers(), 21..=40);
        assert_eq!(schedule.number_of(1), 21);
        assert_eq!(schedule.due(21), None, "before the start");
        let start = Instant::now();
        schedule.start(start);
        assert_eq!(schedule.due(21), Some(start + Duration::from_millis(100)));
        assert_eq!((schedule.due(20), schedule.due(41)), (None, None));
        assert!(schedule.block(40) > schedule.block(21));
    }

    #[test]
    fn each_event_is_sampled_once() {
        let schedule = schedule(0);
        for number in schedule.numbers() {
            let of = (0..7).filter(|&it| schedule.is_sampled(number, it));
            assert_eq!(of.count(), 1);
        }
    }
}
