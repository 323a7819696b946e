//! What the measuring costs: the server's CPU time for a delivery to subscribers that name a lane
//! against one to subscribers that do not.
//!
//! Both crowds are connected all the time, 1,000 event streams and 1,000 WebSockets each, to two
//! topics; blocks of publishing go to one and to the other in turn, in an order drawn anew for
//! each pair. So whatever else the machine does meets both alike. How the crowds lie in memory
//! stays the same as long as a server lives and makes one of them dearer by a few percent, so that
//! a server gives one ratio, and the error is that over servers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a tool for developers: what goes wrong may end it"
)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Of each transport, in each crowd.
const SUBSCRIBERS: u64 = 1_000;
/// Events in a second.
const RATE: u32 = 20;
/// Bytes of an event's data.
const PAYLOAD: usize = 128;
/// What the measuring may cost.
const LIMIT: f64 = 1.05;

/// The topic of those who name a lane, and of those who do not.
const CROWDS: [(&str, &str); 2] = [("on", "?lane=cost"), ("off", "?nobody=cost")];

struct Server {
    child: Child,
    addr: SocketAddr,
    line: TcpStream,
}

impl Server {
    fn start() -> Self {
        let site = std::env::temp_dir().join(format!("meter-cost-{}", std::process::id()));
        std::fs::create_dir_all(site.join("pkg")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_pushpull"))
            .args(["serve", "--addr", "127.0.0.1:0", "--db", ":memory:"])
            // No sign of life disturbs the crowd that waits.
            .args(["--heartbeat", "3600", "--site"])
            .arg(&site)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut told = BufReader::new(child.stdout.take().unwrap());
        told.read_line(&mut line).unwrap();
        let addr: SocketAddr = line.trim().rsplit('/').next().unwrap().parse().unwrap();
        let line = TcpStream::connect(addr).unwrap();
        line.set_nodelay(true).unwrap();
        Self { child, addr, line }
    }

    /// The body of the answer to one request, all on one connection.
    fn ask(&mut self, method: &str, path: &str, body: &str) -> String {
        let (addr, length) = (self.addr, body.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {addr}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.line.write_all(request.as_bytes()).unwrap();
        let mut heard = Vec::new();
        let mut piece = [0; 65_536];
        loop {
            let n = self.line.read(&mut piece).unwrap();
            assert_ne!(n, 0, "the server goes on");
            heard.extend_from_slice(&piece[..n]);
            let text = String::from_utf8_lossy(&heard);
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length: usize = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .expect("a length")
                .parse()
                .unwrap();
            if body.len() >= length {
                return body.to_owned();
            }
        }
    }

    fn health(&mut self, number: &str) -> u64 {
        let told: serde_json::Value =
            serde_json::from_str(&self.ask("GET", "/healthz", "")).unwrap();
        told[number].as_u64().unwrap()
    }

    fn delivered(&mut self) -> u64 {
        self.ask("GET", "/metrics", "")
            .lines()
            .filter_map(|line| line.strip_prefix("pushpull_events_delivered_total"))
            .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
            .sum()
    }

    /// Publishes a block to a crowd and waits until all of it has been delivered; the server's CPU
    /// time for each delivery, in µs.
    fn block(&mut self, topic: &str, data: &str, events: u32) -> f64 {
        let goal = self.delivered() + u64::from(events) * 2 * SUBSCRIBERS;
        let before = self.health("process_cpu_us");
        let begun = Instant::now();
        for n in 0..events {
            let due = begun + Duration::from_secs(1) * n / RATE;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            self.ask("POST", &format!("/api/topics/{topic}/events"), data);
        }
        while self.delivered() < goal {
            std::thread::sleep(Duration::from_millis(20));
        }
        // Handed over is not yet written.
        std::thread::sleep(Duration::from_millis(200));
        let spent = self.health("process_cpu_us") - before;
        spent as f64 / (f64::from(events) * 2.0 * SUBSCRIBERS as f64)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Opens a stream or a socket and reads it to its end.
async fn subscribe(addr: SocketAddr, path: String, upgrade: &'static str) {
    let mut stream = tokio::net::TcpStream::connect(addr).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\n{upgrade}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut buffer = vec![0; 4_096];
    while stream.read(&mut buffer).await.is_ok_and(|n| n > 0) {}
}

fn number(name: &str, default: u32) -> u32 {
    std::env::var(name).map_or(default, |text| text.parse().expect(name))
}

/// The mean, and the half width of its 95 % interval.
fn mean(values: &[f64]) -> (f64, f64) {
    // Student's t for 4 to 29 degrees of freedom, by its series.
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square = |value: f64| value * value;
    let variance = values.iter().map(|value| square(value - mean)).sum::<f64>() / (n - 1.0);
    let t = 1.96 + 2.372 / (n - 1.0) + 2.823 / square(n - 1.0);
    (mean, t * (variance / n).sqrt())
}

/// Starts the clients' runtime, connects both crowds and waits until all of them are there; one of
/// each crowd after the other, and the crowd of that place first, so that neither lies better in
/// memory.
fn crowds(server: &mut Server, first: usize) -> tokio::runtime::Runtime {
    let clients = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    for _ in 0..SUBSCRIBERS {
        for place in [first, 1 - first] {
            let (topic, query) = CROWDS[place];
            let sse = format!("/api/topics/{topic}/sse{query}");
            clients.spawn(subscribe(server.addr, sse, ""));
            let ws = format!("/api/topics/{topic}/ws{query}");
            let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n\
                Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
            clients.spawn(subscribe(server.addr, ws, upgrade));
        }
    }
    while server.health("readers") < 4 * SUBSCRIBERS {
        std::thread::sleep(Duration::from_millis(50));
    }
    clients
}

/// What one server spends with the meters on and off, µs a delivery, pair by pair.
fn costs(first: usize, pairs: u32, events: u32) -> Vec<[f64; 2]> {
    let mut server = Server::start();
    let clients = crowds(&mut server, first);
    let data = "x".repeat(PAYLOAD);
    for (topic, _) in CROWDS {
        server.block(topic, &data, RATE);
    }
    let mut random = fastrand::Rng::with_seed(server.health("process_cpu_us"));
    let mut costs = Vec::new();
    for _ in 0..pairs {
        let mut cost = [0.0; 2];
        let first = usize::from(random.bool());
        for place in [first, 1 - first] {
            cost[place] = server.block(CROWDS[place].0, &data, events);
        }
        costs.push(cost);
    }
    drop(server);
    clients.shutdown_background();
    costs
}

fn main() -> ExitCode {
    let servers = number("METER_COST_SERVERS", 10).max(5);
    let pairs = number("METER_COST_PAIRS", 5).max(1);
    let events = number("METER_COST_SECONDS", 3) * RATE;
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    println!(
        "µs of server CPU for a delivery, {SUBSCRIBERS} event streams and {SUBSCRIBERS} WebSockets,"
    );
    println!("{RATE} events/s of {PAYLOAD} B, {events} events a block, {pairs} pairs a server");
    println!("server   meters off   meters on   ratio");
    let (mut ratios, mut off, mut on) = (Vec::new(), Vec::new(), Vec::new());
    for server in 1..=servers {
        let costs = costs(server as usize % 2, pairs, events);
        let of =
            |place: usize| costs.iter().map(|cost| cost[place]).sum::<f64>() / costs.len() as f64;
        let ratio = of(0) / of(1);
        println!("{server:6} {:12.2} {:11.2} {ratio:7.3}", of(1), of(0));
        on.push(of(0));
        off.push(of(1));
        ratios.push(ratio);
    }
    let (ratio, error) = mean(&ratios);
    let ((off, off_error), (on, on_error)) = (mean(&off), mean(&on));
    println!("off {off:.2} ± {off_error:.2} µs, on {on:.2} ± {on_error:.2} µs");
    println!("ratio {ratio:.3} ± {error:.3} (mean of {servers} servers, 95 %)");
    if ratio + error < LIMIT {
        println!("the measuring costs less than 5 %, its error included");
        ExitCode::SUCCESS
    } else if ratio < LIMIT {
        println!("it may cost 5 %, which lies within the error: more servers would tell");
        ExitCode::FAILURE
    } else {
        let percent = (ratio - 1.0) * 100.0;
        println!("the measuring costs {percent:.1} %; it may cost 5 %");
        ExitCode::FAILURE
    }
}
