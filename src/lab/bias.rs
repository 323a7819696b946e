//! What a self-check has found: by how much two lanes of the same transport differ in this
//! browser. Kept for the browser as a line of text in whole numbers.

use super::{board::Instrument, settings::Lanes};
use crate::{
    lab::{settings::Settings, workload::Arrivals},
    runs::types::{Flag, FlagKind},
    stats::{Difference, Verdict},
    transport::Transport,
};

/// By how much the two lanes of a transport differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Twins {
    /// Which transport.
    pub transport: Transport,
    /// The difference with its interval, corrected for the number of transports.
    pub difference: Difference,
}

/// This browser's bias.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bias {
    /// When it was checked, as `2026-11-25`.
    pub checked: String,
    /// By how much the lanes of each transport differed, µs.
    pub us: Vec<(Transport, u64)>,
}

/// What a self-check runs with, whatever the visitor has set: its result belongs to the browser,
/// not to a workload. Polls are as frequent as they may be, because by how much the twins' ticks
/// differ by luck goes with the interval.
pub fn settings(lanes: Lanes, seed: u32, blocks: u32) -> Settings {
    let blocks = blocks.max(MIN_BLOCKS);
    Settings {
        rate: 20.0,
        arrivals: Arrivals::Poisson,
        payload: 128,
        poll_interval_ms: 50,
        wait_s: 25,
        duration_s: blocks,
        seed,
        lanes,
        blocks,
    }
}

/// Whether a self-check was disturbed so much that what it found is the disturbance's doing rather
/// than the browser's: it is shown, but not kept.
pub fn is_spoilt(flags: &[Flag]) -> bool {
    flags.iter().any(|flag| match flag.kind {
        FlagKind::TabHidden
        | FlagKind::BrowserSaturated
        | FlagKind::ClockRestarted
        | FlagKind::LaneMissing => true,
        FlagKind::SkippedPolls => flag.value >= MANY_POLLS,
        FlagKind::PublisherLate => flag.value >= VERY_LATE_US,
        _ => false,
    })
}

/// So many skipped polls are no accident: one in a hundred of the shortest self-check's.
const MANY_POLLS: u64 = 10;
/// A publisher this late, p99 in µs, sends events in heaps.
const VERY_LATE_US: u64 = 10_000;
/// How many blocks of a second a self-check has at least.
const MIN_BLOCKS: u32 = 25;

/// What the verdict on twins says of each transport. Twins are neighbours: lanes 0 and 1, 2 and 3…
pub fn twins(verdict: &Verdict, transports: &[Transport]) -> Vec<Twins> {
    let of_pair = |pair: &crate::stats::PairVerdict| {
        Some(Twins {
            transport: *transports.get(pair.a)?,
            difference: pair.difference.ok()?,
        })
    };
    verdict.pairs.iter().filter_map(of_pair).collect()
}

impl Bias {
    /// What the twins of a self-check told.
    pub fn of(twins: &[Twins], checked: String) -> Self {
        let us = |twins: &Twins| {
            let size = twins.difference.estimate_us.abs().ceil();
            (twins.transport, size as u64)
        };
        Self {
            checked,
            us: twins.iter().map(us).collect(),
        }
    }

    /// A transport's, µs; 0 where it was not checked. A server-function lane has its plain
    /// transport's.
    pub fn of_transport(&self, transport: Transport) -> u64 {
        let own = self.us.iter().find(|(of, _)| *of == transport.plain());
        own.map_or(0, |(_, us)| *us)
    }

    /// The largest of those transports that were checked, µs; `None` where none was.
    pub fn largest(&self, lanes: Lanes) -> Option<u64> {
        let of = |(transport, us): &(Transport, u64)| lanes.has(*transport).then_some(*us);
        self.us.iter().filter_map(of).max()
    }

    /// Where it is kept: by what it depends on.
    pub fn key(instrument: &Instrument) -> String {
        let step_us = (instrument.step_ms * 1e3).round() as u64;
        let isolated = if instrument.isolated { "isolated" } else { "" };
        format!("pushpull-bias {} {step_us} {isolated}", instrument.browser)
    }

    /// As text: `2026-11-25 sse=12 websocket=7`.
    pub fn to_text(&self) -> String {
        let mut text = self.checked.clone();
        for (transport, us) in &self.us {
            text.push(' ');
            text.push_str(transport.slug());
            text.push('=');
            text.push_str(&us.to_string());
        }
        text
    }

    /// Reads what [`to_text`](Self::to_text) writes; what makes no sense is passed over.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let checked = words.next().filter(|date| date.len() == 10)?.to_owned();
        let pair = |word: &str| {
            let (slug, us) = word.split_once('=')?;
            let transport = Transport::PLAIN.into_iter().find(|it| it.slug() == slug)?;
            Some((transport, us.parse().ok()?))
        };
        let us: Vec<_> = words.filter_map(pair).collect();
        (!us.is_empty()).then_some(Self { checked, us })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bias() -> Bias {
        Bias {
            checked: "2026-11-25".to_owned(),
            us: vec![(Transport::Sse, 12), (Transport::WebSocket, 7)],
        }
    }

    #[test]
    fn a_self_check_that_was_disturbed_is_not_kept() {
        let spoils = |kind, value| {
            let [from_us, to_us] = [0, 0];
            is_spoilt(&[Flag {
                kind,
                from_us,
                to_us,
                value,
            }])
        };
        assert!(!is_spoilt(&[]));
        assert!(spoils(FlagKind::SkippedPolls, 288) && !spoils(FlagKind::SkippedPolls, 1));
        assert!(spoils(FlagKind::PublisherLate, 84_000) && !spoils(FlagKind::PublisherLate, 150));
        assert!(spoils(FlagKind::TabHidden, 0) && spoils(FlagKind::BrowserSaturated, 30));
        assert!(!spoils(FlagKind::BodiesOnly, 4) && !spoils(FlagKind::TimerCoarse, 100));
    }

    #[test]
    fn a_bias_survives_its_text_and_nonsense_is_no_bias() {
        assert_eq!(bias().to_text(), "2026-11-25 sse=12 websocket=7");
        assert_eq!(Bias::from_text(&bias().to_text()), Some(bias()));
        for nonsense in ["", "2026-11-25", "sse=1", "2026-11-25 sse=-1 telex=3"] {
            assert_eq!(Bias::from_text(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_transport_that_was_not_checked_has_none() {
        let bias = bias();
        assert_eq!(bias.of_transport(Transport::Polling), 0);
        assert_eq!(bias.of_transport(Transport::ServerFnWebSocket), 7);
        assert_eq!(bias.largest(Lanes::default()), Some(12));
        assert_eq!(
            bias.largest(Lanes::NONE.with(Transport::Polling, true)),
            None
        );
    }

    #[test]
    fn what_matters_to_a_bias_is_in_its_key() {
        let one = Instrument {
            browser: "Chromium 156".to_owned(),
            step_ms: 0.005,
            isolated: true,
            ..Instrument::default()
        };
        let coarse = Instrument {
            step_ms: 0.1,
            isolated: false,
            ..one.clone()
        };
        assert_ne!(Bias::key(&one), Bias::key(&coarse));
        assert_eq!(Bias::key(&one), "pushpull-bias Chromium 156 5 isolated");
    }

    #[test]
    fn a_self_check_is_long_enough_for_a_verdict() {
        let settings = settings(Lanes::default(), 1, 3);
        assert!(settings.duration_s >= 25 && settings.workload(60).check().is_ok());
        assert_eq!(crate::stats::block_us(settings.poll_interval_ms), 1_000_000);
    }
}
