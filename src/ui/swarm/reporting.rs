//! What a swarm that reports looks like. What changes meanwhile is made piece by piece, each with
//! the place where it belongs, so that an open page exchanges the pieces and nothing around them:
//! whoever reads a table or works a control there keeps it.

use leptos::prelude::*;

use super::{
    curve::{Curve, frames, id},
    words::{lane, verdict},
};
use crate::{
    swarm::{
        Swarm, SwarmId,
        point::Point,
        registry::{Ending, Kept},
        report::{Phase, Progress},
    },
    ui::{
        chart::{Picture, frame::Downloads, pen::Pen},
        number::{count, plain},
        runs::time::moment,
        text::Text,
    },
};

/// The place of all swarms.
pub const ALL: &str = "swarms";
/// The place of what is said aloud when a lane is over.
pub const SAID: &str = "swarms-said";

/// What becomes of a piece's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It holds the piece, and nothing else.
    Holds,
    /// The piece has come: it stands there before all others.
    Come,
    /// It is gone.
    Gone,
}

/// A piece of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What becomes of its place.
    pub change: Change,
    /// Where it belongs: a CSS selector.
    pub place: String,
    /// What stands there, as HTML.
    pub html: String,
}

impl Piece {
    /// What a place holds from now on.
    pub(super) fn held(place: String, html: String) -> Self {
        Self {
            change: Change::Holds,
            place,
            html,
        }
    }
}

/// The id of a swarm's article.
fn anchor(id: SwarmId) -> String {
    format!("swarm-{id}")
}

fn points(swarm: &Swarm) -> Vec<Point> {
    swarm.points.values().cloned().collect()
}

/// A swarm's curves as they are now.
pub fn pictures(swarm: &Swarm, text: Text) -> Vec<(Curve, Picture)> {
    let points = points(swarm);
    let draw = |curve: Curve| (curve, curve.draw(&points, text));
    Curve::ALL.map(draw).into()
}

/// The swarms' articles, the latest first.
pub fn articles(swarms: &[Swarm], text: Text) -> impl IntoView + use<> {
    if swarms.is_empty() {
        return view! { <p class="aside">{text.get("swarm-none")}</p> }.into_any();
    }
    let article = |swarm: &Swarm| article(swarm, text);
    swarms.iter().map(article).collect_view().into_any()
}

/// All of them anew.
pub fn all(swarms: &[Swarm], text: Text) -> Piece {
    let html = Owner::new().with(|| articles(swarms, text).to_html());
    Piece::held(format!("#{ALL}"), html)
}

/// A swarm that has come.
pub fn come(swarm: &Swarm, text: Text) -> Piece {
    Piece {
        change: Change::Come,
        place: format!("#{ALL}"),
        html: Owner::new().with(|| article(swarm, text).to_html()),
    }
}

/// A swarm that is gone.
pub fn gone(id: SwarmId) -> Piece {
    Piece {
        change: Change::Gone,
        place: place_of(id),
        html: String::new(),
    }
}

/// Where a swarm stands. The places within it begin with the same.
pub fn place_of(id: SwarmId) -> String {
    format!("#{}", anchor(id))
}

fn article(swarm: &Swarm, text: Text) -> impl IntoView + use<> {
    let anchor = anchor(swarm.id);
    let announced = &swarm.announced;
    let title = if announced.name.is_empty() {
        let begun = moment(swarm.begun_us).shown;
        text.fill("swarm-unnamed", &[("date", &begun)])
    } else {
        announced.name.clone()
    };
    let workload = announced.workload;
    let workload = text.fill(
        "runs-workload",
        &[
            ("rate", &*plain(workload.rate)),
            (
                "arrivals",
                &text.get(&format!("lab-arrivals-{}", workload.arrivals.slug())),
            ),
            ("payload", &count(workload.payload.into())),
            ("duration", &count(workload.duration_s.into())),
            ("seed", &workload.seed.to_string()),
        ],
    );
    let heading = format!("{anchor}-title");
    view! {
        <article class="swarm" id=anchor.clone() aria-labelledby=heading.clone()>
            <h3 id=heading.clone()>{title}</h3>
            <p class="facts">
                <span>{announced.target.clone()}</span>
                <span>{workload}</span>
                <span>{announced.client.clone()}</span>
            </p>
            <div class="where" inner_html=place(swarm, text)></div>
            <p class="sentence" inner_html=sentence(swarm, text)></p>
            <p class="outcome" inner_html=outcome(swarm, text)></p>
            <div class="charts">
                {frames(&pictures(swarm, text), &anchor, text, &Downloads::Browser)}
            </div>
        </article>
    }
}

