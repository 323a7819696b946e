//! A run's receipts as a table, for spreadsheets and scripts: UTF-8, a header, a line a receipt.

use super::record::Record;

/// The columns. Times are µs since the run's start (`start_us` in the JSON) on the server's clock.
const HEADER: [&str; 7] = [
    "lane",
    "transport",
    "twin",
    "seq",
    "at_us",
    "receipt_us",
    "latency_us",
];

/// The table of all receipts that were kept, lane by lane.
pub fn csv(record: &Record) -> Vec<u8> {
    let mut table = ::csv::Writer::from_writer(Vec::new());
    // Writing into memory does not fail.
    let _ = table.write_record(HEADER);
    for lane in record.lanes.iter().map(|lane| &lane.client) {
        for &(seq, at, latency) in &lane.receipts {
            let times = [at, at.saturating_add(latency), latency];
            let [at, receipt, latency] = times.map(|us| us.to_string());
            let _ = table.write_record([
                &lane.lane.to_string(),
                lane.transport.slug(),
                &lane.twin.to_string(),
                &seq.to_string(),
                &at,
                &receipt,
                &latency,
            ]);
        }
    }
    table.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Plan;

    #[test]
    fn every_receipt_is_a_line() {
        let record = Plan::small(1).record();
        let text = String::from_utf8(csv(&record)).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some(&*HEADER.join(",")));
        let (seq, at, latency) = record.lanes[0].client.receipts[0];
        let first = format!(
            "0123abcd-polling,polling,0,{seq},{at},{},{latency}",
            at + latency
        );
        assert_eq!(lines.next(), Some(&*first));
        let receipts = record.lanes.iter().map(|lane| lane.client.receipts.len());
        assert_eq!(lines.count() + 1, receipts.sum::<usize>());
    }
}
