//! `GET /metrics`: the server's numbers for Prometheus, by the names that the field has for them.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use prometheus_client::{
    collector::Collector,
    encoding::{
        DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, NoLabelSet,
        prometheus_text::{self, CONTENT_TYPE},
    },
    metrics::MetricType,
    registry::Registry,
};

use crate::{
    meter::{
        meters::{Meter, Use},
        process,
        tally::Count,
    },
    transport::serving::Serving,
};

/// What it takes to tell them; a clone is a reference.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Registry>);

impl Metrics {
    /// Of a server that starts now.
    pub fn new(serving: Serving, connections: Arc<AtomicUsize>) -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Source {
            serving,
            connections,
            started_s: process::now_s(),
        }));
        Self(Arc::new(registry))
    }

    /// Answers with all of them.
    pub fn answer(&self) -> Response {
        let mut text = String::new();
        match prometheus_text::encode(&mut text, &self.0) {
            Ok(()) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

/// Where the numbers are.
#[derive(Debug)]
struct Source {
    serving: Serving,
    connections: Arc<AtomicUsize>,
    started_s: f64,
}

/// A counter of each transport: its name, what it counts, and where it is.
type PerTransport = (&'static str, &'static str, fn(&Meter) -> &Count);

const PER_TRANSPORT: [PerTransport; 6] = [
    (
        "pushpull_requests",
        "Requests, handshakes and refused ones among them",
        |meter| &meter.requests,
    ),
    (
        "pushpull_connections_opened",
        "TCP connections whose first request was one of these",
        |meter| &meter.connections,
    ),
    (
        "pushpull_events_delivered",
        "Events handed over for writing",
        |meter| &meter.delivered,
    ),
    (
        "pushpull_wasted_exchanges",
        "Requests answered with neither event nor gap",
        |meter| &meter.wasted,
    ),
    (
        "pushpull_gaps",
        "Gaps told to readers whose cursor had fallen behind the log",
        |meter| &meter.gaps,
    ),
    (
        "pushpull_takeovers",
        "Answers that stand, carried on a connection taken over from the HTTP library",
        |meter| &meter.taken_over,
    ),
];

impl Source {
    fn meter(&self, of: Use) -> &Meter {
        self.serving.meters.of(of)
    }

    fn per_transport(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        for (name, help, count) in PER_TRANSPORT {
            let mut metric = to.encode_descriptor(name, help, None, MetricType::Counter)?;
            for of in transports() {
                metric
                    .encode_family(&[("transport", of.slug())])?
                    .encode_counter::<NoLabelSet, _, u64>(&count(self.meter(of)).get(), None)?;
            }
        }
        let help = "Bytes read from and written to TCP connections, above TLS";
        let mut metric = to.encode_descriptor("pushpull_bytes", help, None, MetricType::Counter)?;
        for of in Use::ALL {
            let meter = self.meter(of);
            for (direction, count) in [("in", &meter.bytes_in), ("out", &meter.bytes_out)] {
                metric
                    .encode_family(&[("transport", of.slug()), ("direction", direction)])?
                    .encode_counter::<NoLabelSet, _, u64>(&count.get(), None)?;
            }
        }
        let help = "Requests held, streams and sockets that read a topic now";
        let mut metric =
            to.encode_descriptor("pushpull_subscribers", help, None, MetricType::Gauge)?;
        for of in transports() {
            let meter = self.meter(of);
            let closed = meter.closed.get();
            let open = meter.opened.get().saturating_sub(closed);
            metric
                .encode_family(&[("transport", of.slug())])?
                .encode_gauge(&open)?;
        }
        let help = "From an event's time to its being handed over for writing";
        let name = "pushpull_delivery_latency_seconds";
        let mut metric = to.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for of in transports() {
            let latency = &self.meter(of).latency;
            metric
                .encode_family(&[("transport", of.slug())])?
                .encode_histogram::<NoLabelSet>(
                    latency.sum_s(),
                    latency.total(),
                    &latency.buckets(),
                    None,
                )?;
        }
        Ok(())
    }

    fn hub(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let hub = &self.serving.hub;
        let connections = self.connections.load(Ordering::Relaxed) as u64;
        counter(
            to,
            "pushpull_events_published",
            "Events taken into a topic, by whatever way",
            &hub.published(),
        )?;
        gauge(
            to,
            "pushpull_connections",
            "TCP connections now",
            &connections,
        )?;
        gauge(to, "pushpull_topics", "Topics now", &(hub.topics() as u64))?;
        gauge(
            to,
            "pushpull_held_bytes",
            "What all topics' events occupy, all encodings counted",
            &(hub.held_bytes() as u64),
        )?;
        counter(
            to,
            "pushpull_lanes_cpu_seconds",
            "CPU time of connection tasks that serve a lane; an estimate from a random sample",
            &seconds(self.serving.lanes.cpu_us()),
        )
    }

    fn process(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        counter(
            to,
            "process_cpu_seconds",
            "Total user and system CPU time spent in seconds",
            &process::cpu().as_secs_f64(),
        )?;
        gauge(
            to,
            "process_start_time_seconds",
            "Start time of the process since unix epoch in seconds",
            &self.started_s,
        )?;
        for (name, help, value) in [
            (
                "process_resident_memory_bytes",
                "Resident memory size in bytes",
                process::resident(),
            ),
            (
                "process_open_fds",
                "Number of open file descriptors",
                process::open_files(),
            ),
            (
                "process_max_fds",
                "Maximum number of open file descriptors",
                process::most_files(),
            ),
        ] {
            // What the system does not tell is left out.
            if let Some(value) = value {
                gauge(to, name, help, &value)?;
            }
        }
        Ok(())
    }
}

impl Collector for Source {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> fmt::Result {
        self.per_transport(&mut to)?;
        self.hub(&mut to)?;
        self.process(&mut to)
    }
}

fn transports() -> impl Iterator<Item = Use> {
    Use::ALL
        .into_iter()
        .filter(|of| matches!(of, Use::Transport(_)))
}

fn counter(
    to: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: &impl EncodeCounterValue,
) -> fmt::Result {
    to.encode_descriptor(name, help, None, MetricType::Counter)?
        .encode_counter::<NoLabelSet, _, u64>(value, None)
}

fn gauge(
    to: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: &impl EncodeGaugeValue,
) -> fmt::Result {
    to.encode_descriptor(name, help, None, MetricType::Gauge)?
        .encode_gauge(value)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "2^53 µs of CPU time are 285 years"
)]
fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}
