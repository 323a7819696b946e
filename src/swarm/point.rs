//! What is left of a lane when it becomes a point of a curve: a report's lane and a kept run's come
//! down to the same.

use crate::{
    runs::record::{LaneRecord, LoadRecord},
    stats::{Latencies, Median, Percentile, Slope, slope},
    transport::Transport,
};

/// One transport at one number of subscribers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// How its events travelled.
    pub transport: Transport,
    /// Which of the transport's numbers of subscribers, from 0.
    pub step: u8,
    /// What the generator knows.
    pub load: LoadRecord,
    /// Deliveries: different events, received by different subscribers.
    pub delivered: u64,
    /// Deliveries that never came.
    pub lost: u64,
    /// Deliveries that came again.
    pub duplicated: u64,
    /// Deliveries that came after a later event.
    pub reordered: u64,
    /// The median with its 95 % interval by the number of events, where it may be shown: what
    /// reaches many subscribers at one moment says no more than one delivery.
    pub p50: Option<Median>,
    /// The 99th percentile, where it may be shown.
    pub p99: Option<Percentile>,
}

impl Point {
    /// A lane's point; `None` for a lane of one browser.
    pub fn of(lane: &LaneRecord) -> Option<Self> {
        let load = lane.load.clone()?;
        let client = &lane.client;
        let latencies = Latencies::from_blocks(&client.histogram);
        Some(Self {
            transport: client.transport,
            step: client.twin,
            delivered: client.delivered,
            lost: client.lost,
            duplicated: client.duplicated,
            reordered: client.reordered,
            p50: latencies.median_of(load.published),
            p99: latencies.percentile(99.0),
            load,
        })
    }

    /// CPU time of the server for a delivery, ns; `None` where nobody looked or nothing came.
    pub fn cpu_ns(&self) -> Option<u64> {
        let deliveries = self.delivered + self.duplicated;
        let ns = self.load.server_cpu_us?.saturating_mul(1_000);
        ns.checked_div(deliveries)
    }

    /// Whether an event did not come once and in order everywhere.
    pub fn has_losses(&self) -> bool {
        self.lost + self.duplicated + self.reordered > 0
    }

    /// By how much the kernel's objects grew for each subscriber, bytes: both ends' of a connection
    /// where the server is on the same machine.
    pub fn kernel_each(&self) -> Option<u64> {
        let grown = self.load.kernel?.saturating_sub(self.load.kernel_before?);
        grown.checked_div(self.load.subscribers.into())
    }
}

/// What one more connection over a transport takes of the server's memory (PSS), bytes: the slope
/// over at least four different numbers of subscribers.
pub fn memory_each(points: &[Point], transport: Transport) -> Option<Slope> {
    let own = points.iter().filter(|point| point.transport == transport);
    let placed = own.filter_map(|point| {
        let load = &point.load;
        Some((f64::from(load.subscribers), load.pss? as f64))
    });
    slope(&placed.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    #[test]
    fn what_nobody_looked_at_or_what_had_no_delivery_has_no_cost() {
        let point = |delivered, server_cpu_us| Point {
            transport: Transport::Sse,
            step: 0,
            load: LoadRecord {
                subscribers: 10,
                server_cpu_us,
                kernel_before: Some(5_000),
                kernel: Some(25_000),
                ..LoadRecord::default()
            },
            delivered,
            lost: 0,
            duplicated: 0,
            reordered: 0,
            p50: None,
            p99: None,
        };
        assert_eq!(point(1_000, Some(8_400)).cpu_ns(), Some(8_400));
        assert_eq!(point(0, Some(8_400)).cpu_ns(), None);
        assert_eq!(point(1_000, None).cpu_ns(), None);
        assert_eq!(point(1, None).kernel_each(), Some(2_000));
    }
    #[test]
    fn memory_grows_with_connections_by_what_each_of_them_takes() {
        let points = |counts: &[u32]| -> Vec<Point> {
            let record = made_up::swarm(counts);
            record.lanes.iter().filter_map(Point::of).collect()
        };
        let four = points(&[10, 100, 250, 1_000]);
        assert_eq!(four.len(), 16);
        let each = memory_each(&four, Transport::Sse).unwrap();
        assert!((each.value - 6_300.0).abs() < 1.0, "{each:?}");
        assert_eq!(memory_each(&points(&[10, 100, 250]), Transport::Sse), None);
        let sse = four
            .iter()
            .find(|it| it.transport == Transport::Sse)
            .unwrap();
        assert_eq!(sse.p50.unwrap().n, sse.delivered);
    }
}
