//! How long events take inside the server: from their time to being handed over for writing.

use super::tally::Count;

/// The upper bounds of the buckets, in µs; what is above the last one is in none of them.
pub const BOUNDS_US: [u64; 17] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000, 10_000_000,
];

/// A histogram that many count into at once.
#[derive(Debug, Default)]
pub struct Latency {
    buckets: [Count; BOUNDS_US.len()],
    count: Count,
    sum_us: Count,
}

impl Latency {
    /// Counts deliveries handed over at `now_us` of events that happened at those times, both in
    /// µs on the server's clock.
    pub fn count(&self, now_us: u64, times_us: impl Iterator<Item = u64>) {
        let (mut count, mut sum) = (0, 0);
        for at in times_us {
            let took = now_us.saturating_sub(at);
            count += 1;
            sum += took;
            let place = BOUNDS_US.partition_point(|bound| *bound < took);
            if let Some(bucket) = self.buckets.get(place) {
                bucket.add(1);
            }
        }
        self.count.add(count);
        self.sum_us.add(sum);
    }

    /// How many deliveries were counted.
    pub fn total(&self) -> u64 {
        self.count.get()
    }

    /// The sum of all of them, in s.
    pub fn sum_s(&self) -> f64 {
        seconds(self.sum_us.get())
    }

    /// Each bucket's upper bound in s, and how many are in it alone; the last bound is infinite.
    pub fn buckets(&self) -> Vec<(f64, u64)> {
        let within: Vec<_> = self.buckets.iter().map(Count::get).collect();
        let beyond = self.total().saturating_sub(within.iter().sum());
        BOUNDS_US
            .iter()
            .map(|bound| seconds(*bound))
            .chain([f64::INFINITY])
            .zip(within.into_iter().chain([beyond]))
            .collect()
    }
}

/// µs as s; exact up to 285 years.
#[expect(
    clippy::cast_precision_loss,
    reason = "a sum of 2^53 µs is beyond the life of any server"
)]
fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_delivery_is_in_the_first_bucket_that_takes_it() {
        let latency = Latency::default();
        latency.count(
            100_000_000,
            [100_000_000, 99_999_950, 99_999_949, 1].into_iter(),
        );
        // A clock that was read a moment before the event's own.
        latency.count(5, [6].into_iter());
        let buckets = latency.buckets();
        assert_eq!(buckets[0], (0.000_05, 3));
        assert_eq!(buckets[1], (0.000_1, 1));
        assert_eq!(buckets[17], (f64::INFINITY, 1));
        assert_eq!(latency.total(), 5);
        assert_eq!(buckets.iter().map(|(_, n)| n).sum::<u64>(), 5);
        assert!((latency.sum_s() - 100.000_1).abs() < 1e-6);
    }
}
