//! Handing in a run that is over.

use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;

use super::bench::{Bench, Task};
use crate::{
    lab::{
        board::Saved,
        calls::save_run,
        recording::{Circumstances, recorded_lane, recording},
    },
    runs::{pieces::pieces, types::Recording},
    transport::{
        client::{now, timer::sleep},
        server_fn::FnError,
    },
};

/// For how long a recording is written before the page has its turn again, ms.
const AT_ONCE_MS: f64 = 4.0;

impl Bench {
    /// Keeps the run that has ended with its final figures. The page has its turn before that and
    /// after it: a long run takes longer than a frame has.
    pub(super) async fn record(&self, task: &Task, run: &str) {
        sleep(0.0).await;
        let flags = self.show_flags();
        let mut recorded = self.board.read(|state| {
            let bias = state.bias.clone().unwrap_or_default();
            let about = Circumstances {
                run,
                mode: task.mode,
                settings: &task.settings,
                instrument: &state.instrument,
                bias_us: bias.us,
                flags,
            };
            recording(&self.model.borrow(), about, now())
        });
        let account = self.account.get();
        let lane = |index| recorded_lane(&self.model.borrow(), index, account, now());
        let lanes = self.model.borrow().lanes().len();
        for index in 0..lanes {
            recorded.lanes.extend(lane(index));
            sleep(0.0).await;
        }
        self.recording.replace(Some(recorded));
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
            let saved = match hand_in(recording).await {
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

/// Writes the recording and hands it in. Each turn's text is given to the browser at once: of a
/// body that is one text it makes bytes in one go, 2.8 million of them in 25 ms.
async fn hand_in(recording: Recording) -> Result<String, FnError> {
    let unwritten = || FnError::new("bad_input", "");
    let (turns, mut texts) = (Array::new(), Array::new());
    let mut begun = now();
    for piece in pieces(recording).map_err(|_| unwritten())? {
        let text = piece.json().map_err(|_| unwritten())?;
        texts.push(&text.into());
        if now() - begun > AT_ONCE_MS {
            turns.push(blob(&texts).ok_or_else(unwritten)?.as_ref());
            texts = Array::new();
            sleep(0.0).await;
            begun = now();
        }
    }
    turns.push(blob(&texts).ok_or_else(unwritten)?.as_ref());
    save_run(&blob(&turns).ok_or_else(unwritten)?).await
}

/// Texts or blobs, one behind the other.
fn blob(parts: &Array) -> Option<Blob> {
    Blob::new_with_blob_sequence(parts).ok()
}
