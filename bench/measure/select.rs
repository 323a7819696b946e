//! The lanes of a kind, put together.

use pushpull::{stats::slope, transport::Transport};

use crate::{
    contender::Contender,
    plan::Purpose,
    results::{Measured, Results},
    sign::Sign,
    spread::Spread,
};

/// A figure of a lane.
pub type Figure = fn(&Measured) -> Option<f64>;

/// Lanes that have something in common.
#[derive(Debug, Clone)]
pub struct Lanes<'a>(Vec<&'a Measured>);

impl<'a> Lanes<'a> {
    /// All of a purpose.
    pub fn of(all: &'a [Results], purpose: Purpose) -> Self {
        let lanes = all.iter().flat_map(|it| &it.lanes);
        Self(lanes.filter(|it| it.purpose == purpose).collect())
    }

    /// pushpull's lanes of the curves at that rate, each with its usual crowd.
    pub fn at_rate(all: &'a [Results], transport: Transport, rate: f64) -> Self {
        let rates = Self::of(all, Purpose::Rate).0.into_iter();
        // At one event a second the curve against subscribers has it already.
        let counts = Self::of(all, Purpose::Count).0.into_iter();
        let lanes = rates.chain(counts.filter(|it| it.subscribers == 1_000));
        Self(
            lanes
                .filter(|it| it.transport == transport && it.rate == rate)
                .collect(),
        )
    }

    /// pushpull's lanes of the curves with so many subscribers at one event a second.
    pub fn at_count(all: &'a [Results], transport: Transport, subscribers: u32) -> Self {
        let counts = Self::of(all, Purpose::Count).0.into_iter();
        let crowd = Self::of(all, Purpose::Crowd).by(Contender::Pushpull, transport);
        let lanes = counts.chain(crowd.0);
        Self(
            lanes
                .filter(|it| it.transport == transport && it.subscribers == subscribers)
                .collect(),
        )
    }

    /// Those of one of them over one transport.
    pub fn by(&self, contender: Contender, transport: Transport) -> Self {
        let lanes = self.0.iter().copied();
        Self(
            lanes
                .filter(|it| it.contender == contender && it.transport == transport)
                .collect(),
        )
    }

