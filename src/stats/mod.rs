//! Pure numbers: what was received, how late, on which clock, and what may be said about it.
//! Knows nothing of HTTP, the browser or Leptos.
//!
//! - [`Ledger`]: what a lane has received of a log: delivered, lost, duplicated, out of order;
//! - [`Latencies`]: how late its events came, as percentiles that are shown only when they hold,
//!   and block by block ([`BlockCounts`]), which is what is kept of a run;
//! - [`ServerClock`]: the server's time by the browser's clock, with the clock error;
//! - [`PairedLatencies`]: the same events in several lanes;
//! - [`slope()`]: by how much one thing grows with another, with its error;
//! - [`verdict()`]: which lanes are ahead of which, which are alike, by either kind of
//!   [`Evidence`]; [`Comparison`] is the same a little at a time, [`difference()`] for two lanes.
//!
//! Times are µs unless a name says otherwise. Whatever is random takes a seed, so that the same
//! data always give the same numbers.
//!
//! Percentiles and comparisons think in **blocks** of a run, because events that are close in
//! time share their luck (a busy moment, a poll's phase): a hundred late events out of one bad
//! second say less than ten out of ten seconds. An event belongs to the block of its `at`, the
//! same one in all lanes: `(at - start of the run) / block_us(poll interval)`.

mod blocks;
mod bootstrap;
mod bucket;
mod clock;
mod comparison;
mod confidence;
mod holes;
mod interval;
mod latency;
mod ledger;
mod outermost;
mod paired;
mod ranking;
mod region;
mod sample;
mod slope;
mod verdict;

#[cfg(test)]
mod calibration;

pub use blocks::BlockCounts;
pub use clock::{Exchange, ServerClock};
pub use comparison::{Comparison, Evidence};
pub use interval::{Difference, MIN_BLOCKS, NotEnoughData, RESAMPLES};
pub use latency::{Latencies, Latency, Median, Percentile};
pub use ledger::{Arrival, Ledger};
pub use paired::PairedLatencies;
pub use ranking::{Group, Ranked, Trailing};
pub use slope::{Slope, slope};
pub use verdict::{Outcome, PairVerdict, Rules, TOGETHER_FLOOR_US, Verdict, difference, verdict};

/// How long a block of a run is, in µs: at least 1 s, and at least two of the longest poll
/// interval among the lanes (in ms; 0 where nothing polls).
pub fn block_us(poll_interval_ms: u32) -> u64 {
    (u64::from(poll_interval_ms) * 2_000).max(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::block_us;

    #[test]
    fn a_block_is_a_second_and_two_poll_intervals() {
        assert_eq!(block_us(0), 1_000_000);
        assert_eq!(block_us(500), 1_000_000);
        assert_eq!(block_us(60_000), 120_000_000);
    }
}
