//! Distance: ports behind which the same server is some milliseconds away.

use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    distances::{DISTANCES_MS, Distances},
    pipe::{Lateness, pipe},
    timer::Timer,
};

/// Streams that one relay carries at a time; one more is reset. Browsers open six to an origin.
const STREAMS: usize = 256;

/// Why there is no distance to be had.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The port cannot be had.
    #[error(
        "cannot listen on {addr} for the distance of {ms} ms: {source}; choose other ports with --relay-ports"
    )]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// The distance.
        ms: u32,
        /// What the system says.
        source: io::Error,
    },
    /// There is no thread for the timer.
    #[error("cannot start the relays' timer: {0}")]
    Timer(io::Error),
}

/// The relays of a server, which listen, but do not carry yet.
#[derive(Debug)]
pub struct Relays {
    server: SocketAddr,
    listeners: Vec<(u32, u16, TcpListener)>,
    timer: Arc<Timer>,
}

impl Relays {
    /// Listens where the server does, on these ports; 0 lets the system choose.
    pub async fn bind(
        server: SocketAddr,
        ports: [u16; DISTANCES_MS.len()],
    ) -> Result<Self, RelayError> {
        let mut listeners = Vec::new();
        for (ms, port) in DISTANCES_MS.into_iter().zip(ports) {
            let addr = SocketAddr::new(server.ip(), port);
            let listen = |source| RelayError::Listen { addr, ms, source };
            let listener = TcpListener::bind(addr).await.map_err(listen)?;
            let port = listener.local_addr().map_err(listen)?.port();
            listeners.push((ms, port, listener));
        }
        Ok(Self {
            server,
            listeners,
            timer: Arc::new(Timer::start().map_err(RelayError::Timer)?),
        })
    }

    /// Which port is how far away.
    pub fn distances(&self) -> Distances {
        let relays = self.listeners.iter().map(|(ms, port, _)| (*ms, *port));
        Distances::new(self.server.port(), relays.collect())
    }

    /// Carries until `stop`. A stream that is under way then ends when the server ends it; `kill`
    /// ends all. The tracker waits for them.
    pub fn run(self, stop: &CancellationToken, kill: &CancellationToken, tracker: &TaskTracker) {
        for (ms, _, listener) in self.listeners {
            let relay = Relay {
                server: self.server,
                way: Duration::from_millis(ms.into()) / 2,
                timer: Arc::clone(&self.timer),
                places: Arc::new(Semaphore::new(STREAMS)),
                stop: stop.clone(),
                kill: kill.clone(),
                tracker: tracker.clone(),
            };
            tracker.spawn(relay.accept(listener));
        }
    }
}

/// One distance.
#[derive(Clone)]
struct Relay {
    server: SocketAddr,
    /// How long a byte is under way in one direction.
    way: Duration,
    timer: Arc<Timer>,
    places: Arc<Semaphore>,
    stop: CancellationToken,
    kill: CancellationToken,
    tracker: TaskTracker,
}

impl Relay {
    async fn accept(self, listener: TcpListener) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.stop.cancelled() => return,
            };
            let Ok((client, _)) = accepted else {
                // Mostly too many open files.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            match Arc::clone(&self.places).try_acquire_owned() {
                Ok(place) => {
                    let its = self.clone();
                    self.tracker.spawn(its.carry(client, place));
                }
                Err(_) => reset(&client),
            }
        }
    }

    /// Carries one connection to its end: both directions' ends, or a break, which the other side
    /// gets as a break.
    async fn carry(self, mut client: TcpStream, _place: OwnedSemaphorePermit) {
        let accepted = Instant::now();
        let Ok(mut server) = TcpStream::connect(self.server).await else {
            return reset(&client);
        };
        // The delay is to be the distance's alone.
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let carried = tokio::select! {
            carried = self.both_ways(&mut client, &mut server, accepted) => carried,
            () = self.kill.cancelled() => Ok(()),
        };
        if let Err(error) = carried {
            tracing::debug!(%error, "a relayed connection broke");
            reset(&client);
            reset(&server);
        }
    }

    async fn both_ways(
        &self,
        client: &mut TcpStream,
        server: &mut TcpStream,
        accepted: Instant,
    ) -> io::Result<()> {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let there = Lateness {
            each: self.way,
            // The kernel here has answered the handshake at once; over a distance it takes a round
            // trip until the first byte can be sent.
            from: accepted + 2 * self.way,
        };
        let back = Lateness {
            each: self.way,
            from: accepted,
        };
        let there = pipe(from_client, to_server, there, &self.timer);
        let back = pipe(from_server, to_client, back, &self.timer);
        tokio::pin!(there, back);
        let (mut is_there, mut is_back) = (false, false);
        while !(is_there && is_back) {
            tokio::select! {
                carried = &mut there, if !is_there => {
                    carried?;
                    is_there = true;
                }
                carried = &mut back, if !is_back => {
                    carried?;
                    is_back = true;
                }
                // The server has ended and goes down: nobody hears what the client may still say.
                () = self.stop.cancelled(), if is_back => return Ok(()),
            }
        }
        Ok(())
    }
}

/// Ends a connection by a reset instead of an orderly end.
fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}