/// Where the swarm is.
fn place(swarm: &Swarm, text: Text) -> String {
    if swarm.is_over() {
        return String::new();
    }
    let lanes = &swarm.announced.lanes;
    let (done, of) = (swarm.points.len(), lanes.len());
    let label = text.get("swarm-lanes");
    let told = match swarm.progress {
        None => text.get("swarm-begins"),
        Some(progress) => doing(swarm, &progress, text),
    };
    let counted = text.fill(
        "swarm-done",
        &[("n", &*count(done as u64)), ("of", &count(of as u64))],
    );
    let heard = moment(swarm.heard_us);
    let (before, after) = text.around("swarm-heard", "time");
    view! {
        <progress max=of.to_string() value=done.to_string() aria-label=label></progress>
        <span>{counted}</span>
        <span>{told}</span>
        <span class="heard">
            {before} <time datetime=heard.iso.clone()>{seconds(&heard.iso)}</time> {after}
        </span>
    }
    .to_html()
}

/// The time of day of an instant.
fn seconds(iso: &str) -> String {
    let time = iso.split_once('T').map_or(iso, |(_, time)| time);
    time.trim_end_matches('Z').to_owned()
}

/// What is being done with which lane.
fn doing(swarm: &Swarm, progress: &Progress, text: Text) -> String {
    let announced = &swarm.announced;
    let wanted = announced.lanes.get(progress.lane as usize);
    let name = wanted.map_or_else(String::new, |wanted| {
        lane(wanted.transport, wanted.subscribers, text)
    });
    if announced.reads_server {
        // It says no more before the lane is over.
        let seconds = u64::from(announced.workload.duration_s) + u64::from(announced.idle_s);
        let slots = [("lane", &*name), ("s", &count(seconds))];
        return text.fill("swarm-doing-silent", &slots);
    }
    let phase = progress.phase;
    let parts = match phase {
        Phase::Opening | Phase::Draining => [progress.done, progress.of],
        Phase::Idle | Phase::Publishing => [progress.done, progress.of].map(|ms| ms / 1_000),
    };
    let [done, of] = parts.map(count);
    text.fill(
        &format!("swarm-doing-{}", phase.slug()),
        &[
            ("lane", &name),
            ("done", &done),
            ("of", &of),
            ("received", &count(progress.received)),
        ],
    )
}

/// What its points say so far.
fn sentence(swarm: &Swarm, text: Text) -> String {
    let missing = if swarm.is_over() {
        (swarm.announced.lanes.len() - swarm.points.len().min(swarm.announced.lanes.len())) as u64
    } else {
        0
    };
    escaped(&verdict(&points(swarm), missing, text))
}

/// What became of it.
fn outcome(swarm: &Swarm, text: Text) -> String {
    let ending = swarm.ending.as_ref().map(|ending| match ending {
        Ending::Failed(reason) => {
            let failed = text.get("swarm-failed");
            view! { <span class="error">{failed} " " <q lang="en">{reason.clone()}</q></span> }
                .into_any()
        }
        Ending::Interrupted => view! { <span>{text.get("swarm-interrupted")}</span> }.into_any(),
    });
    let kept = match swarm.run {
        Kept::Not => None,
        Kept::Coming => Some(view! { <span>{text.get("swarm-coming")}</span> }.into_any()),
        Kept::As(run) => {
            let link = format!("/runs/{run}");
            Some(view! { <a href=link>{text.get("swarm-kept")}</a> }.into_any())
        }
    };
    Owner::new().with(|| view! { {ending} " " {kept} }.to_html())
}

/// What is said aloud: how far each swarm has come, lane by lane.
pub fn said(swarms: &[Swarm], text: Text) -> String {
    let one = |swarm: &Swarm| {
        let key = if swarm.is_over() {
            "swarm-said-over"
        } else {
            "swarm-said"
        };
        let (done, of) = (swarm.points.len(), swarm.announced.lanes.len());
        let slots = [("n", &*count(done as u64)), ("of", &count(of as u64))];
        text.fill(key, &slots)
    };
    swarms.first().map(one).unwrap_or_default()
}

/// The pieces of a swarm that change often.
pub fn words(swarm: &Swarm, text: Text) -> Vec<Piece> {
    let anchor = anchor(swarm.id);
    let piece = |class: &str, html: String| Piece::held(format!("#{anchor} .{class}"), html);
    vec![
        piece("where", place(swarm, text)),
        piece("sentence", sentence(swarm, text)),
        piece("outcome", outcome(swarm, text)),
    ]
}

/// The pieces that change when a lane is over.
pub fn curves(swarm: &Swarm, text: Text) -> Vec<Piece> {
    let anchor = anchor(swarm.id);
    let pieces = |(curve, picture): (Curve, Picture)| {
        let frame = id(&anchor, curve);
        [
            ("held", picture.plot),
            ("numbers", picture.table),
            ("remark", escaped(&picture.note)),
        ]
        .map(|(class, html)| Piece::held(format!("#{frame} .{class}"), html))
    };
    pictures(swarm, text).into_iter().flat_map(pieces).collect()
}

/// A text as HTML.
pub(super) fn escaped(words: &str) -> String {
    let mut pen = Pen::default();
    pen.words(words);
    pen.0
}
