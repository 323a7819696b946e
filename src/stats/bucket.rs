//! The buckets of a latency: exact to the µs below 2,048 µs, then to 0.1 %. They are those of an
//! `hdrhistogram` of three digits, mirrored for negative values, and numbered so that a later
//! bucket holds later values.

/// How many binary digits of a value are told apart.
const BITS: u32 = 11;

/// The largest value that is told apart, in µs: two hours, which is the largest difference of two
/// latencies of at most one.
const MOST: u64 = 7_200_000_000;

/// The bucket of what never came.
pub(super) const NEVER: i16 = 24_576;

/// The number of the bucket that holds `us`; `i64::MAX` is what never came, and `-i64::MAX` what
/// never came on the other side of a difference.
pub(super) fn bucket(us: i64) -> i16 {
    let size = us.unsigned_abs();
    let number = if size >= i64::MAX.unsigned_abs() {
        NEVER
    } else {
        let size = size.min(MOST);
        let shift = (u64::BITS - size.leading_zeros()).saturating_sub(BITS);
        // At most 22 · 1,024 + 1,716, below `NEVER`.
        (u64::from(shift) * 1_024 + (size >> shift)) as i16
    };
    if us < 0 { -number } else { number }
}

/// A bucket's smallest absolute value in µs, with the sign of its values.
pub(super) fn lowest(bucket: i16) -> i64 {
    let (low, _) = bounds(bucket);
    if bucket < 0 { -low } else { low }
}

/// A bucket's middle in µs: what its values are taken for; ± `i64::MAX` for what never came.
pub(super) fn middle(bucket: i16) -> i64 {
    let (low, width) = bounds(bucket);
    let middle = if bucket.unsigned_abs() >= NEVER.unsigned_abs() {
        i64::MAX
    } else {
        low + (width - 1) / 2
    };
    if bucket < 0 { -middle } else { middle }
}

/// The smallest absolute value and the width of a bucket, in µs.
fn bounds(bucket: i16) -> (i64, i64) {
    let number = i64::from(bucket.unsigned_abs());
    let shift = (number / 1_024 - 1).max(0);
    ((number - shift * 1_024) << shift, 1 << shift)
}

#[cfg(test)]
mod tests {
    use hdrhistogram::Histogram;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_never_came_has_a_bucket_of_its_own() {
        assert_eq!(bucket(i64::MAX), NEVER);
        assert_eq!(bucket(-i64::MAX), -NEVER);
        assert!(bucket(i64::MAX - 1) < NEVER);
        assert_eq!(middle(NEVER), i64::MAX);
        assert_eq!(middle(-NEVER), -i64::MAX);
    }

    proptest! {
        #[test]
        fn they_are_those_of_the_histogram(
            us in prop_oneof![-5_000..5_000_i64, -3_600_000_000..3_600_000_000_i64],
        ) {
            let histogram = Histogram::<u32>::new_with_max(3_600_000_000, 3).unwrap();
            let size = us.unsigned_abs();
            let low = histogram.lowest_equivalent(size) as i64;
            let high = histogram.highest_equivalent(size) as i64;
            let sign = if us < 0 { -1 } else { 1 };
            prop_assert_eq!(lowest(bucket(us)), sign * low);
            prop_assert_eq!(middle(bucket(us)), sign * (low + (high - low) / 2));
            prop_assert_eq!(bucket(lowest(bucket(us))), bucket(us));
        }

        #[test]
        fn a_later_value_is_in_no_earlier_bucket(one: i64, two: i64) {
            prop_assert_eq!(bucket(one.max(two)), bucket(one).max(bucket(two)));
        }
    }
}
