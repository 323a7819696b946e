//! Which lanes fit into the browser's connections.
//!
//! A browser opens six HTTP/1.1 connections to an origin, for all its tabs together, and a request
//! that is held open keeps one. With all six held, everything else waits: in Firefox and WebKit
//! even the handshake of a new WebSocket. So the lab opens only what leaves two free.

use super::settings::Lanes;
use crate::transport::Transport;

/// How many connections may stand at a time: the browser's six without the last two.
pub const STANDING: usize = 4;

/// The lanes that are asked for, parted by what fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fit {
    /// Those that can be opened.
    pub open: Lanes,
    /// Those for which no connection is left.
    pub left_out: Lanes,
    /// How many connections the opened ones hold.
    pub held: usize,
}

/// Parts `wanted` by what fits beside the `elsewhere` connections that other tabs hold. Lanes are
/// let in in the order in which they are shown; those that hold none always fit.
pub fn fit(wanted: Lanes, elsewhere: usize) -> Fit {
    let mut fit = Fit {
        open: Lanes::NONE,
        left_out: Lanes::NONE,
        held: 0,
    };
    for transport in wanted.iter() {
        let held = fit.held + transport.standing_connections();
        if transport.standing_connections() == 0 || held + elsewhere <= STANDING {
            fit.open = fit.open.with(transport, true);
            fit.held = held;
        } else {
            fit.left_out = fit.left_out.with(transport, true);
        }
    }
    fit
}

/// The lanes in the order in which they are opened: WebSockets first, since a handshake is the
/// first to starve.
pub fn opening_order(lanes: Lanes) -> impl Iterator<Item = Transport> {
    let first = move |t: &Transport| t.plain() == Transport::WebSocket;
    lanes
        .iter()
        .filter(first)
        .chain(lanes.iter().filter(move |t| !first(t)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Lanes {
        Lanes::ALL
            .into_iter()
            .fold(Lanes::NONE, |set, t| set.with(t, true))
    }

    #[test]
    fn one_tab_has_room_for_all_seven() {
        let fit = fit(all(), 0);
        assert_eq!((fit.open, fit.held), (all(), 3));
    }

    #[test]
    fn the_last_two_connections_are_never_taken() {
        for elsewhere in 0..=6 {
            let fit = fit(all(), elsewhere);
            assert!(fit.held == 0 || fit.held + elsewhere <= STANDING);
            assert!(fit.open.iter().chain(fit.left_out.iter()).count() == 7);
        }
        let crowded = fit(Lanes::default(), 3);
        assert!(crowded.left_out.iter().eq([Transport::Sse]));
        let full = fit(Lanes::default(), 4);
        assert!(
            full.open
                .iter()
                .eq([Transport::Polling, Transport::WebSocket])
        );
    }

    #[test]
    fn websockets_are_opened_first() {
        let order: Vec<_> = opening_order(all()).collect();
        assert!(order.starts_with(&[Transport::WebSocket, Transport::ServerFnWebSocket]));
        assert_eq!(order.len(), 7);
    }
}