    /// These and others.
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &'a Measured> {
        self.0.iter().copied()
    }

    /// The figure over the repeats.
    pub fn spread(&self, figure: Figure) -> Option<Spread> {
        Spread::of(self.iter().filter_map(figure))
    }

    /// The figure as a ratio to the other's, repeat by repeat.
    pub fn ratio(&self, to: &Self, figure: Figure) -> Option<Spread> {
        Spread::of_ratios(&self.by_repeat(figure), &to.by_repeat(figure))
    }

    fn by_repeat(&self, figure: Figure) -> Vec<(u32, f64)> {
        let one = |it: &Measured| Some((it.repeat, figure(it)?));
        self.iter().filter_map(one).collect()
    }

    /// By how much the figure grows with each subscriber.
    pub fn slope(&self, figure: Figure) -> Option<f64> {
        let one = |it: &Measured| Some((f64::from(it.subscribers), figure(it)?));
        slope(&self.iter().filter_map(one).collect::<Vec<_>>()).map(|it| it.value)
    }

    /// Those whose costs nothing has to be said of: no verdict on costs is built on the others.
    pub fn costed(&self) -> Self {
        let barred = |it: &Measured| Sign::of(it).into_iter().any(Sign::is_of_cost);
        Self(self.iter().filter(|it| !barred(it)).collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The signs of any of them.
    pub fn signs(&self) -> impl Iterator<Item = Sign> {
        let all: Vec<Sign> = self.iter().flat_map(Sign::of).collect();
        let shown = Sign::ALL.into_iter();
        shown.filter(move |sign| all.contains(sign))
    }

    /// What stands behind a figure that is to be read with a note.
    pub fn marks(&self) -> String {
        self.signs().map(Sign::mark).collect()
    }

    /// The same for a figure that is a cost.
    pub fn marks_of_cost(&self) -> String {
        let signs = self.signs().filter(|sign| sign.is_of_cost());
        signs.map(Sign::mark).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use pushpull::runs::record::LoadLimit;

    use super::*;
    use crate::results::{
        Part,
        tests::{made_up, results},
    };

    #[test]
    fn lanes_are_compared_repeat_by_repeat() {
        let mut lanes = Vec::new();
        for (repeat, slowness) in [(0, 1.0), (1, 1.5)] {
            lanes.push(made_up(
                Contender::Pushpull,
                Transport::Sse,
                repeat,
                8.0 * slowness,
            ));
            lanes.push(made_up(
                Contender::Nchan,
                Transport::Sse,
                repeat,
                10.0 * slowness,
            ));
            lanes.push(made_up(
                Contender::Nchan,
                Transport::WebSocket,
                repeat,
                99.0,
            ));
        }
        let all = [results(Part::SideBySide, lanes)];
        let lanes = Lanes::of(&all, Purpose::Delivery);
        let (own, nchan) = (
            lanes.by(Contender::Pushpull, Transport::Sse),
            lanes.by(Contender::Nchan, Transport::Sse),
        );
        let ratio = own.ratio(&nchan, Measured::cpu_us).unwrap();
        assert!((ratio.low - 0.8).abs() < 1e-9 && (ratio.high - 0.8).abs() < 1e-9);
        assert_eq!(own.marks(), "");
        assert!(lanes.by(Contender::Floor, Transport::Sse).is_empty());
    }

    #[test]
    fn what_went_wrong_has_its_sign() {
        let mut lane = made_up(Contender::Plain, Transport::Sse, 0, 8.0);
        lane.numbers.as_mut().unwrap().lost = 1;
        let mut failed = lane.clone();
        failed.numbers = None;
        let all = [results(Part::SideBySide, vec![lane, failed])];
        let lanes = Lanes::of(&all, Purpose::Delivery);
        assert_eq!(lanes.marks(), "‡✕");
        assert!(lanes.costed().is_empty());
    }

    #[test]
    fn nothing_is_built_on_lanes_beside_which_something_else_ran() {
        let mut lane = made_up(Contender::Pushpull, Transport::Sse, 0, 8.0);
        lane.others = Some(0.8);
        assert_eq!(Sign::of(&lane), [Sign::Others]);
        let all = [results(Part::SideBySide, vec![lane])];
        assert!(Lanes::of(&all, Purpose::Delivery).costed().is_empty());
    }

    #[test]
    fn a_lane_that_was_read_late_has_its_costs() {
        let mut late = made_up(Contender::Pushpull, Transport::Sse, 0, 8.0);
        late.numbers.as_mut().unwrap().load.saturated = Some(LoadLimit::Slow);
        let mut busy = late.clone();
        busy.numbers.as_mut().unwrap().load.saturated = Some(LoadLimit::Busy);
        let all = [results(Part::SideBySide, vec![late, busy])];
        let lanes = Lanes::of(&all, Purpose::Delivery);
        assert_eq!(
            (lanes.marks(), lanes.marks_of_cost()),
            ("†◊".to_owned(), "†".to_owned())
        );
        assert_eq!(
            (lanes.costed().len(), lanes.costed().marks()),
            (1, "◊".to_owned())
        );
    }

    #[test]
    fn memory_grows_with_each_connection() {
        let lane = |subscribers: u32| {
            let mut lane = made_up(Contender::Pushpull, Transport::Sse, 0, 8.0);
            lane.purpose = Purpose::Memory;
            lane.subscribers = subscribers;
            lane.numbers.as_mut().unwrap().load.pss =
                Some(1_000_000 + 2_048 * u64::from(subscribers));
            lane
        };
        let all = [results(
            Part::SideBySide,
            [250, 500, 1_000, 2_000].map(lane).into(),
        )];
        let slope = Lanes::of(&all, Purpose::Memory).slope(Measured::user_kib);
        assert!((slope.unwrap() - 2.0).abs() < 1e-9);
    }
}
