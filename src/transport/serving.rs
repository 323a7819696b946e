//! What every transport's server shares: the hub, the lanes, the way out.

use std::{ops::Deref, sync::Arc, time::Duration};

use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::{ending::Ending, knobs::Knobs, lane::Lanes};
use crate::{hub::Hub, meter::meters::Meters};

/// Sockets of server functions at a time.
pub const FN_SOCKETS: usize = 16;

/// The state of all handlers; a clone is a reference, since every request takes several.
#[derive(Debug, Clone)]
pub struct Serving(Arc<Shared>);

impl From<Shared> for Serving {
    fn from(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for Serving {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// What is in it.
#[derive(Debug)]
pub struct Shared {
    /// The topics.
    pub hub: Arc<Hub>,
    /// The lanes' counters.
    pub lanes: Arc<Lanes>,
    /// Each transport's numbers.
    pub meters: Arc<Meters>,
    /// What tests may distort; all off unless the server was started with `--test-knobs`.
    pub knobs: Arc<Knobs>,
    /// Cancelled when the server goes down: everything standing ends itself properly.
    pub stop: Ending,
    /// WebSockets run on their own after the handshake; through this the server can wait for them.
    pub sockets: TaskTracker,
    /// Places for the sockets of server functions. The framework queues 2,048 messages for a
    /// client that does not read, so there are few.
    pub fn_sockets: Arc<Semaphore>,
    /// How long an event stream or a WebSocket may be silent before it gives a sign of life, and
    /// how long a pong may take.
    pub heartbeat: Duration,
}

#[cfg(test)]
impl Serving {
    /// One that serves nobody yet.
    pub fn unused() -> Self {
        Self::from(Shared {
            hub: Arc::new(Hub::new(crate::hub::HubLimits::default())),
            lanes: Arc::default(),
            meters: Arc::default(),
            knobs: Arc::default(),
            stop: Ending::default(),
            sockets: TaskTracker::default(),
            fn_sockets: Arc::new(Semaphore::new(FN_SOCKETS)),
            heartbeat: Duration::from_secs(15),
        })
    }
}
