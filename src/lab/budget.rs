//! Which lanes fit into the browser's connections.
//!
//! A browser opens six HTTP/1.1 connections to an origin, for all its tabs together, and a request
//! that is held open keeps one. With all six held, everything else waits: in Firefox and WebKit
//! even the handshake of a new WebSocket. So the lab opens only what leaves two free.

use super::settings::Lanes;
use crate::{event::LaneName, runs::types::Mode, transport::Transport};

/// How many connections may stand at a time: the browser's six without the last two.
pub const STANDING: usize = 4;

/// A lane's place in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// How its events travel.
    pub transport: Transport,
    /// Which of the transport's lanes: 0, and 1 for the second of a self-check.
    pub twin: u8,
}

impl Seat {
    /// The name of its counters on the server; `account` is the run's. `None` never happens.
    pub fn name(self, account: u32) -> Option<LaneName> {
        let mut name = format!("{account:08x}-{}", self.transport.slug());
        if self.twin > 0 {
            name.push_str("-twin");
        }
        name.parse().ok()
    }

    /// How many connections it holds while it is open.
    fn standing(self) -> usize {
        self.transport.standing_connections()
    }
}

/// The lanes that a run of this mode asks for, in the order in which they are shown. A self-check
/// takes the plain transports, each twice: what a server function adds is not the browser's.
pub fn seats(lanes: Lanes, mode: Mode) -> Vec<Seat> {
    let twins = if mode == Mode::SelfCheck { 2 } else { 1 };
    lanes
        .iter()
        .filter(|transport| twins == 1 || transport.plain() == *transport)
        .flat_map(|transport| (0..twins).map(move |twin| Seat { transport, twin }))
        .collect()
}

/// The lanes that are asked for, parted by what fits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fit {
    /// Those that can be opened.
    pub open: Vec<Seat>,
    /// Those for which no connection is left.
    pub left_out: Vec<Seat>,
    /// How many connections the opened ones hold at a time.
    pub held: usize,
}

/// Parts `wanted` by what fits beside the `elsewhere` connections that other tabs hold, all open
/// at the same time. Lanes are let in in their order; those that hold none always fit.
pub fn fit(wanted: &[Seat], elsewhere: usize) -> Fit {
    let mut fit = Fit::default();
    for &seat in wanted {
        let held = fit.held + seat.standing();
        if seat.standing() == 0 || held + elsewhere <= STANDING {
            fit.open.push(seat);
            fit.held = held;
        } else {
            fit.left_out.push(seat);
        }
    }
    fit
}

/// The same for lanes of which one is open at a time.
pub fn fit_in_turn(wanted: &[Seat], elsewhere: usize) -> Fit {
    let alone = |seat: &Seat| seat.standing() == 0 || seat.standing() + elsewhere <= STANDING;
    let (open, left_out): (Vec<Seat>, Vec<Seat>) = wanted.iter().partition(|seat| alone(seat));
    let held = open.iter().map(|seat| seat.standing()).max();
    Fit {
        held: held.unwrap_or_default(),
        open,
        left_out,
    }
}

/// The lanes' numbers in the order in which they are opened: WebSockets first, since a handshake
/// is the first to starve.
pub fn opening_order(seats: &[Seat]) -> Vec<usize> {
    let is_first = |place: &usize| {
        seats
            .get(*place)
            .is_some_and(|seat| seat.transport.plain() == Transport::WebSocket)
    };
    let (first, others): (Vec<usize>, Vec<usize>) = (0..seats.len()).partition(is_first);
    first.into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Seat> {
        let lanes = Lanes::ALL
            .into_iter()
            .fold(Lanes::NONE, |set, t| set.with(t, true));
        seats(lanes, Mode::Together)
    }

    fn plain() -> Vec<Seat> {
        seats(Lanes::default(), Mode::Together)
    }

    fn transports(seats: &[Seat]) -> Vec<Transport> {
        seats.iter().map(|seat| seat.transport).collect()
    }

    #[test]
    fn one_tab_has_room_for_all_seven() {
        let fit = fit(&all(), 0);
        assert_eq!((fit.open, fit.held), (all(), 3));
    }

    #[test]
    fn the_last_two_connections_are_never_taken() {
        for elsewhere in 0..=6 {
            for wanted in [all(), seats(Lanes::default(), Mode::SelfCheck)] {
                for fit in [fit(&wanted, elsewhere), fit_in_turn(&wanted, elsewhere)] {
                    assert!(fit.held == 0 || fit.held + elsewhere <= STANDING);
                    assert_eq!(fit.open.len() + fit.left_out.len(), wanted.len());
                }
            }
        }
        let crowded = fit(&plain(), 3);
        assert_eq!(transports(&crowded.left_out), [Transport::Sse]);
        let full = fit(&plain(), 4);
        assert_eq!(
            transports(&full.open),
            [Transport::Polling, Transport::WebSocket]
        );
    }

    #[test]
    fn a_self_check_has_every_plain_transport_twice_and_just_fits() {
        let lanes = Lanes::default().with(Transport::ServerFnPolling, true);
        let twins = seats(lanes, Mode::SelfCheck);
        assert_eq!(twins.len(), 8);
        for pair in twins.chunks(2) {
            assert!(pair[0].transport == pair[1].transport && pair[0].twin != pair[1].twin);
        }
        let alone = fit(&twins, 0);
        assert_eq!((alone.open.len(), alone.held), (8, 4));
        assert_eq!(fit(&twins, 1).left_out.len(), 1);
    }

    #[test]
    fn every_seat_has_a_name_of_its_own() {
        let twins = seats(Lanes::default(), Mode::SelfCheck);
        let names: std::collections::BTreeSet<_> = all()
            .iter()
            .chain(twins.iter().filter(|seat| seat.twin > 0))
            .filter_map(|seat| seat.name(u32::MAX))
            .collect();
        assert_eq!(names.len(), 7 + 4);
    }

    #[test]
    fn in_turn_one_free_connection_is_enough_for_all() {
        let fit = fit_in_turn(&all(), 3);
        assert_eq!((fit.open.len(), fit.held), (7, 1));
        assert_eq!(fit_in_turn(&all(), 4).left_out.len(), 3);
    }

    #[test]
    fn websockets_are_opened_first() {
        let seats = all();
        let order = opening_order(&seats);
        assert_eq!(order.len(), 7);
        let first: Vec<_> = order[..2].iter().map(|&at| seats[at].transport).collect();
        assert_eq!(first, [Transport::WebSocket, Transport::ServerFnWebSocket]);
    }
}
