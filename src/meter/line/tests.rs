//! Whatever the interleaving of reads, writes and requests: nothing is lost, nothing is counted
//! twice, and what can be told apart is told apart.

use proptest::prelude::*;

use super::*;
use crate::{
    meter::{
        account::{BodyLength, Content},
        meters::{Meters, Use},
    },
    transport::{Transport, counters::LaneCounters},
};

const HEAD: &[u8] = b"GET /api/topics/t/poll?lane=a HTTP/1.1\r\nHost: x\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
const UPGRADED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\n\r\n";

fn lane(name: &str) -> Arc<Lane> {
    Arc::new(Lane::new(name.parse().unwrap()))
}

fn polling() -> Use {
    Use::Transport(Transport::Polling)
}

fn line() -> (Line, Arc<Meters>) {
    let meters = Arc::new(Meters::default());
    let account = Arc::new(Account::new(Arc::clone(&meters), false));
    (Line::new(account), meters)
}

fn sum(counters: &LaneCounters) -> u64 {
    counters.payload_bytes
        + counters.envelope_bytes
        + counters.framing_bytes
        + counters.header_bytes
        + counters.setup_bytes
}

/// One exchange as it goes on a connection that is not pipelined; the lane is named or not.
fn exchange(line: &mut Line, lane: Option<&Arc<Lane>>, pieces: usize, body: &[u8]) {
    for piece in HEAD.chunks(HEAD.len().div_ceil(pieces)) {
        line.read(piece, piece.len());
    }
    let account = line.account().begin(polling(), BodyLength::Of(0));
    if let Some(lane) = lane {
        account.name(lane);
    }
    account.answered(false);
    let held = Content::Out(body.len() as u64);
    account.carried(&mut Payer::default(), held);
    account.ended();
    for piece in [ANSWER, body].concat().chunks(pieces) {
        line.wrote(piece);
    }
    line.flushed();
}

#[test]
fn lanes_that_share_a_connection_one_after_the_other_get_their_own_bytes() {
    let (mut line, meters) = line();
    let (a, b) = (lane("a"), lane("b"));
    for (lane, body) in [
        (Some(&a), "12345"),
        (Some(&b), "1"),
        (None, "unmetered"),
        (Some(&a), "12345"),
    ] {
        exchange(&mut line, lane, 3, body.as_bytes());
    }
    let (a, b) = (a.counters(), b.counters());
    assert_eq!(a.bytes_in, 2 * HEAD.len() as u64);
    assert_eq!(a.bytes_out, 2 * (ANSWER.len() as u64 + 5));
    assert_eq!(a.header_bytes, 2 * (HEAD.len() + ANSWER.len()) as u64);
    assert_eq!((a.envelope_bytes, a.framing_bytes), (10, 0));
    assert_eq!((a.connections_opened, a.connections_reused), (1, 1));
    assert_eq!((b.connections_opened, b.connections_reused), (0, 1));
    assert_eq!(b.bytes_out, ANSWER.len() as u64 + 1);
    assert!(!a.approximate && !b.approximate);
    assert_eq!(meters.of(polling()).bytes_in.get(), 4 * HEAD.len() as u64);
    assert_eq!(meters.of(polling()).connections.get(), 1);
}

#[test]
fn a_held_request_shows_its_bytes_before_it_is_answered() {
    let (mut line, _) = line();
    let a = lane("a");
    line.read(HEAD, HEAD.len());
    assert_eq!(a.counters().bytes_in, 0, "nobody knows whose");
    line.account().begin(polling(), BodyLength::Of(0)).name(&a);
    let counters = a.counters();
    let head = HEAD.len() as u64;
    assert_eq!((counters.bytes_in, counters.header_bytes), (head, head));
}

#[test]
fn heads_that_open_a_socket_are_set_up_and_its_frames_are_told_apart() {
    let (mut line, _) = line();
    let a = lane("a");
    // The first frame comes in one breath with the head.
    let hasty = b"\x81\x82\x00\x00\x00\x00hi";
    line.read(&[HEAD, hasty].concat(), HEAD.len());
    let account = line.account().begin(polling(), BodyLength::Untold);
    account.name(&a);
    account.answered(true);
    line.wrote(UPGRADED);
    // A message of three, a ping, a close.
    line.wrote(b"\x81\x03abc\x89\x00\x88\x02\x03\xe8");
    line.read(b"\x8a\x80\x00\x00\x00\x00", 0);
    a.payload.add(2);
    let counters = a.counters();
    let setup = (HEAD.len() + UPGRADED.len()) as u64;
    assert_eq!((counters.setup_bytes, counters.header_bytes), (setup, 0));
    assert_eq!((counters.payload_bytes, counters.envelope_bytes), (2, 3));
    assert_eq!(counters.framing_bytes, 6 + 2 + 2 + 4 + 6);
    assert_eq!((counters.heartbeats, counters.heartbeat_bytes), (2, 8));
    assert!(!counters.approximate);
}

