//! The numbers that a lane has not received, between those that it has.

use std::ops::RangeInclusive;

/// How many holes are kept (24 bytes each). A log is received nearly in order, so that holes are
/// few, however long the run; this bounds the memory for a lane that loses every other event.
const MAX_HOLES: usize = 16_384;

/// Consecutive numbers that have not been received.
#[derive(Debug, Clone, Copy)]
struct Hole {
    from: u64,
    to: u64,
    /// The server said that they are gone.
    told: bool,
}

/// Holes in ascending order, disjoint. When there are too many, the oldest become mere counts.
#[derive(Debug, Clone)]
pub(super) struct Holes {
    held: Vec<Hole>,
    /// How many are held at most.
    pub most: usize,
    /// The end of the last hole that was given up.
    forgotten_to: Option<u64>,
    forgotten_told: u64,
    forgotten_untold: u64,
}

impl Holes {
    /// No holes.
    pub(super) fn new() -> Self {
        Self {
            held: Vec::new(),
            most: MAX_HOLES,
            forgotten_to: None,
            forgotten_told: 0,
            forgotten_untold: 0,
        }
    }

    /// Whether `seq` is in a hole; takes it out.
    pub(super) fn fill(&mut self, seq: u64) -> bool {
        let at = self.held.partition_point(|hole| hole.to < seq);
        let Some(hole) = self.held.get_mut(at).filter(|hole| hole.from <= seq) else {
            return false;
        };
        let Hole { from, to, told } = *hole;
        match (from < seq, seq < to) {
            (false, false) => {
                self.held.remove(at);
            }
            (false, true) => hole.from = seq + 1,
            (true, false) => hole.to = seq - 1,
            (true, true) => {
                hole.to = seq - 1;
                let from = seq + 1;
                self.held.insert(at + 1, Hole { from, to, told });
                self.bound();
            }
        }
        true
    }

    /// Adds a hole above all others; an empty one (`from > to`) is none.
    pub(super) fn append(&mut self, from: u64, to: u64, told: bool) {
        if from <= to {
            self.held.push(Hole { from, to, told });
            self.bound();
        }
    }

    /// Adds a hole below all others, of which nothing was told.
    pub(super) fn prepend(&mut self, from: u64, to: u64) {
        let told = false;
        self.held.insert(0, Hole { from, to, told });
        self.bound();
    }

    /// The server has said that the numbers from `from` to `to` are gone: those of them that are
    /// in holes are told from now on.
    pub(super) fn tell(&mut self, from: u64, to: u64) {
        for hole in std::mem::take(&mut self.held) {
            let mut part = |from, to, told| {
                if from <= to {
                    self.held.push(Hole { from, to, told });
                }
            };
            if let Some(before) = from.checked_sub(1) {
                part(hole.from, hole.to.min(before), hole.told);
            }
            part(hole.from.max(from), hole.to.min(to), true);
            if let Some(after) = to.checked_add(1) {
                part(hole.from.max(after), hole.to, hole.told);
            }
        }
        self.bound();
    }

    /// How many numbers are in holes: in those told of and, if `all`, in the others, too.
    pub(super) fn count(&self, all: bool) -> u64 {
        let held = self.held.iter().filter(|hole| all || hole.told);
        let held = held.map(|hole| (hole.to - hole.from).saturating_add(1));
        let forgotten = if all { self.forgotten_untold } else { 0 };
        held.sum::<u64>() + self.forgotten_told + forgotten
    }

    /// The numbers in the holes for which `told` is the wanted one; `None` wants all. Neighbours
    /// are joined.
    pub(super) fn ranges(&self, told: Option<bool>) -> Vec<RangeInclusive<u64>> {
        let mut ranges: Vec<RangeInclusive<u64>> = Vec::new();
        for hole in &self.held {
            if told.is_some_and(|told| told != hole.told) {
                continue;
            }
            match ranges.last_mut() {
                Some(last) if last.end() + 1 == hole.from => *last = *last.start()..=hole.to,
                _ => ranges.push(hole.from..=hole.to),
            }
        }
        ranges
    }

    /// The end of the last hole that was given up: up to there nothing can be told any more.
    pub(super) fn forgotten_to(&self) -> Option<u64> {
        self.forgotten_to
    }

    /// Gives up the oldest holes when there are too many.
    fn bound(&mut self) {
        if self.held.len() <= self.most {
            return;
        }
        // An eighth at once, so that a full list is not moved for every event.
        for hole in self.held.drain(..self.most.div_ceil(8)) {
            self.forgotten_to = Some(hole.to);
            if hole.told {
                self.forgotten_told += hole.to - hole.from + 1;
            } else {
                self.forgotten_untold += hole.to - hole.from + 1;
            }
        }
    }
}
