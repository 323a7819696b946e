//! What the charts are drawn from: filled by the lab from the run that is going on, and by
//! `from_record` \[ssr\] from a saved one.

use super::{Say, pen::Pen};
use crate::{
    runs::types::{BlockCounts, Flag, FlagKind, Receipt},
    stats::Latency,
    transport::{Transport, counters::LaneCounters},
    ui::{
        labels::Labels,
        mark::{outline, sign},
        number::{count, ms, plain},
    },
};

/// A run.
#[derive(Debug, Clone, Default)]
pub struct Data<'a> {
    /// Its lanes, in the order in which they are shown.
    pub lanes: Vec<Lane<'a>>,
    /// How long it is, or has been so far, µs.
    pub span_us: u64,
    /// What disturbed it for a while.
    pub bands: Vec<Band>,
}

/// A piece of the run's time that is to be marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// From when on, µs since the run's start.
    pub from_us: u64,
    /// Until when.
    pub to_us: u64,
    /// What was the matter, in the visitor's language.
    pub name: String,
}

/// One lane.
#[derive(Debug, Clone)]
pub struct Lane<'a> {
    /// How its events travelled.
    pub transport: Transport,
    /// Which of a transport's lanes: 0, and 1 for the second of a self-check.
    pub twin: u8,
    /// How many subscribers the load generator had in it; 0 for a browser's lane.
    pub subscribers: u32,
    /// The latency histogram, block by block.
    pub blocks: &'a [BlockCounts],
    /// The 50th, 95th and 99th percentile, where they may be shown.
    pub percentiles: [Option<Latency>; 3],
    /// Receipts in the order of the log.
    pub receipts: &'a [Receipt],
    /// The `at` of events that never came, as far as it is known, µs since the run's start.
    pub lost_at: Vec<i64>,
    /// What the server counted.
    pub counters: Option<LaneCounters>,
}

impl Data<'_> {
    /// What is told of each lane.
    pub(super) fn each(&self, tell: impl FnMut(&Lane<'_>) -> String) -> Vec<String> {
        self.lanes.iter().map(tell).collect()
    }
}

impl Lane<'_> {
    /// Out of how many events bytes and CPU time are told: those that the server had written when
    /// it counted both. What the browser has got by now is of another moment.
    pub(super) fn events(&self) -> u64 {
        self.counters.map_or(0, |counters| counters.written)
    }

    /// Its name.
    pub fn name(&self, labels: &Labels) -> String {
        let name = labels.get(&["lab-name-", self.transport.slug()].concat());
        lane_name(name, self.twin, self.subscribers)
    }

    /// Its name behind its mark, for a picture's text.
    pub(super) fn marked(&self, say: Say<'_>) -> String {
        [sign(self.transport), &self.name(say.labels)].concat()
    }

    /// The classes that give a stroke its colour and its dash.
    pub(super) fn class(&self) -> String {
        let plain = self.transport.plain();
        let kind = match self.twin {
            0 if plain == self.transport => "",
            0 => " fn",
            _ => " twin",
        };
        [plain.slug(), kind].concat()
    }

    /// Its name behind its mark, for a table's head.
    pub(super) fn head(&self, pen: &mut Pen, say: Say<'_>) {
        let plain = self.transport.plain();
        pen.raw("<svg class=\"mark ");
        pen.raw(plain.slug());
        pen.raw("\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><path d=\"");
        pen.raw(outline(plain));
        pen.raw("\"/></svg> ");
        pen.words(&self.name(say.labels));
    }
}

/// A lane's name: its transport's, and how many subscribers it had, or which of the transport's
/// lanes it is.
pub(crate) fn lane_name(mut name: String, twin: u8, subscribers: u32) -> String {
    if subscribers > 0 {
        name.push_str(" × ");
        name.push_str(&count(subscribers.into()));
    } else if twin > 0 {
        name.push(' ');
        name.push_str(&(twin + 1).to_string());
    }
    name
}

/// What disturbed a run for a while, of all that did.
pub fn bands(flags: &[Flag], labels: &Labels) -> Vec<Band> {
    let band = |flag: &Flag| {
        let key = match flag.kind {
            FlagKind::TabHidden => "chart-flag-tab-hidden",
            FlagKind::MainThreadBlocked => "chart-flag-main-thread-blocked",
            _ => return None,
        };
        (flag.to_us > flag.from_us).then(|| Band {
            from_us: flag.from_us,
            to_us: flag.to_us,
            name: labels.get(key),
        })
    };
    flags.iter().filter_map(band).collect()
}

/// The `at` of lost events: of those that another lane has received. The receipts are looked
/// through, not the ranges: an imported one may say that any number of events were lost.
pub fn lost_at(lost_ranges: &[(u64, u64)], lanes: &[&[Receipt]]) -> Vec<i64> {
    let mut found = Vec::new();
    for &(from, to) in lost_ranges {
        let within = |receipts: &&[Receipt]| {
            let first = receipts.partition_point(|receipt| receipt.0 < from);
            let end = receipts.partition_point(|receipt| receipt.0 <= to);
            let known = receipts.get(first..end).unwrap_or_default();
            known
                .iter()
                .map(|receipt| (receipt.0, receipt.1))
                .collect::<Vec<_>>()
        };
        let mut known: Vec<(u64, i64)> = lanes.iter().flat_map(within).collect();
        known.sort_unstable();
        known.dedup_by_key(|event| event.0);
        found.extend(known.iter().map(|event| event.1));
        if found.len() >= MOST_LOST {
            break;
        }
    }
    found.truncate(MOST_LOST);
    found
}

/// So many lost events are marked in a picture at most.
const MOST_LOST: usize = 1_000;

/// A time as the charts write it, ms.
pub(super) fn us(value: i64) -> String {
    ms(value as f64 / 1e3)
}

/// A preferred number on an axis or in a table, ms: `0.5`, `1.25`, `1,000`.
pub(super) fn step(us: i64) -> String {
    if us < 1_000_000 {
        plain(us as f64 / 1e3)
    } else {
        count(us.unsigned_abs() / 1_000)
    }
}

/// Joins what is said about each lane: `Polling 498, SSE 1.9`.
pub(super) fn listed(data: &Data<'_>, say: Say<'_>, told: &[String]) -> String {
    let mut list = String::new();
    for (lane, told) in data.lanes.iter().zip(told) {
        if !list.is_empty() {
            list.push_str(", ");
        }
        list.push_str(&lane.name(say.labels));
        list.push(' ');
        list.push_str(told);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_events_are_told_where_another_lane_got_them_however_long_a_range_is() {
        let one = [(1, 10, 0), (3, 30, 0), (5, 50, 0)];
        let other = [(3, 30, 7), (4, 40, 7)];
        let ranges = [(2, 4), (5, (1 << 53) - 1)];
        assert_eq!(lost_at(&ranges, &[&one, &other]), [30, 40, 50]);
        let many: Vec<Receipt> = (1..=5_000).map(|seq| (seq, 0, 0)).collect();
        assert_eq!(lost_at(&[(1, u64::MAX)], &[&many]).len(), MOST_LOST);
    }
}
