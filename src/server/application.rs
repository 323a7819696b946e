//! The server as a thing that is built, knows its address, and then runs.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use leptos::config::LeptosOptions;
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::task::TaskTracker;

use super::{
    accept::Doorkeeper,
    config::{ConfigError, ServeOptions, Takeover},
    listener::listen,
    router::{Rooms, router},
    tls::{Certificate, Fingerprint, Tls, TlsError},
    wire::Patience,
};
use crate::{
    hub::{Clock, Hub},
    lab::publisher::Publisher,
    proxy::{Distances, RelayError, Relays},
    runs::store::{OpenError, Store},
    swarm::Swarms,
    transport::{
        ending::Ending,
        knobs::Knobs,
        lane::Lanes,
        serving::{FN_SOCKETS, Serving, Shared},
    },
};

/// How long standing answers have for their last words.
const GRACE: Duration = Duration::from_secs(4);
/// How often what nobody uses is let go.
const SWEEP: Duration = Duration::from_secs(30);

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The options contradict each other.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// There is no certificate to speak https with.
    #[error("{0}")]
    Tls(#[from] TlsError),
    /// The saved runs cannot be had.
    #[error("{0}")]
    Store(#[from] OpenError),
    /// There is no distance to be had.
    #[error("{0}")]
    Relay(#[from] RelayError),
    /// The signals that end the server cannot be heard.
    #[error("cannot listen for signals: {0}")]
    Signals(io::Error),
    /// The address cannot be had.
    #[error("cannot listen on {addr}: {source}; choose another with --addr")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

/// By what the server's certificate is known.
#[derive(Debug, Clone, Copy)]
pub struct Fingerprints {
    /// SHA-256 of the whole certificate.
    pub certificate: Fingerprint,
    /// SHA-256 of its public key.
    pub public_key: Fingerprint,
}

/// A server that listens, but does not answer yet.
#[derive(Debug)]
pub struct Application {
    listener: TcpListener,
    addr: SocketAddr,
    fingerprints: Option<Fingerprints>,
    relays: Option<Relays>,
    doorkeeper: Doorkeeper,
    rooms: Rooms,
}

impl Application {
    /// Binds the address and puts the house together.
    pub async fn build(options: &ServeOptions, leptos: &LeptosOptions) -> Result<Self, StartError> {
        options.check()?;
        let certificate = options.certificate();
        let certificate = certificate.as_ref().map(Certificate::from).transpose()?;
        let fingerprints = certificate.as_ref().map(|certificate| Fingerprints {
            certificate: certificate.fingerprint(),
            public_key: certificate.public_key_fingerprint(),
        });
        let tls = certificate
            .map(Tls::new)
            .transpose()
            .map_err(TlsError::Own)?;
        let failed = |source| StartError::Listen {
            addr: options.addr,
            source,
        };
        let listener = listen(options.addr).map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        let store = Store::open(&options.db()?, options.store_limits()).await?;
        // What lets anybody in by another port stays on this machine.
        let relays = if addr.ip().is_loopback() {
            Some(Relays::bind(addr, options.relay_ports).await?)
        } else {
            None
        };
        let distances = relays.as_ref().map(Relays::distances).unwrap_or_default();
        let stop = Ending::default();
        let clock = Clock::drifting(options.test_clock_drift);
        let hub = Arc::new(Hub::with_clock(options.hub_limits(), clock));
        let publisher = Publisher::new(Arc::clone(&hub));
        let knobs = Arc::new(Knobs::default());
        let serving = Serving::from(Shared {
            hub,
            lanes: Arc::new(Lanes::default()),
            meters: Arc::default(),
            knobs: Arc::clone(&knobs),
            stop: stop.clone(),
            sockets: TaskTracker::new(),
            fn_sockets: Arc::new(Semaphore::new(FN_SOCKETS)),
            heartbeat: options.heartbeat,
        });
        let rooms = Rooms {
            serving,
            publisher,
            store,
            swarms: Swarms::default(),
            distances,
        };
        let connections = Arc::default();
        let door = router(options, leptos, &rooms, Arc::clone(&connections));
        let doorkeeper = Doorkeeper {
            door,
            tls,
            patience: Patience {
                head: options.head_timeout,
                write: options.write_timeout,
            },
            most: options.max_connections,
            connections,
            meters: Arc::clone(&rooms.serving.meters),
            takeover: options.takeover == Takeover::On,
            knobs: options.test_knobs.then_some(knobs),
            stop,
            kill: Ending::default(),
            tracker: TaskTracker::new(),
        };
        Ok(Self {
            listener,
            addr,
            fingerprints,
            relays,
            doorkeeper,
            rooms,
        })
    }

    /// The address that it listens on, with the port that the system chose for port 0.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its address as a page's origin.
    pub fn origin(&self) -> String {
        self.origin_of(self.addr.port())
    }

    /// The distances that there are, as round trips in ms, and the server's origin at each.
    pub fn afar(&self) -> impl Iterator<Item = (u32, String)> {
        let relays = self.rooms.distances.relays().iter();
        relays.map(|(ms, port)| (*ms, self.origin_of(*port)))
    }

    fn origin_of(&self, port: u16) -> String {
        let scheme = match self.fingerprints {
            Some(_) => "https",
            None => "http",
        };
        format!("{scheme}://{}", SocketAddr::new(self.addr.ip(), port))
    }

    /// By what its certificate is known, where it speaks https.
    pub fn fingerprints(&self) -> Option<Fingerprints> {
        self.fingerprints
    }

    /// Which port is how far away.
    pub fn distances(&self) -> &Distances {
        &self.rooms.distances
    }

    /// Answers until `shutdown`; then everything standing is ended properly, within 5 s.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let Doorkeeper {
            stop,
            kill,
            tracker,
            ..
        } = self.doorkeeper.clone();
        let sockets = self.rooms.serving.sockets.clone();
        let store = self.rooms.store.clone();
        let sweeper = tokio::spawn(sweep(self.rooms));
        if let Some(relays) = self.relays {
            relays.run(stop.token(), kill.token(), &tracker);
        }
        let accepting = tokio::spawn(self.doorkeeper.accept(self.listener));
        shutdown.await;
        stop.cancel();
        tracker.close();
        sockets.close();
        let ended = async {
            sockets.wait().await;
            tracker.wait().await;
        };
        if tokio::time::timeout(GRACE, ended).await.is_err() {
            tracing::warn!("some connections did not end in time and are cut");
        }
        kill.cancel();
        sweeper.abort();
        accepting.abort();
        // Only with its task does the listener go, and the port with it.
        let _ = accepting.await;
        store.close().await;
    }
}

/// Lets idle topics, ended runs, forgotten lanes, silent swarms and deleted runs go, now and then.
async fn sweep(rooms: Rooms) {
    let Rooms {
        serving,
        publisher,
        store,
        swarms,
        ..
    } = rooms;
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        // First: a run holds its topic's events also when the hub has let the topic go.
        publisher.sweep();
        serving.hub.sweep();
        serving.lanes.sweep();
        swarms.sweep();
        if let Err(error) = store.sweep(serving.hub.clock().now_us()).await {
            tracing::warn!(%error);
        }
    }
}