#[test]
fn what_stands_for_nobody_is_no_earlier_lanes() {
    let (mut line, meters) = line();
    let a = lane("a");
    exchange(&mut line, Some(&a), 1, b"12345");
    let before = a.counters();
    line.read(HEAD, HEAD.len());
    let account = line.account().begin(polling(), BodyLength::Of(0));
    account.answered(true);
    account.taken_over();
    line.stands();
    let told = meters.of(polling()).bytes_out.get();
    // Only what was written is told apart by then.
    let written = ANSWER.len() + 5;
    let rest = vec![b'x'; 3 * written];
    line.wrote(&rest);
    line.flushed();
    assert_eq!(a.counters(), before);
    let now = meters.of(polling()).bytes_out.get();
    assert_eq!(now - told, rest.len() as u64);
    let info = TcpInfo {
        data_segments: 400,
        ..TcpInfo::default()
    };
    line.closed(&info);
    let a = a.counters();
    assert_eq!((a.connections_closed, a.segments), (1, 100));
}

#[test]
fn a_socket_that_names_its_lane_late_brings_along_what_has_passed() {
    let (mut line, _) = line();
    let a = lane("a");
    line.read(HEAD, HEAD.len());
    let account = line.account().begin(Use::Other, BodyLength::Untold);
    account.answered(true);
    line.wrote(UPGRADED);
    line.read(b"\x82\x81\x00\x00\x00\x00x", 0);
    account.name(&a);
    account.name(&lane("b"));
    line.wrote(b"\x82\x01y");
    let counters = a.counters();
    assert_eq!(counters.bytes_in, HEAD.len() as u64 + 7);
    assert_eq!(counters.bytes_out, UPGRADED.len() as u64 + 3);
    assert_eq!((counters.envelope_bytes, counters.framing_bytes), (2, 8));
    assert_eq!(sum(&counters), counters.bytes_in + counters.bytes_out);
}

#[test]
fn a_request_that_does_not_wait_for_the_answer_makes_both_approximate() {
    type Hurry = fn(&mut Line, &Arc<Lane>);
    let both_heads_at_once: Hurry = |line, a| {
        line.read(&[HEAD, HEAD].concat(), HEAD.len());
        line.account().begin(polling(), BodyLength::Of(0)).name(a);
    };
    let while_the_first_is_held: Hurry = |line, a| {
        line.read(HEAD, HEAD.len());
        line.account().begin(polling(), BodyLength::Of(0)).name(a);
        line.read(HEAD, 0);
    };
    let before_the_last_byte: Hurry = |line, a| {
        line.read(HEAD, HEAD.len());
        let account = line.account().begin(polling(), BodyLength::Of(0));
        account.name(a);
        account.ended();
        line.read(HEAD, HEAD.len());
    };
    for hurry in [
        both_heads_at_once,
        while_the_first_is_held,
        before_the_last_byte,
    ] {
        let (mut line, _) = line();
        let (a, b) = (lane("a"), lane("b"));
        hurry(&mut line, &a);
        line.account().ended();
        line.flushed();
        line.account().begin(polling(), BodyLength::Of(0)).name(&b);
        assert!(a.counters().approximate && b.counters().approximate);
        let both = a.counters().bytes_in + b.counters().bytes_in;
        assert_eq!(both, 2 * HEAD.len() as u64, "nothing is lost all the same");
    }
}

#[test]
fn a_body_that_is_announced_is_not_taken_for_the_next_request() {
    let (mut line, _) = line();
    let a = lane("a");
    line.read(&[HEAD, b"12"].concat(), HEAD.len());
    let account = line.account().begin(Use::Other, BodyLength::Of(5));
    account.name(&a);
    line.read(b"345", 0);
    account.carried(&mut Payer::default(), Content::In(5));
    a.payload.add(5);
    let counters = a.counters();
    assert!(!counters.approximate);
    assert_eq!((counters.payload_bytes, counters.framing_bytes), (5, 0));
    line.read(b"6", 0);
    assert!(a.counters().approximate);
}

#[test]
fn what_tls_adds_is_counted_once() {
    let (mut line, _) = line();
    let a = lane("a");
    line.read(HEAD, HEAD.len());
    line.account().begin(polling(), BodyLength::Of(0)).name(&a);
    let read = HEAD.len() as u64;
    for _ in 0..2 {
        line.on_wire(Some(read + 100), Some(900));
    }
    line.wrote(b"HTTP/1.1 ");
    line.on_wire(None, Some(900 + 9 + 22));
    assert_eq!(a.counters().tls_bytes, 100 + 900 + 22);
    assert_eq!(a.counters().bytes_in, read);
}

