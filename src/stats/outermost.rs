//! The blocks that reach furthest out: how one knows that a tail comes from several of them.

/// How many different blocks the samples beyond a percentile must come from.
pub(super) const ENOUGH: usize = 5;

/// The five blocks with the largest values, each with its largest.
///
/// At least five blocks have a sample beyond a value exactly when the fifth largest of the
/// blocks' maxima is beyond it, so that five entries answer the question for every value and for
/// any number of blocks. The smallest values are kept by negating them.
#[derive(Debug, Clone, Default)]
pub(super) struct Outermost {
    /// Block and largest value, at most [`ENOUGH`], unordered.
    entries: Vec<(u32, i64)>,
}

impl Outermost {
    /// Enters a sample.
    pub(super) fn offer(&mut self, block: u32, value: i64) {
        let known = self.entries.iter_mut().find(|entry| entry.0 == block);
        if let Some(entry) = known {
            entry.1 = entry.1.max(value);
        } else if self.entries.len() < ENOUGH {
            self.entries.push((block, value));
        } else if let Some(least) = self.entries.iter_mut().min_by_key(|entry| entry.1)
            && least.1 < value
        {
            *least = (block, value);
        }
    }

    /// Whether samples of at least [`ENOUGH`] blocks are `value` or more.
    pub(super) fn enough_from(&self, value: i64) -> bool {
        self.entries.iter().filter(|entry| entry.1 >= value).count() >= ENOUGH
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn five_entries_know_what_all_samples_know(
            samples in proptest::collection::vec((0..12_u32, -20..20_i64), 0..80),
            value in -21..21_i64,
        ) {
            let mut outermost = Outermost::default();
            for &(block, sample) in &samples {
                outermost.offer(block, sample);
            }
            let blocks: BTreeSet<u32> =
                samples.iter().filter(|s| s.1 >= value).map(|s| s.0).collect();
            prop_assert_eq!(outermost.enough_from(value), blocks.len() >= ENOUGH);
            prop_assert!(outermost.entries.len() <= ENOUGH);
        }
    }
}
