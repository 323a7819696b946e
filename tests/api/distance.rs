//! The same server from 20 and 150 ms away: late, and otherwise unchanged.

use std::time::{Duration, Instant};

use futures::SinkExt;
use pushpull::{
    proxy::Relays,
    server::{Application, StartError},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use crate::{
    app::{TestApp, eventually, options, soon},
    program::Site,
    raw::{Raw, ask, request, shake},
    socket::hear,
    subscriber::{ALL, Subscriber},
};

const NEAR: u32 = 20;
const ROUND_TRIP: Duration = Duration::from_millis(NEAR as u64);

#[tokio::test]
async fn every_transport_tells_the_same_later() {
    let app = TestApp::start().await;
    let afar = app.afar(NEAR);
    for transport in ALL {
        let topic = transport.slug();
        let mut subscriber = Subscriber::open(&afar, transport, topic, "").await;
        let published = Instant::now();
        app.publish_numbers(topic, 1..=5).await;
        assert_eq!(subscriber.numbers(1).await, [1], "{transport:?}");
        // An answer or a push goes one way at least.
        assert!(published.elapsed() >= ROUND_TRIP / 2, "{transport:?}");
        assert_eq!(subscriber.numbers(4).await, [2, 3, 4, 5], "{transport:?}");
    }
}

#[tokio::test]
async fn an_exchange_takes_the_round_trip_and_the_first_one_the_connections_as_well() {
    let app = TestApp::start().await;
    for ms in [NEAR, 150] {
        let round_trip = Duration::from_millis(ms.into());
        let afar = app.afar(ms);
        let began = Instant::now();
        let mut socket = afar.socket_at("/api/echo").await;
        assert!(began.elapsed() >= 2 * round_trip);
        let began = Instant::now();
        socket.send(Message::text("hello")).await.unwrap();
        assert_eq!(hear(&mut socket).await.as_deref(), Some(&b"hello"[..]));
        assert!(began.elapsed() >= round_trip);
    }
}

#[tokio::test]
async fn over_tls_it_is_the_same() {
    for app in TestApp::encrypted(|_| {}).await {
        let afar = app.afar(NEAR);
        for transport in ALL {
            let topic = transport.slug();
            let mut subscriber = Subscriber::open(&afar, transport, topic, "").await;
            app.publish_numbers(topic, 1..=3).await;
            assert_eq!(subscriber.numbers(3).await, [1, 2, 3], "{transport:?}");
        }
    }
}

#[tokio::test]
async fn megabytes_come_back_unchanged() {
    let app = TestApp::start().await;
    let mut socket = app.afar(NEAR).socket_at("/api/echo").await;
    let long: String = (0..400_000).map(|n: u32| format!("{n:07}")).collect();
    let saying = Message::text(long.clone());
    soon("the echo to take it", socket.send(saying))
        .await
        .unwrap();
    assert!(hear(&mut socket).await == Some(long.into_bytes()));
}

/// A relay before a server of the test's own, which is not ours; it ends with the token.
async fn before(server: &TcpListener) -> (u16, DropGuard) {
    let relays = Relays::bind(server.local_addr().unwrap(), [0, 0]);
    let relays = relays.await.unwrap();
    let port = relays.distances().port(NEAR).unwrap();
    let kill = CancellationToken::new();
    relays.run(&CancellationToken::new(), &kill, &TaskTracker::new());
    (port, kill.drop_guard())
}

#[tokio::test]
async fn half_an_end_is_passed_on_and_the_answer_still_comes() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, _relay) = before(&server).await;
    let answering = async {
        let (mut stream, _) = server.accept().await.unwrap();
        let mut question = String::new();
        stream.read_to_string(&mut question).await.unwrap();
        let answer = question.to_uppercase();
        stream.write_all(answer.as_bytes()).await.unwrap();
    };
    let asking = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(b"question").await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let both = async { tokio::join!(asking, answering).0 };
    assert_eq!(soon("the answer", both).await, "QUESTION");
}

/// `cargo test --release --features ssr --test api -- --ignored --nocapture how_late`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: it tells how much longer than 20 ms a round trip takes"]
async fn how_late_the_relay_is() {
    const EXCHANGES: usize = 1_000;
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, _relay) = before(&server).await;
    let own = server.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = server.accept().await {
            tokio::spawn(async move {
                stream.set_nodelay(true).unwrap();
                while let Ok(byte) = stream.read_u8().await {
                    stream.write_u8(byte).await.unwrap();
                }
            });
        }
    });
    for (name, port, less) in [("direct", own, Duration::ZERO), ("20 ms", port, ROUND_TRIP)] {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut late = Vec::new();
        for _ in 0..EXCHANGES {
            // The way's own sleepers are asleep by then, without a relay as well.
            tokio::time::sleep(ROUND_TRIP).await;
            let sent = Instant::now();
            stream.write_u8(1).await.unwrap();
            stream.read_u8().await.unwrap();
            late.push(sent.elapsed().checked_sub(less).expect("nothing is early"));
        }
        late.sort();
        let at = |share: f64| late[((EXCHANGES - 1) as f64 * share) as usize];
        println!(
            "{name}: round trip less the distance, of {EXCHANGES}: p50 {:?}, p95 {:?}, p99 {:?}, most {:?}",
            at(0.5),
            at(0.95),
            at(0.99),
            at(1.0)
        );
    }
}

