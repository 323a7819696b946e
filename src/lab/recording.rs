//! What is handed in of a run that is over.

use super::{board::Instrument, budget::Seat, model::Model, settings::Settings};
use crate::runs::types::{Flag, LaneRecording, MAX_RECEIPTS, Mode, Recording};
use crate::transport::Transport;

/// How many ranges of lost events are kept of a lane.
const MAX_RANGES: usize = 1_000;

/// What the model does not know of its run.
#[derive(Debug)]
pub struct Circumstances<'a> {
    /// The run's name on the server.
    pub run: &'a str,
    /// In which order the lanes were fed.
    pub mode: Mode,
    /// What it ran with.
    pub settings: &'a Settings,
    /// What it was measured with.
    pub instrument: &'a Instrument,
    /// This browser's bias, transport by transport, µs.
    pub bias_us: Vec<(Transport, u64)>,
    /// What may have disturbed it.
    pub flags: Vec<Flag>,
}

/// The recording of a run, as yet without its lanes; `now` is the browser's time, ms.
pub fn recording(model: &Model, about: Circumstances<'_>, now: f64) -> Recording {
    let instrument = about.instrument;
    Recording {
        run: about.run.to_owned(),
        mode: about.mode,
        poll_interval_ms: about.settings.poll_interval_ms,
        wait_s: about.settings.wait_s,
        distance_ms: instrument.distance_ms,
        start_us: model.start_us(),
        block_us: model.block_us(),
        browser: instrument.browser.clone(),
        user_agent: instrument.user_agent.clone(),
        step_ns: (instrument.step_ms * 1e6).round() as u64,
        isolated: instrument.isolated,
        secure: instrument.secure,
        clock_error_us: model.clock_error_us(now).map_or(0, |us| us.ceil() as u64),
        round_trip_us: model.clock().round_trip_us().map_or(0, |us| us as u64),
        drift_ppb: model.clock().drift_ppb().unwrap_or_default(),
        bias_us: about.bias_us,
        flags: about.flags,
        lanes: Vec::new(),
    }
}

/// The recording of lane number `index`, whose name belongs to that account. Takes some ms where
/// there are many receipts.
pub fn recorded_lane(model: &Model, index: usize, account: u32, now: f64) -> Option<LaneRecording> {
    let lane = model.lanes().get(index)?;
    let ledger = &lane.ledger;
    let lost = ledger.lost_ranges();
    let seat = Seat {
        transport: lane.transport,
        twin: lane.twin,
    };
    let mut receipts = model.receipts(index);
    receipts.truncate(MAX_RECEIPTS);
    Some(LaneRecording {
        transport: lane.transport,
        twin: lane.twin,
        lane: seat.name(account)?,
        state: lane.state.slug().to_owned(),
        reason: lane.reason.clone(),
        protocol: lane.protocol().to_owned(),
        delivered: ledger.delivered(),
        lost: ledger.lost(),
        duplicated: ledger.duplicated(),
        reordered: ledger.reordered(),
        lost_ranges: lost
            .iter()
            .take(MAX_RANGES)
            .map(|range| (*range.start(), *range.end()))
            .collect(),
        duplicated_seqs: ledger.duplicated_seqs().to_vec(),
        reordered_seqs: ledger.reordered_seqs().to_vec(),
        requests: lane.requests,
        wasted: lane.wasted,
        reconnects: lane.reconnects,
        skipped: lane.skipped,
        gaps: lane.gaps,
        open_us: Some((lane.open_for_ms(now) * 1e3) as u64),
        histogram: lane.latencies.blocks().to_vec(),
        receipts,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::{
        lab::{
            budget::{fit, seats},
            settings::Lanes,
        },
        transport::{Pace, Signal},
    };

    #[test]
    fn for_how_long_a_lane_was_open_is_kept() {
        let pace = Pace {
            poll_interval_ms: 500,
            wait_s: 25,
        };
        let mut model = Model::new(0.005);
        let lanes = seats(Lanes::default(), Mode::Together);
        model.begin(&fit(&lanes, 0), None, pace, 0.0);
        model.take(0, Signal::Connecting { at: 1_000.0 });
        let open_us = |index| recorded_lane(&model, index, 1, 4_500.0).unwrap().open_us;
        assert_eq!([open_us(0), open_us(1)], [Some(3_500_000), Some(0)]);
        assert_eq!(recorded_lane(&model, 99, 1, 4_500.0), None);
    }
}
