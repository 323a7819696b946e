//! What is said of a saved run, in one language: the page, the HTML file and the Markdown are
//! different clothes for it.

use super::{conditions::conditions, costs, load};
use crate::{
    runs::{evaluated::Evaluated, record::Record},
    transport::Transport,
    ui::{
        chart::{Chart, Picture, data::lane_name, from_record},
        lab::still::{Still, StillRow},
        labels::Labels,
        swarm::curve::{Curve, points},
        text::Text,
    },
};

/// A run in words and figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The verdict, cut up into texts and names, which have colours of their own.
    pub verdict: Vec<Result<String, Transport>>,
    /// What it rests on, in a few words each.
    pub facts: Vec<String>,
    /// What may have disturbed the run.
    pub flags: Vec<String>,
    /// The lanes, in the order of the table's columns.
    pub lanes: Vec<LaneReport>,
    /// The comparison table.
    pub rows: Vec<StillRow>,
    /// What a server costs against the number of subscribers, where the load generator measured it.
    pub curves: Vec<(Curve, Picture)>,
    /// The charts, in their order.
    pub charts: Vec<(Chart, Picture)>,
    /// The charts' texts, and the lanes' names.
    pub chart_labels: Labels,
    /// Under what it was measured, each with its name.
    pub conditions: Vec<(String, String)>,
}

/// What is said of a lane beside the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneReport {
    /// How its events travelled.
    pub transport: Transport,
    /// Its name; the second of a self-check is numbered.
    pub name: String,
    /// Why it takes no part, and which events it lost, repeated and swapped; empty where all went
    /// well.
    pub remarks: Vec<String>,
}

impl Report {
    /// Evaluates a record and puts it into words. Costs some ten ms for a full one: not on a
    /// thread that answers others.
    pub fn of(record: &Record, text: Text) -> Self {
        let still = Still::new(text.labels_with_prefix("lab-"));
        let evaluated = Evaluated::of(record);
        let columns: Vec<_> = record
            .lanes
            .iter()
            .filter_map(|lane| Some((evaluated.state(lane.client.twin)?, lane)))
            .collect();
        let lanes = columns.iter().map(|&(state, lane)| {
            let (transport, twin) = (lane.client.transport, lane.client.twin);
            let told = |key| still.told(key, state, transport).trim().to_owned();
            let remarks = ["trouble", "numbers"].map(told).into_iter();
            let remarks = load::remarks(lane, text).into_iter().chain(remarks);
            LaneReport {
                transport,
                name: lane_name(still.name(transport), twin, lane.subscribers()),
                remarks: remarks.filter(|it| !it.is_empty()).collect(),
            }
        });
        let cells: Vec<_> = columns
            .iter()
            .map(|&(state, lane)| (state, lane.client.transport))
            .collect();
        let run = |key| {
            let state = evaluated.state(0)?;
            Some(still.told(key, state, Transport::Polling))
        };
        let clock = text.fill(
            "runs-fact-clock",
            &[("ms", &run("clock-error").unwrap_or_default())],
        );
        let chart_labels = text
            .labels_with_prefix("chart-")
            .and(&text.labels_with_prefix("lab-"));
        let data = from_record::data(record, &evaluated.latencies, &chart_labels);
        let draw = |chart: Chart| (chart, chart.draw(&data, &chart_labels));
        // Of a swarm not everything is known that is known of a browser's run.
        let is_shown = |(_, picture): &(_, Picture)| !record.is_load() || !picture.table.is_empty();
        // A generator is its own clock, and knows no distance.
        let own = !record.is_load();
        let facts = [
            load::events(record, text).or_else(|| run("events")),
            own.then_some(clock),
            run("distance").filter(|_| own),
            run("instrument"),
        ];
        Self {
            verdict: match load::verdict(record, text) {
                Some(verdict) => vec![Ok(verdict)],
                None => evaluated
                    .state(0)
                    .map(|state| still.verdict(state))
                    .unwrap_or_default(),
            },
            facts: facts.into_iter().flatten().collect(),
            flags: still.flags(&record.flags),
            lanes: lanes.collect(),
            rows: still
                .rows(&cells)
                .into_iter()
                .chain(costs::rows(record, text))
                .collect(),
            curves: curves(record, text),
            charts: Chart::ALL.map(draw).into_iter().filter(is_shown).collect(),
            chart_labels: chart_labels.clone(),
            conditions: conditions(record, text),
        }
    }

    /// The verdict as plain text.
    pub fn verdict_text(&self, text: Text) -> String {
        let piece = |piece: &Result<String, Transport>| match piece {
            Ok(text) => text.clone(),
            Err(transport) => text.get(&format!("lab-name-{}", transport.slug())),
        };
        self.verdict.iter().map(piece).collect()
    }
}

/// The curves of a run of the load generator; none of a browser's.
fn curves(record: &Record, text: Text) -> Vec<(Curve, Picture)> {
    let points = points(record);
    let draw = |curve: Curve| (curve, curve.draw(&points, text));
    if points.is_empty() {
        Vec::new()
    } else {
        Curve::ALL.map(draw).into()
    }
}

/// What a run is called: its name, or when it was saved.
pub fn title(record: &Record, text: Text) -> String {
    if record.name.is_empty() {
        let saved = super::time::moment(record.saved_us).shown;
        text.fill("runs-unnamed", &[("date", &saved)])
    } else {
        record.name.clone()
    }
}
