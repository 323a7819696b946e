//! Whether every record that may be kept can also be shown, in every form that there is.

use std::{sync::mpsc, thread, time::Duration};

use leptos::prelude::Owner;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};

use crate::{
    runs::record::{Record, any},
    ui::{
        chart::{Chart, from_record, standalone},
        language::Language,
        runs::{document::document, markdown::markdown, report::Report},
        text::Text,
        theme::Theme,
    },
};

/// All that is said of a record, in every form.
fn told(record: &Record) -> Vec<String> {
    let text = Text::new(Language::Korean);
    let labels = text
        .labels_with_prefix("chart-")
        .and(&text.labels_with_prefix("lab-name-"));
    let report = Report::of(record, text);
    let page = Owner::new().with(|| document(record, &report, text));
    let latencies = from_record::latencies(record);
    let data = from_record::data(record, &latencies, &labels);
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
