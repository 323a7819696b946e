//! The run's buttons and its progress.

use leptos::prelude::*;

use super::{
    field::Invalid,
    number::{count, plain},
    stage::Stage,
};
use crate::lab::board::{Command, Kind, Phase};

/// Start, pause, stop. The three buttons keep their places, so that nothing jumps.
pub(super) fn actions(stage: Stage, invalid: Invalid) -> impl IntoView {
    let run = stage.board.run;
    let phase = move || run.with(|run| run.phase);
    let is_live = move || phase().is_live();
    let pausable = move || {
        run.with(|run| {
            run.kind != Kind::External && matches!(run.phase, Phase::Running | Phase::Paused)
        })
    };
    let pause = move |_| {
        let paused = run.with_untracked(|run| run.phase == Phase::Paused);
        stage.board.ask(if paused {
            Command::Resume
        } else {
            Command::Pause
        });
    };
    let stop = move |_| {
        let live = run.with_untracked(|run| run.phase.is_live());
        stage
            .board
            .ask(if live { Command::Stop } else { Command::Demo });
    };
    let pause_text = move || {
        stage.text(if phase() == Phase::Paused {
            "lab-resume"
        } else {
            "lab-pause"
        })
    };
    let stop_text = move || stage.text(if is_live() { "lab-stop" } else { "lab-demo" });
    let measure_text = move || {
        let seconds = stage.board.settings.with(|settings| settings.duration_s);
        stage.fill("lab-measure", &[("seconds", &count(seconds.into()))])
    };
    view! {
        <div class="actions">
            {progress(stage)}
            <button
                type="button"
                class="quiet"
                data-action="pause"
                disabled=move || stage.asleep() || !pausable()
                on:click=pause
            >
                {pause_text}
            </button>
            <button type="button" class="quiet" data-action="stop" disabled=move || stage.asleep() on:click=stop>
                {stop_text}
            </button>
            <button
                type="button"
                class="primary go"
                data-action="measure"
                disabled=move || stage.locked() || invalid.any()
                on:click=move |_| stage.board.ask(Command::Measure)
            >
                {measure_text}
            </button>
        </div>
    }
}

/// What runs, and how far it has come.
fn progress(stage: Stage) -> impl IntoView {
    let share = move || {
        let progress = stage.board.progress.get();
        // In hundredths: the bar does not move for less.
        let hundredths = (progress.elapsed_ms / progress.total_ms.max(1.0) * 100.0).floor();
        plain(hundredths.clamp(0.0, 100.0))
    };
    let seconds = move || {
        let progress = stage.board.progress.get();
        let whole = |ms: f64| count((ms / 1e3).max(0.0) as u64);
        if progress.total_ms > 0.0 {
            let elapsed = progress.elapsed_ms.min(progress.total_ms);
            stage.fill(
                "lab-progress",
                &[("now", &whole(elapsed)), ("all", &whole(progress.total_ms))],
            )
        } else {
            stage.fill("lab-progress-open", &[("now", &whole(progress.elapsed_ms))])
        }
    };
    let what = move || {
        let (kind, phase) = stage.board.run.with(|run| (run.kind, run.phase));
        match phase {
            Phase::Running | Phase::Watching => stage.text(&format!("lab-kind-{}", kind.slug())),
            _ => stage.text(&format!("lab-phase-{}", phase.slug())),
        }
    };
    view! {
        <div class="progress">
            <span>{what}</span>
            <progress max="100" value=share aria-label=stage.text("lab-progress-label")></progress>
            <span class="seconds">{seconds}</span>
        </div>
    }
}
