//! The order of the lanes: who leads, and how far the others are behind.

use super::verdict::{Outcome, PairVerdict};

/// How far a lane is behind the leaders: behind the one that it is closest to, of those that are
/// ahead of it if any are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trailing {
    /// The leader.
    pub leader: usize,
    /// How far behind it the lane is, in µs; may be infinite.
    pub by_us: f64,
    /// The lower end of the corrected interval, in µs.
    pub low_us: f64,
    /// The upper end of the corrected interval, in µs.
    pub high_us: f64,
}

/// A lane's place in the ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// The lane.
    pub lane: usize,
    /// How far it is behind the leaders; `None` for the leaders themselves, and for a lane that
    /// there is not enough data to compare with any of them.
    pub behind: Option<Trailing>,
}

/// Lanes that could not be told apart, in ascending order.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The lanes; never empty.
    pub lanes: Vec<Ranked>,
}

/// Groups the lanes: the undominated first, then the undominated of the rest.
pub(super) fn ranking(mut rest: Vec<usize>, pairs: &[PairVerdict]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut leaders: Vec<usize> = Vec::new();
    while !rest.is_empty() {
        let beaten_by = |lane: usize| {
            rest.iter()
                .filter(|&&other| is_ahead(other, lane, pairs))
                .count()
        };
        // Medians of differences may go round in a circle, where every lane has one ahead of it:
        // then the least beaten stand for the undominated.
        let least = rest.iter().map(|&lane| beaten_by(lane)).min();
        let (next, others): (Vec<usize>, Vec<usize>) = rest
            .iter()
            .partition(|&&lane| Some(beaten_by(lane)) == least);
        rest = others;
        let lanes = next
            .iter()
            .map(|&lane| Ranked {
                lane,
                behind: trailing(lane, &leaders, pairs),
            })
            .collect();
        groups.push(Group { lanes });
        if leaders.is_empty() {
            leaders = next;
        }
    }
    groups
}

/// Whether `lane` is ahead of `other`.
fn is_ahead(lane: usize, other: usize, pairs: &[PairVerdict]) -> bool {
    pairs.iter().any(|pair| {
        let theirs = (pair.a, pair.b) == (lane.min(other), lane.max(other));
        theirs && matches!(pair.outcome, Outcome::Ahead { lane: first, .. } if first == lane)
    })
}

/// How far `lane` is behind the leaders.
fn trailing(lane: usize, leaders: &[usize], pairs: &[PairVerdict]) -> Option<Trailing> {
    let behind = |&leader: &usize| {
        let pair = pairs
            .iter()
            .find(|pair| (pair.a, pair.b) == (lane.min(leader), lane.max(leader)))?;
        let difference = pair.difference.ok()?;
        let difference = if pair.a == lane {
            difference
        } else {
            difference.turned()
        };
        Some(Trailing {
            leader,
            by_us: difference.estimate_us,
            low_us: difference.low_us,
            high_us: difference.high_us,
        })
    };
    leaders.iter().filter_map(behind).min_by(|one, two| {
        let rank = |it: &Trailing| !is_ahead(it.leader, lane, pairs);
        rank(one)
            .cmp(&rank(two))
            .then(one.by_us.total_cmp(&two.by_us))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::NotEnoughData;

    #[test]
    fn a_circle_comes_to_an_end() {
        let ahead = |a, b, lane| {
            let (by_us, low_us, high_us) = (1.0, 1.0, 1.0);
            PairVerdict {
                a,
                b,
                difference: Err(NotEnoughData { blocks: 0 }),
                outcome: Outcome::Ahead {
                    lane,
                    by_us,
                    low_us,
                    high_us,
                },
            }
        };
        let pairs = [ahead(0, 1, 0), ahead(1, 2, 1), ahead(0, 2, 2)];
        let groups = ranking(vec![0, 1, 2], &pairs);
        assert_eq!(
            groups.iter().map(|group| group.lanes.len()).sum::<usize>(),
            3
        );
    }
}
