//! What the server has counted of a lane: the body of `GET /api/lanes/{lane}`.

use serde::{Deserialize, Serialize};

/// One lane's counters. All of them only grow, but for `open`. Counts are exact unless they say
/// otherwise; bytes are those of the TCP payload that the server's socket read or wrote, which
/// equals what a packet capture shows.
///
/// `bytes_in + bytes_out` is the sum of `payload_bytes`, `envelope_bytes`, `framing_bytes`,
/// `header_bytes` and `setup_bytes`, once the lane's connections have been written out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LaneCounters {
    /// Requests that named the lane, preflights and refused ones among them.
    pub requests: u64,
    /// Requests that were answered with neither event nor gap.
    pub wasted: u64,
    /// Events handed to the lane's connections for writing.
    pub written: u64,
    /// Gaps told.
    pub gaps: u64,
    /// Readers that the lane has now: held requests, streams and sockets.
    pub open: u64,
    /// TCP connections on which the lane's request was the first.
    pub connections_opened: u64,
    /// Requests of the lane on a connection that had carried a request before.
    pub connections_reused: u64,
    /// Comment lines, pings and pongs.
    pub heartbeats: u64,
    /// TCP payload read for the lane; under TLS what was encrypted in it.
    pub bytes_in: u64,
    /// TCP payload written for the lane; under TLS what was encrypted in it.
    pub bytes_out: u64,
    /// Bytes of the events' data, before any encoding: of events delivered and published.
    pub payload_bytes: u64,
    /// Our JSON around the data, what escaping adds included, and the texts of refusals.
    pub envelope_bytes: u64,
    /// Chunks, fields of the event stream, WebSocket frames, heartbeats.
    pub framing_bytes: u64,
    /// Of `framing_bytes`, what comment lines, pings and pongs took.
    pub heartbeat_bytes: u64,
    /// Heads of requests and answers over HTTP/1.1 that ask for or carry events one exchange at a time.
    pub header_bytes: u64,
    /// Heads over HTTP/1.1 that open an event stream or a WebSocket, and preflights.
    pub setup_bytes: u64,
    /// What TLS added on the wire beside the bytes above; 0 in clear.
    pub tls_bytes: u64,
    /// Connections that have been closed and of which the kernel then told what follows. Where it
    /// tells nothing (no Linux, netlink closed to programs) this stays 0.
    pub connections_closed: u64,
    /// TCP segments that carried data, both ways, of connections that have been closed. A
    /// connection that lanes shared is parted by their bytes.
    pub segments: u64,
    /// Of those, segments that the server sent again.
    pub retransmitted: u64,
    /// Estimate of the IP packets' bytes of closed connections: what was sent, also when it was
    /// sent again, and received, and 52 bytes of headers for each segment with data or without
    /// (40 for IPv4 and TCP, 12 for its time stamps; 72 for IPv6). The last FINs are not in it.
    pub ip_bytes: u64,
    /// CPU time of the lane's connection tasks, and of what their topic's task writes to them, µs, extrapolated from a random sample.
    pub cpu_us: u64,
    /// The half width of the 95 % interval of `cpu_us`; as large as itself after one sample.
    pub cpu_error_us: u64,
    /// Polls of connection tasks, and deliveries, that were timed.
    pub cpu_samples: u64,
    /// The lane had its connections for itself: false over HTTP/2, where lanes share one, and for
    /// the server-function WebSocket, whose tasks the framework makes. Then `cpu_us` is 0.
    pub cpu_apart: bool,
    /// Requests by HTTP version: 1.0 and 1.1, and 2.
    pub http1: u64,
    /// See `http1`.
    pub http2: u64,
    /// A request came before its predecessor had been answered, so that bytes may have been
    /// ascribed to the neighbour.
    pub approximate: bool,
}

impl LaneCounters {
    /// Requests went over HTTP/2, where lanes share a connection and the compression of its heads:
    /// of them only the bodies' bytes are counted, so that all sums are lower bounds, and heads,
    /// frames and TLS are not 0 but unknown.
    pub fn bodies_only(&self) -> bool {
        self.http2 > 0
    }
}
