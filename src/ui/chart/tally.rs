//! A lane's latencies, counted along an axis.

use super::{
    data::{Data, Lane},
    scale::{FULL, LogAxis, Step},
};

/// Into how many columns the distribution is drawn at most: no screen shows more.
const COLUMNS: usize = 1_000;

/// The axis on which all latencies of a run lie; `None` while there are none.
pub(super) fn axis(data: &Data<'_>) -> Option<LogAxis> {
    let mut ends: Option<(i64, i64)> = None;
    for lane in &data.lanes {
        for block in lane.blocks {
            for entry in [block.counts.first(), block.counts.last()] {
                let Some(&(us, _)) = entry else { continue };
                ends = Some(ends.map_or((us, us), |(least, most)| (least.min(us), most.max(us))));
            }
        }
    }
    let (least, most) = ends?;
    Some(LogAxis::around(least, most))
}

/// The column of a place on an axis.
fn column(at: i32) -> usize {
    // A place on an axis is never negative.
    at as usize / (FULL as usize / COLUMNS)
}

/// The first step in each column, or behind it where it has none: what lies in the column is
/// beyond all steps before.
fn first_steps(axis: &LogAxis) -> Vec<usize> {
    let mut first = 0;
    let of_column = |number| {
        let is_before = |step: &Step| column(step.at) < number;
        while axis.steps.get(first).is_some_and(is_before) {
            first += 1;
        }
        first
    };
    (0..=COLUMNS).map(of_column).collect()
}

/// A lane's latencies along an axis. All counts are whole events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tally {
    /// How many events, those that never came included.
    pub(super) n: u64,
    /// How many never came.
    pub(super) never: u64,
    /// How many came after at most each of the axis' steps.
    pub(super) within: Vec<u64>,
    /// How many came in each column of the axis.
    columns: Vec<u64>,
}

impl Tally {
    pub(super) fn of(lane: &Lane<'_>, axis: &LogAxis) -> Self {
        let mut tally = Self {
            n: 0,
            never: 0,
            within: vec![0; axis.steps.len()],
            columns: vec![0; COLUMNS + 1],
        };
        let first_steps = first_steps(axis);
        for block in lane.blocks {
            tally.never += u64::from(block.never);
            for &(us, count) in &block.counts {
                let count = u64::from(count);
                tally.n += count;
                let column = column(axis.at(us));
                if let Some(of_column) = tally.columns.get_mut(column) {
                    *of_column += count;
                }
                // The first step that is not below it.
                let mut step = first_steps.get(column).copied().unwrap_or_default();
                while axis.steps.get(step).is_some_and(|step| step.us < us) {
                    step += 1;
                }
                if let Some(within) = tally.within.get_mut(step) {
                    *within += count;
                }
            }
        }
        tally.n += tally.never;
        let mut sum = 0;
        for within in &mut tally.within {
            sum += *within;
            *within = sum;
        }
        tally
    }

    /// How many came between the step before this one and this one. What came before the first
    /// step is counted to the first piece.
    pub(super) fn between(&self, step: usize) -> u64 {
        let upto = |step: usize| self.within.get(step).copied().unwrap_or_default();
        let before = if step > 1 { upto(step - 1) } else { 0 };
        upto(step).saturating_sub(before)
    }

    /// Each column's end at which more had come than before it, and how many had by then.
    pub(super) fn rises(&self) -> impl Iterator<Item = (i32, u64)> + '_ {
        let width = FULL / COLUMNS as i32;
        let mut sum = 0;
        let columns = self.columns.iter().enumerate();
        columns
            .filter(|(_, count)| **count > 0)
            .map(move |(column, count)| {
                sum += count;
                // At most a thousand columns.
                (column as i32 * width, sum)
            })
    }

    /// Where the share, in hundredths of a per cent, is reached; `None` where it never is.
    pub(super) fn reaches(&self, share: u64) -> Option<i32> {
        let mut rises = self.rises();
        let reached = rises.find(|(_, upto)| upto * 10_000 >= share * self.n)?;
        Some(reached.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{runs::types::BlockCounts, ui::chart::tests::lane_of};

    proptest! {
        #[test]
        fn every_step_is_told_how_many_came_within_it(
            counts in proptest::collection::btree_map(-900..9_000_000_i64, 1..90_u32, 1..300),
        ) {
            let counts: Vec<_> = counts.into_iter().collect();
            let axis = LogAxis::around(counts[0].0, counts[counts.len() - 1].0);
            let blocks = [BlockCounts { block: 0, counts: counts.clone(), never: 0 }];
            let lane = lane_of(&blocks);
            let tally = Tally::of(&lane, &axis);
            for (step, told) in axis.steps.iter().zip(&tally.within) {
                let within = counts.iter().filter(|entry| entry.0 <= step.us);
                prop_assert_eq!(*told, within.map(|entry| u64::from(entry.1)).sum::<u64>());
            }
        }
    }
}