#[test]
fn what_tls_adds_between_requests_goes_to_the_next_one_and_after_the_last_to_that() {
    let (mut line, _) = line();
    let (a, b) = (lane("a"), lane("b"));
    line.on_wire(Some(300), Some(700));
    exchange(&mut line, Some(&a), 1, b"");
    assert_eq!(a.counters().tls_bytes, 1_000);
    let (read, written) = (HEAD.len() as u64, ANSWER.len() as u64);
    line.on_wire(Some(read + 300 + 22), None);
    exchange(&mut line, Some(&b), 1, b"");
    assert_eq!(b.counters().tls_bytes, 22);
    line.on_wire(None, Some(2 * written + 700 + 24));
    drop(line);
    assert_eq!(
        (a.counters().tls_bytes, b.counters().tls_bytes),
        (1_000, 46)
    );
}

/// What may happen on a connection.
#[derive(Debug, Clone)]
enum Step {
    Read(Vec<u8>, usize),
    Wrote(Vec<u8>),
    Flushed,
    Begin(u64),
    Name(usize),
    Answered(bool),
    Carried(u64),
    Ended,
    OnWire(u64),
    Late(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let bytes = || {
        prop_oneof![
            Just(HEAD.to_vec()),
            Just(ANSWER.to_vec()),
            Just(UPGRADED.to_vec()),
            prop::collection::vec(any::<u8>(), 0..40),
        ]
    };
    prop_oneof![
        (bytes(), 0..60_usize).prop_map(|(bytes, head)| Step::Read(bytes, head)),
        bytes().prop_map(Step::Wrote),
        Just(Step::Flushed),
        (0..50_u64).prop_map(Step::Begin),
        (0..3_usize).prop_map(Step::Name),
        any::<bool>().prop_map(Step::Answered),
        (0..50_u64).prop_map(Step::Carried),
        Just(Step::Ended),
        (0..500_u64).prop_map(Step::OnWire),
        (0..50_u64).prop_map(Step::Late),
    ]
}

proptest! {
    #[test]
    fn nothing_is_lost_and_nothing_counted_twice(steps in prop::collection::vec(step(), 0..60)) {
        let (mut line, meters) = line();
        let lanes = ["a", "b", "c"].map(lane);
        let (mut read, mut written) = (0, 0);
        // What a request without a lane carried is in no lane, but in the server's own numbers.
        for step in steps {
            match step {
                Step::Read(bytes, head) => {
                    read += bytes.len() as u64;
                    line.read(&bytes, head.min(bytes.len()));
                }
                Step::Wrote(bytes) => {
                    written += bytes.len() as u64;
                    line.wrote(&bytes);
                }
                Step::Flushed => line.flushed(),
                Step::Begin(body) => drop(line.account().begin(polling(), BodyLength::Of(body))),
                Step::Name(n) => line.account().name(&lanes[n]),
                Step::Answered(setup) => line.account().answered(setup),
                Step::Carried(n) => line.account().carried(&mut Payer::default(), Content::Out(n)),
                Step::Ended => line.account().ended(),
                Step::OnWire(n) => line.on_wire(Some(n), Some(n)),
                Step::Late(n) => {
                    read += n;
                    line.account().came_late(n, false);
                }
            }
            for lane in &lanes {
                let counters = lane.counters();
                prop_assert_eq!(sum(&counters), counters.bytes_in + counters.bytes_out);
            }
        }
        drop(line);
        let all = |get: fn(&crate::meter::meters::Meter) -> u64| -> u64 {
            Use::ALL.into_iter().map(|of| get(meters.of(of))).sum()
        };
        prop_assert_eq!(all(|meter| meter.bytes_in.get()), read);
        prop_assert_eq!(all(|meter| meter.bytes_out.get()), written);
        let lanes: Vec<_> = lanes.iter().map(|lane| lane.counters()).collect();
        prop_assert!(lanes.iter().map(|lane| lane.bytes_in).sum::<u64>() <= read);
        prop_assert!(lanes.iter().map(|lane| lane.bytes_out).sum::<u64>() <= written);
    }

    #[test]
    fn proper_exchanges_are_told_apart_to_the_byte(
        exchanges in prop::collection::vec((0..4_usize, 1..60_usize, 0..200_usize), 1..20),
    ) {
        let (mut line, _) = line();
        let lanes = ["a", "b", "c"].map(lane);
        let mut expected = [[0; 4]; 3];
        for (who, pieces, body) in exchanges {
            exchange(&mut line, lanes.get(who), pieces, &vec![b'x'; body]);
            if let Some([bytes_in, bytes_out, header, content]) = expected.get_mut(who) {
                *bytes_in += HEAD.len() as u64;
                *bytes_out += (ANSWER.len() + body) as u64;
                *header += (HEAD.len() + ANSWER.len()) as u64;
                *content += body as u64;
            }
        }
        for (lane, expected) in lanes.iter().zip(expected) {
            let LaneCounters { bytes_in, bytes_out, header_bytes, envelope_bytes, approximate, framing_bytes, .. } = lane.counters();
            prop_assert_eq!([bytes_in, bytes_out, header_bytes, envelope_bytes], expected);
            prop_assert!(!approximate && framing_bytes == 0);
        }
    }
}
