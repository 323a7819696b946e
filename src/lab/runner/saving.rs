//! Handing in a run that is over.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;

use super::bench::{Bench, Task};
use crate::{
    lab::{
        board::Saved,
        recording::{Circumstances, recording},
    },
    runs::api::save_run,
    transport::client::{now, timer::sleep},
};

impl Bench {
    /// Keeps the run that has ended with its final figures. The page has its turn before that and
    /// after it: a long run takes longer than a frame has.
    pub(super) async fn record(&self, task: &Task, run: &str) {
        sleep(0.0).await;
        let flags = self.show_flags();
        let recorded = self.board.read(|state| {
            let bias = state.bias.clone().unwrap_or_default();
            let about = Circumstances {
                run,
                account: self.account.get(),
                mode: task.mode,
                settings: &task.settings,
                instrument: &state.instrument,
                bias_us: bias.us,
                flags,
            };
            recording(&self.model.borrow(), about, now())
        });
        self.recording.replace(Some(recorded));
        sleep(0.0).await;
    }

    /// Hands the recording in, the first time or once more. It goes on while the next run is
    /// already being measured, but then says nothing any more.
    pub(super) fn save(self: &Rc<Self>) {
        let Some(recording) = self.recording.borrow().clone() else {
            return;
        };
        self.board.change(|state| state.saved = Saved::Saving);
        let bench = Rc::clone(self);
        spawn_local(async move {
            // First the end is painted.
            sleep(0.0).await;
            let run = recording.run.clone();
            let saved = match save_run(recording).await {
                Ok(id) => Saved::Done(id),
                Err(error) => Saved::Refused(error.to_string()),
            };
            let is_ours = |of: &str| of == run;
            let held = bench.recording.borrow();
            if held.as_ref().is_some_and(|held| is_ours(&held.run)) {
                bench.board.change(|state| state.saved.clone_from(&saved));
            }
        });
    }
}
