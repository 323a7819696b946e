//! What a lane costs, as the server has counted it: bytes, connections, CPU time.

use super::{
    say::Say,
    shown::{NONE, Shown},
};
use crate::{
    lab::figures::Figures,
    transport::{Transport, counters::LaneCounters},
    ui::number::{at_least, count, fixed, plain, raw},
};

/// A number of bytes, or of µs, to about three figures.
fn short(value: f64) -> String {
    fixed(value, if value.abs() < 99.95 { 1 } else { 0 })
}

/// What a lane has cost for each event that the server had written for it by then: the cost and the
/// events are of one moment, which the events received are not. `None` before the first, and while
/// the server has not been asked.
fn per_event(figures: &Figures, of: impl Fn(&LaneCounters) -> u64) -> Option<f64> {
    let counters = figures.counters.as_ref()?;
    let value = of(counters);
    (counters.written > 0 && value > 0).then(|| value as f64 / counters.written as f64)
}

fn all_bytes(counters: &LaneCounters) -> u64 {
    counters.bytes_in + counters.bytes_out
}

/// Whether its bytes are those of bodies alone.
fn bodies_only(figures: &Figures) -> bool {
    figures.counters.is_some_and(|it| it.bodies_only())
}

/// A number of bytes, which is a lower bound where only bodies are counted.
fn of_bytes(figures: &Figures, value: Option<f64>) -> Shown {
    let told = |value| at_least(bodies_only(figures), short(value));
    Shown {
        text: value.map_or_else(|| NONE.to_owned(), told),
        value: Some(value.map(raw).unwrap_or_default()),
    }
}

/// Bytes on the wire for an event, both ways.
pub(super) fn bytes(figures: &Figures) -> Shown {
    of_bytes(figures, per_event(figures, all_bytes))
}

/// What these bytes are: payload, envelope, framing, headers, set-up.
pub(super) fn split(figures: &Figures) -> String {
    if figures
        .counters
        .as_ref()
        .is_none_or(|it| all_bytes(it) == 0)
    {
        return NONE.to_owned();
    }
    let part = |is_bound: bool, of: fn(&LaneCounters) -> u64| match per_event(figures, of) {
        Some(part) => at_least(is_bound, plain(part.round())),
        None if is_bound => NONE.to_owned(),
        None => "0".to_owned(),
    };
    let is_bound = bodies_only(figures);
    [
        part(false, |it| it.payload_bytes),
        part(false, |it| it.envelope_bytes),
        part(is_bound, |it| it.framing_bytes),
        part(is_bound, |it| it.header_bytes),
        part(is_bound, |it| it.setup_bytes),
    ]
    .join(" · ")
}

/// Bytes for a client that stays for an hour, in kB: silence costs, too.
pub(super) fn hourly(figures: &Figures) -> Shown {
    let bytes = figures.counters.as_ref().map_or(0, all_bytes);
    let known = bytes > 0 && figures.open_ms > 0.0;
    let value = known.then(|| bytes as f64 / figures.open_ms * 3.6e3);
    of_bytes(figures, value)
}

/// A counter of the server's.
pub(super) fn counted(figures: &Figures, of: impl Fn(&LaneCounters) -> u64) -> Shown {
    let value = figures.counters.as_ref().map(of);
    Shown {
        text: value.map_or_else(|| NONE.to_owned(), count),
        value: Some(value.map(|value| value.to_string()).unwrap_or_default()),
    }
}

/// The server's CPU time for an event, with the error of the estimate, µs.
pub(super) fn cpu(say: &Say, figures: &Figures, of: Transport) -> Shown {
    let one = |us| per_event(figures, us);
    of_cpu(say, figures, of, one)
}

/// The server's CPU time for a client that stays for an hour, with the error of the estimate, ms.
pub(super) fn cpu_hourly(say: &Say, figures: &Figures, of: Transport) -> Shown {
    // µs a ms are s a 1,000 s: 3,600 of them are the ms of an hour.
    let one = |us: fn(&LaneCounters) -> u64| {
        let us = figures.counters.as_ref().map_or(0, us);
        (us > 0 && figures.open_ms > 0.0).then(|| us as f64 / figures.open_ms * 3.6e3)
    };
    of_cpu(say, figures, of, one)
}

