//! By how much two lanes differ, and how sure that is.

/// How many blocks there must be of each lane for two of them to be compared.
pub const MIN_BLOCKS: usize = 20;

/// How many times the blocks are drawn anew.
pub const RESAMPLES: usize = 1_000;

/// By how much the latencies of two lanes differ, `a` − `b`: negative where `a` is ahead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The median of the paired differences of lanes that ran together, or the difference of the
    /// medians of lanes that ran in turn, in µs. Infinite when more than half of the events never
    /// came in one of the lanes.
    pub estimate_us: f64,
    /// The lower end of the interval, in µs.
    pub low_us: f64,
    /// The upper end of the interval, in µs.
    pub high_us: f64,
    /// Out of how many events: those of both lanes together, or of the lane that had fewer.
    pub n: u64,
    /// Out of how many blocks: those of both lanes together, or of the lane that had fewer.
    pub blocks: usize,
}

impl Difference {
    /// The same difference seen from the other lane: `b` − `a`.
    pub fn turned(self) -> Self {
        Self {
            estimate_us: -self.estimate_us,
            low_us: -self.high_us,
            high_us: -self.low_us,
            ..self
        }
    }

    /// The same difference with a further error of ± `error_us` in it: between two runs the sum
    /// of their clock errors, which lanes of one run share.
    pub fn widened(self, error_us: f64) -> Self {
        Self {
            low_us: self.low_us - error_us,
            high_us: self.high_us + error_us,
            ..self
        }
    }

    /// Whether the interval leaves out zero.
    pub fn leaves_out_zero(&self) -> bool {
        self.low_us > 0.0 || self.high_us < 0.0
    }
}

/// There are fewer than [`MIN_BLOCKS`] blocks with events of both lanes, or of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotEnoughData {
    /// How many there are so far.
    pub blocks: usize,
}
