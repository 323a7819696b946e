//! What of a record its charts are drawn from.

use std::borrow::Cow;

use crate::runs::record::{MAX_LISTED, Record};

/// The record, whose ranges of lost events name only those whose moment is known, because another
/// lane has received them: a chart marks no others, and looks each number up. A range may say that
/// any number of events were lost.
pub(super) fn drawable(record: &Record) -> Cow<'_, Record> {
    let clients = || record.lanes.iter().map(|lane| &lane.client);
    if clients().all(|client| client.lost_ranges.is_empty()) {
        return Cow::Borrowed(record);
    }
    let receipts = clients().flat_map(|client| &client.receipts);
    let mut known: Vec<u64> = receipts.map(|receipt| receipt.0).collect();
    known.sort_unstable();
    known.dedup();
    let mut record = record.clone();
    for lane in &mut record.lanes {
        let within = |&(from, to): &(u64, u64)| {
            let first = known.partition_point(|seq| *seq < from);
            let end = known.partition_point(|seq| *seq <= to);
            known.get(first..end).unwrap_or_default()
        };
        let found = lane.client.lost_ranges.iter().flat_map(within);
        let found = found.take(MAX_LISTED).map(|&seq| (seq, seq));
        lane.client.lost_ranges = found.collect();
    }
    Cow::Owned(record)
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread, time::Duration};

    use leptos::prelude::Owner;
    use proptest::{
        prelude::*,
        strategy::ValueTree,
        test_runner::{Config, TestRunner},
    };

    use super::*;
    use crate::{
        made_up::Plan,
        runs::record::any,
        ui::{
            chart::{Chart, from_record, standalone},
            language::Language,
            runs::{document::document, markdown::markdown, report::Report},
            text::Text,
            theme::Theme,
        },
    };

    #[test]
    fn lost_events_are_named_one_by_one_where_another_lane_got_them() {
        let mut record = Plan::small(1).record();
        assert!(matches!(drawable(&record), Cow::Borrowed(_)));
        let lane = &mut record.lanes[0].client;
        lane.receipts
            .retain(|receipt| !(3..=5).contains(&receipt.0));
        lane.lost_ranges = vec![(3, 5), (400, (1 << 53) - 1)];
        let drawn = drawable(&record);
        let ranges = &drawn.lanes[0].client.lost_ranges;
        assert_eq!(ranges, &[(3, 3), (4, 4), (5, 5)]);
    }

    /// All that is said of a record, in every form.
    fn told(record: &Record) -> Vec<String> {
        let text = Text::new(Language::Korean);
        let labels = text
            .labels_with_prefix("chart-")
            .and(&text.labels_with_prefix("lab-name-"));
        let report = Report::of(record, text);
        let page = Owner::new().with(|| document(record, &report, text));
        let drawn = drawable(record);
        let latencies = from_record::latencies(&drawn);
        let data = from_record::data(&drawn, &latencies, &labels);
        let charts = Chart::ALL.map(|chart| standalone::svg(chart, &data, &labels, Theme::Dark));
        let markdown = markdown(record, &report, text);
        charts.into_iter().chain([page, markdown]).collect()
    }

    /// How long a page may take before it counts as one that never comes.
    const PATIENCE: Duration = Duration::from_secs(60);

    #[test]
    fn every_record_that_may_be_kept_has_its_pages() {
        let mut runner = TestRunner::new(Config::with_cases(64));
        for _ in 0..64 {
            let record = any::record().new_tree(&mut runner).unwrap().current();
            assert_eq!(record.check(), Ok(()));
            let (done, told_all) = mpsc::channel();
            let its = record.clone();
            // What never ends could not be waited for on this thread.
            thread::spawn(move || done.send(told(&its)));
            let Ok(pages) = told_all.recv_timeout(PATIENCE) else {
                panic!("no page of {}", String::from_utf8_lossy(&record.to_json()));
            };
            for page in pages {
                assert!(!page.contains("NaN"), "{page}");
            }
        }
    }
}