/// CPU time and its error. It cannot be told apart where the lane's connection is not its own.
fn of_cpu(
    say: &Say,
    figures: &Figures,
    of: Transport,
    one: impl Fn(fn(&LaneCounters) -> u64) -> Option<f64>,
) -> Shown {
    let shared = figures.counters.is_some_and(|it| it.http2 > 0);
    if of == Transport::ServerFnWebSocket || shared {
        let text = say.text("lab-cpu-not-apart");
        let value = Some(String::new());
        return Shown { text, value };
    }
    let value = one(|it| it.cpu_us);
    let error = one(|it| it.cpu_error_us);
    let text = value.map_or_else(
        || NONE.to_owned(),
        |cpu| format!("{} ± {}", short(cpu), short(error.unwrap_or_default())),
    );
    Shown {
        text,
        value: Some(value.map(raw).unwrap_or_default()),
    }
}

/// The HTTP version of the lane's requests.
pub(super) fn protocol(figures: &Figures) -> Shown {
    let protocol = match figures.counters {
        Some(LaneCounters { http2: 1.., .. }) => "HTTP/2",
        Some(LaneCounters { http1: 1.., .. }) => "HTTP/1.1",
        _ => NONE,
    };
    protocol.to_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::labels::Labels;

    fn figures(counters: LaneCounters) -> Figures {
        Figures {
            delivered: 10,
            open_ms: 36_000.0,
            counters: Some(counters),
            ..Figures::NONE
        }
    }

    #[test]
    fn costs_are_told_for_an_event_and_for_an_hour() {
        let lane = figures(LaneCounters {
            bytes_in: 400,
            bytes_out: 600,
            payload_bytes: 640,
            header_bytes: 360,
            written: 10,
            cpu_us: 95,
            cpu_error_us: 12,
            http1: 3,
            ..LaneCounters::default()
        });
        assert_eq!(bytes(&lane).text, "100");
        assert_eq!(split(&lane), "64 · 0 · 0 · 36 · 0");
        assert_eq!(hourly(&lane).text, "100");
        assert_eq!(protocol(&lane).text, "HTTP/1.1");
        let say = Say::new(Labels::default());
        assert_eq!(cpu(&say, &lane, Transport::Sse).text, "9.5 ± 1.2");
        assert_eq!(cpu_hourly(&say, &lane, Transport::Sse).text, "9.5 ± 1.2");
        let value = cpu(&say, &lane, Transport::ServerFnWebSocket);
        assert_eq!(value.text, "lab-cpu-not-apart");
    }

    #[test]
    fn of_http_2_what_is_not_counted_is_not_nought_and_sums_are_lower_bounds() {
        let lane = figures(LaneCounters {
            bytes_out: 1_880,
            payload_bytes: 1_280,
            envelope_bytes: 500,
            framing_bytes: 100,
            written: 10,
            http2: 3,
            ..LaneCounters::default()
        });
        assert_eq!(bytes(&lane).text, "≥ 188");
        assert_eq!(bytes(&lane).value.as_deref(), Some("188.000"));
        assert_eq!(split(&lane), "128 · 50 · ≥ 10 · – · –");
        assert_eq!(hourly(&lane).text, "≥ 188");
        assert_eq!(protocol(&lane).text, "HTTP/2");
    }

    #[test]
    fn events_that_came_after_the_count_do_not_make_it_cheaper() {
        let lane = Figures {
            delivered: 1_000,
            ..figures(LaneCounters {
                bytes_out: 2_140,
                payload_bytes: 1_280,
                framing_bytes: 860,
                written: 10,
                cpu_us: 95,
                cpu_error_us: 12,
                ..LaneCounters::default()
            })
        };
        assert_eq!(bytes(&lane).text, "214");
        assert_eq!(split(&lane), "128 · 0 · 86 · 0 · 0");
        let say = Say::new(Labels::default());
        assert_eq!(cpu(&say, &lane, Transport::Sse).text, "9.5 ± 1.2");
    }

    #[test]
    fn what_the_server_has_not_told_is_not_nought() {
        for lane in [Figures::NONE, figures(LaneCounters::default())] {
            let say = Say::new(Labels::default());
            let shown = [
                bytes(&lane),
                hourly(&lane),
                cpu(&say, &lane, Transport::Sse),
                cpu_hourly(&say, &lane, Transport::Sse),
            ];
            assert!(shown.iter().all(|it| it.text == NONE));
            assert_eq!(split(&lane), NONE);
        }
    }
}
