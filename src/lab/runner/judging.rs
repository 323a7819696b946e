//! Comparing the lanes little by little, so that the page goes on receiving and painting.

use super::bench::Bench;
use crate::{
    lab::{
        bias::{Bias, is_spoilt, twins},
        judgement::{Judgement, comparison, rules},
        memory,
        model::Model,
    },
    runs::types::Mode,
    stats::Comparison,
    transport::client::{now, timer::sleep},
};

/// For how long lanes are compared before the page has its turn again, ms. A step takes 4 at most:
/// both together are half a frame.
const AT_ONCE_MS: f64 = 4.0;

impl Bench {
    /// Puts what may be said about the lanes on the board; gives what that took of the main
    /// thread's time, ms. It is awaited before it is asked for again: never two at a time.
    pub(super) async fn judge(&self) -> f64 {
        self.show_clock();
        self.show_flags();
        let (step_ms, mode, in_turn, bias) = self.board.read(|state| {
            let run = &state.run;
            let step_ms = state.instrument.step_ms;
            (step_ms, run.mode, run.in_turn, state.bias.clone())
        });
        let is_check = mode == Mode::SelfCheck;
        // What a self-check finds is not measured by what the last one has found.
        let bias = bias.filter(|_| !is_check).unwrap_or_default();
        let mut took_ms = 0.0;
        let mut begun = now();
        let look = |model: &Model| {
            let lanes = model.lanes();
            let transports = lanes.iter().map(|lane| lane.transport);
            let rules = rules(transports, in_turn, step_ms, |of| bias.of_transport(of));
            model.evidence(|evidence| comparison(evidence, lanes.len(), is_check, rules))
        };
        let mut comparison = look(&self.model.borrow());
        while self.step(&mut comparison) {
            if now() - begun > AT_ONCE_MS {
                took_ms += now() - begun;
                sleep(0.0).await;
                begun = now();
            }
        }
        let verdict = comparison.finish();
        let model = self.model.borrow();
        let (contestants, block_us) = (model.contestants(), model.block_us());
        let judgement = Judgement::from_verdict(&verdict, &contestants, block_us);
        let transports: Vec<_> = contestants.iter().map(|lane| lane.transport).collect();
        drop(model);
        let found = if is_check {
            twins(&verdict, &transports)
        } else {
            Vec::new()
        };
        self.board.change(|state| {
            state.judgement.clone_from(&judgement);
            state.twins.clone_from(&found);
        });
        took_ms + now() - begun
    }

    /// A little of a comparison; `false` when there is none left.
    fn step(&self, comparison: &mut Comparison) -> bool {
        let model = self.model.borrow();
        model.evidence(|evidence| comparison.step(evidence))
    }

    /// Keeps what the self-check that has ended told, for this browser, unless it was disturbed.
    pub(super) fn keep_bias(&self) {
        let (key, twins, spoilt) = self.board.read(|state| {
            let key = Bias::key(&state.instrument);
            (key, state.twins.clone(), is_spoilt(&state.flags))
        });
        if twins.is_empty() || spoilt {
            return;
        }
        let bias = Bias::of(&twins, memory::today());
        memory::remember(&key, &bias.to_text());
        self.board.change(|state| state.bias = Some(bias.clone()));
    }
}
