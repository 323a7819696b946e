//! The bytes that the server counts, against a packet capture: equal to the byte, for every
//! connection and for every lane.

mod packets;

use std::collections::BTreeMap;

use self::packets::{Capture, Payload};
use crate::{
    app::{TestApp, eventually},
    raw::{HANDSHAKE, request},
    tape::{Tape, has_head, masked, whole_answers},
};

/// What each connection carried as its client saw it, and which lane it was for.
#[derive(Default)]
struct Seen(Vec<(u16, String, u64, u64)>);

impl Seen {
    async fn end(&mut self, tape: Tape, lane: &str) {
        let port = tape.local.port();
        let (sent, heard) = match lane {
            // It has said that it is the end.
            "socket" => tape.hear_out().await,
            _ => tape.end().await,
        };
        let (sent, heard) = (sent.len() as u64, heard.len() as u64);
        self.0.push((port, lane.to_owned(), sent, heard));
    }

    fn ports(&self) -> Vec<u16> {
        self.0.iter().map(|(port, ..)| *port).collect()
    }
}

/// Polls over and over on one connection, long polls on another, two streams, and a socket that
/// publishes and is pinged.
async fn drive(app: &TestApp) -> Seen {
    let mut seen = Seen::default();
    let large = "x".repeat(20_000);
    app.publish("topic", "first").await;
    let mut polls = Tape::open(app).await;
    for n in 0..20 {
        let line = format!("GET /api/topics/topic/poll?lane=polls&after=start&n={n}");
        polls.say(request(app.addr, &line, &[], "")).await;
        polls.hear(|heard| whole_answers(heard) == n + 1).await;
    }
    let mut held = Tape::open(app).await;
    let mut streams = [Tape::open(app).await, Tape::open(app).await];
    for stream in &mut streams {
        let line = "GET /api/topics/topic/sse?lane=streams";
        stream.say(request(app.addr, line, &[], "")).await;
        stream.hear(|heard| heard.ends_with(b"\n\n\r\n")).await;
    }
    let mut socket = Tape::open(app).await;
    let line = "GET /api/topics/topic/ws?lane=socket";
    socket.say(request(app.addr, line, &HANDSHAKE, "")).await;
    socket.hear(has_head).await;
    for n in 0..20 {
        let data = if n % 5 == 0 {
            large.clone()
        } else {
            n.to_string()
        };
        let line = "GET /api/topics/topic/long-poll?lane=held&wait=60";
        held.say(request(app.addr, line, &[], "")).await;
        eventually("the request to be held", async || {
            app.health("readers").await == 4
        })
        .await;
        if n % 2 == 0 {
            app.publish("topic", &data).await;
        } else {
            socket.say(masked(1, n.to_string().as_bytes())).await;
        }
        held.hear(|heard| whole_answers(heard) == n + 1).await;
    }
    socket.say(masked(9, b"ping")).await;
    app.publish("topic", "the end").await;
    for tape in streams.iter_mut().chain([&mut socket]) {
        tape.hear(|heard| heard.windows(9).any(|part| part == b"the end\"}"))
            .await;
    }
    socket.say(masked(8, &[3, 232])).await;
    seen.end(polls, "polls").await;
    seen.end(held, "held").await;
    for stream in streams {
        seen.end(stream, "streams").await;
    }
    seen.end(socket, "socket").await;
    seen
}

fn of(payloads: &BTreeMap<u16, Payload>, port: u16) -> Payload {
    *payloads.get(&port).expect("a connection that was captured")
}

#[tokio::test]
async fn every_connection_and_every_lane_equals_the_capture() {
    let app = TestApp::start().await;
    let Some(capture) = Capture::start("every_lane_equals_the_capture", app.addr.port()).await
    else {
        return;
    };
    let seen = drive(&app).await;
    let payloads = capture.ended(&seen.ports()).await;
    for (port, lane, sent, heard) in &seen.0 {
        let Payload {
            to_server,
            to_client,
            ..
        } = of(&payloads, *port);
        assert_eq!((to_server, to_client), (*sent, *heard), "{lane}");
    }
    for lane in ["polls", "held", "streams", "socket"] {
        let its = || seen.0.iter().filter(|(_, of, ..)| of == lane);
        let to_server: u64 = its().map(|(port, ..)| of(&payloads, *port).to_server).sum();
        let to_client: u64 = its().map(|(port, ..)| of(&payloads, *port).to_client).sum();
        let counters = app.lane(lane).await;
        assert_eq!(counters.bytes_in, to_server, "{lane}");
        assert_eq!(counters.bytes_out, to_client, "{lane}");
        assert_eq!(counters.connections_opened, its().count() as u64);
        assert!(!counters.approximate);
        // The kernel's own count of the segments agrees with there having been any.
        assert_eq!(counters.connections_closed, its().count() as u64);
        assert!(counters.segments > 0 && counters.ip_bytes > to_server + to_client);
    }
}

#[tokio::test]
async fn under_tls_what_it_adds_makes_up_the_difference() {
    let [app, _] = TestApp::encrypted(|_| {}).await;
    let Some(capture) = Capture::start("tls_makes_up_the_difference", app.addr.port()).await else {
        return;
    };
    let seen = drive(&app).await;
    let payloads = capture.ended(&seen.ports()).await;
    for lane in ["polls", "held", "streams", "socket"] {
        let its = || seen.0.iter().filter(|(_, of, ..)| of == lane);
        let sent: u64 = its().map(|(_, _, sent, _)| sent).sum();
        let heard: u64 = its().map(|(_, _, _, heard)| heard).sum();
        let on_wire: u64 = its()
            .map(|(port, ..)| of(&payloads, *port))
            .map(|payload| payload.to_server + payload.to_client)
            .sum();
        eventually("the lane's connections to be closed", async || {
            app.lane(lane).await.connections_closed == its().count() as u64
        })
        .await;
        let counters = app.lane(lane).await;
        assert_eq!(
            (counters.bytes_in, counters.bytes_out),
            (sent, heard),
            "{lane}"
        );
        assert!(counters.tls_bytes > 500, "a handshake, and records");
        assert_eq!(sent + heard + counters.tls_bytes, on_wire, "{lane}");
    }
}