#[tokio::test]
async fn a_break_is_passed_on_both_ways() {
    let app = TestApp::with_knobs().await;
    let afar = app.afar(NEAR);
    let mut stream = afar.event_stream("topic", "").await;
    stream.position().await;
    app.cut_all().await;
    let broken = soon("the break", stream.try_block()).await;
    broken.expect_err("a stream that broke off did not end properly");

    let mut client = TcpStream::connect(afar.addr).await.unwrap();
    let open = request(afar.addr, "GET /api/topics/topic/sse", &[], "");
    client.write_all(open.as_bytes()).await.unwrap();
    eventually("the reader", async || app.health("readers").await == 1).await;
    client.set_zero_linger().unwrap();
    drop(client);
    eventually("the reader to go", async || {
        app.health("readers").await == 0
    })
    .await;
}

#[tokio::test]
async fn a_reader_that_stalls_stalls_the_server_and_is_given_up() {
    let app = TestApp::with(|options| options.write_timeout = Duration::from_millis(300)).await;
    let afar = app.afar(NEAR);
    let mut raw = Raw::narrow(afar.addr).await;
    raw.say(request(afar.addr, "GET /api/topics/t/sse", &[], ""))
        .await;
    assert_eq!(raw.head().await.status, 200);
    let data = "x".repeat(60_000);
    // Were the relay to take all of it, the reader would never go.
    let giving_up = async {
        while app.health("readers").await > 0 {
            app.publish("t", &data).await;
        }
    };
    soon("the stalled reader's end", giving_up).await;
}

#[tokio::test]
async fn going_down_what_stands_is_ended_properly_and_the_port_is_free() {
    let mut app = TestApp::start().await;
    let afar = app.afar(NEAR);
    let mut stream = afar.event_stream("t", "").await;
    stream.position().await;
    let mut socket = afar.web_socket("t", "").await;
    hear(&mut socket).await.expect("the position");
    app.begin_shutdown();
    assert_eq!(stream.try_block().await.unwrap(), None, "a whole body");
    assert_eq!(hear(&mut socket).await, None);
    app.ended().await;
    assert!(TcpStream::connect(afar.addr).await.is_err());
}

#[tokio::test]
async fn a_page_afar_exchanges_clocks_directly_and_nothing_else() {
    let app = TestApp::start().await;
    let afar = app.afar(NEAR);
    let origin = format!("http://{}", afar.addr);
    let status =
        async |path: &str, origin: &str| shake(app.addr, path, &[("Origin", origin)]).await.status;
    assert_eq!(status("/api/clock", &origin).await, 101);
    assert_eq!(status("/api/topics/t/ws", &origin).await, 403);
    assert_eq!(status("/api/clock", "http://127.0.0.1:1").await, 403);
    let elsewhere = origin.replace("127.0.0.1", "localhost");
    assert_eq!(status("/api/clock", &elsewhere).await, 403);
}

#[tokio::test]
async fn a_page_knows_how_far_away_it_is() {
    let app = TestApp::start().await;
    let far = app.afar(150);
    let page = ask(far.addr, "GET /", &[], "").await;
    let policy = page.header("content-security-policy").unwrap().to_owned();
    assert!(
        policy.contains(&format!("connect-src 'self' ws://{};", app.addr)),
        "{policy}"
    );
    let text = page.text();
    let clock = format!("data-clock-origin=\"http://{}\"", app.addr);
    assert!(text.contains("data-distance=\"150\"") && text.contains(&clock));
    let near = ask(app.addr, "GET /", &[], "").await.text();
    assert!(near.contains("data-distance=\"0\"") && !near.contains("data-clock-origin"));
}

#[tokio::test]
async fn beyond_loopback_there_is_no_other_way_in() {
    let site = Site::empty();
    let leptos = leptos::config::LeptosOptions::builder()
        .output_name("pushpull")
        .site_root(site.path().to_owned())
        .build();
    let mut beyond = options(&[
        "--public-host",
        "lab.example.org",
        "--token",
        "a-secret-of-the-tests",
    ]);
    beyond.addr = "0.0.0.0:0".parse().unwrap();
    let application = Application::build(&beyond, &leptos).await.unwrap();
    assert_eq!(application.distances().port(NEAR), None);

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = options(&["--relay-ports", &format!("0,{port}")]);
    let refused = Application::build(&refused, &leptos).await.unwrap_err();
    assert!(matches!(refused, StartError::Relay(_)));
    let text = refused.to_string();
    assert!(
        text.contains(&port) && text.contains("--relay-ports"),
        "{text}"
    );
}
