//! The accept loop: our own, over hyper's connections, so that the wire is ours. In clear HTTP/1.1
//! is spoken; under TLS the browser chooses between that and HTTP/2.

use std::{
    future::poll_fn,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{Arc, atomic::AtomicUsize},
    task::{Context, Poll},
    time::Duration,
};

use axum::http::uri::Scheme;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
};
use tokio_util::task::TaskTracker;

use super::{
    desk::Desk,
    door::Door,
    http2::{self, Streams},
    stream::{Socket, Stream},
    takeover::{Carried, Slot, TakenOver},
    tls::Tls,
    wire::{IDLE, Patience, Place, Wire},
};
use crate::{
    meter::{account::Account, cpu::Timed, meters::Meters},
    transport::{
        ending::Ending,
        knobs::Knobs,
        standing::{Carrier, Signal},
    },
};

/// How long one that has been idle may take to end.
const FAREWELL: Duration = Duration::from_secs(5);
/// What hyper may buffer of a connection's input or output, in bytes. It bounds a request's head,
/// give or take one read, and what a reader that stalls can pin of the log.
const BUFFER: usize = 64 * 1024;
/// What one too many is told.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n\
    Retry-After: 5\r\nContent-Length: 108\r\nConnection: close\r\n\r\n\
    {\"error\":{\"code\":\"too_many_connections\",\"message\":\"the server holds as many connections as it may; retry\"}}\n";

/// What accepting needs to know.
#[derive(Debug, Clone)]
pub struct Doorkeeper {
    /// Where requests go.
    pub door: Door,
    /// Set where connections are encrypted.
    pub tls: Option<Tls>,
    /// How long a client may take.
    pub patience: Patience,
    /// How many connections there may be at a time.
    pub most: usize,
    /// How many there are.
    pub connections: Arc<AtomicUsize>,
    /// What all connections count into.
    pub meters: Arc<Meters>,
    /// Whether answers that stand are carried without hyper.
    pub takeover: bool,
    /// Set where tests may cut connections.
    pub knobs: Option<Arc<Knobs>>,
    /// No further connections; the present ones end after their answer.
    pub stop: Ending,
    /// The present ones end now.
    pub kill: Ending,
    /// All connections, to be waited for.
    pub tracker: TaskTracker,
}

impl Doorkeeper {
    /// Accepts until `stop`.
    pub async fn accept(self, listener: TcpListener) {
        // Each connection holds it.
        let its = Arc::new(self);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = its.stop.cancelled() => return,
            };
            match accepted {
                Ok((stream, peer)) => its.admit(stream, peer),
                Err(error) => {
                    // Mostly too many open files: what there is must end before more can come.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn admit(self: &Arc<Self>, mut stream: TcpStream, peer: SocketAddr) {
        let place = Place::take(&self.connections, self.most, self.tracker.token());
        let Some(place) = place else {
            tracing::warn!(most = self.most, "refused one connection too many");
            // Under TLS it would take a handshake to be told: the end has to do.
            if self.tls.is_none() {
                self.tracker.spawn(async move {
                    let farewell = async {
                        stream.write_all(FULL).await?;
                        stream.shutdown().await
                    };
                    // Best effort: a client that does not read gets nothing.
                    let _ = tokio::time::timeout(Duration::from_secs(1), farewell).await;
                });
            }
            return;
        };
        // Events are small and must leave at once.
        let _ = stream.set_nodelay(true);
        let its = Arc::clone(self);
        let socket = Socket::new(stream);
        if self.tls.is_some() {
            self.tracker.spawn(its.welcome(socket, peer, place));
        } else {
            let (wire, desk) = self.receive(Stream::Clear(socket), peer, place);
            self.tracker.spawn(its.serve(wire, desk));
        }
    }

    /// What a connection has to its end. A task keeps in its own memory all that it was begun with,
    /// also when it has handed it on: so what it is begun with are pointers.
    fn receive(&self, stream: Stream, peer: SocketAddr, place: Place) -> (Box<Wire>, Arc<Desk>) {
        let encrypted = stream.is_tls();
        let http2 = stream.is_http2();
        let cut = self.knobs.as_ref().map(|knobs| knobs.cut_signal());
        let meters = Arc::clone(&self.meters);
        let wire = Box::new(Wire::new(stream, self.patience, place, cut, meters));
        let desk = Arc::new(Desk {
            door: (encrypted == self.tls.is_some()).then(|| self.door.clone()),
            scheme: if encrypted {
                Scheme::HTTPS
            } else {
                Scheme::HTTP
            },
            peer,
            requests: wire.requests(),
            takeover: self.takeover && !http2,
            slot: Slot::default(),
        });
        (wire, desk)
    }

    /// Shakes hands where connections are encrypted. The connection has its place already, so slow
    /// handshakes are bounded in number as well as in time.
    async fn welcome(self: Arc<Self>, socket: Socket, peer: SocketAddr, place: Place) {
        let Some(tls) = &self.tls else {
            return;
        };
        // What each phase of a connection needs in memory, the next one does not: so each has a
        // place of its own there.
        if let Some(stream) = Box::pin(self.shake(tls, socket, peer)).await {
            let (wire, desk) = self.receive(stream, peer, place);
            self.serve(wire, desk).await;
        }
    }

    async fn shake(&self, tls: &Tls, socket: Socket, peer: SocketAddr) -> Option<Stream> {
        let shaken = tokio::select! {
            shaken = tokio::time::timeout(self.patience.head, tls.shake(socket)) => shaken,
            () = self.stop.cancelled() => return None,
        };
        match shaken {
            Ok(Ok(stream)) => return Some(stream),
            Ok(Err(error)) => tracing::debug!(%peer, %error, "a handshake failed"),
            Err(_) => tracing::debug!(%peer, "a handshake did not end in time"),
        }
        None
    }

    async fn serve(self: Arc<Self>, wire: Box<Wire>, desk: Arc<Desk>) {
        let (mut stop, mut kill) = (pin!(self.stop.cancelled()), pin!(self.kill.cancelled()));
        let mut ends = Ends {
            stop: Signal::new(&self.stop, stop.as_mut()),
            kill: Signal::new(&self.kill, kill.as_mut()),
        };
        if desk.requests.account().is_http2() {
            return Box::pin(self.serve_http2(wire, desk, &mut ends)).await;
        }
        let mut present = Some(wire);
        while let Some(wire) = present.take() {
            let Some(wire) = self.wait_for_request(wire, &desk, &mut ends).await else {
                return;
            };
            let carried = {
                let taken = Box::pin(self.serve_http1(wire, &desk, &mut ends)).await;
                let account = desk.requests.account();
                taken.map(|(wire, taken)| {
                    let carried = taken.carry(wire, &mut ends.stop);
                    Timed::standing(carried, Arc::clone(account))
                })
            };
            let Some(mut carried) = carried else {
                return;
            };
            present = stand(&mut carried, &mut ends.kill, desk.peer).await;
        }
    }

    async fn serve_http2(&self, wire: Box<Wire>, desk: Arc<Desk>, ends: &mut Ends<'_, '_>) {
        let (peer, account) = (desk.peer, Arc::clone(desk.requests.account()));
        let service = service_fn(move |request| desk.answer(request));
        let streams = Streams::new(self.patience.write, self.tracker.clone());
        let mut connection =
            http2::builder(streams.clone()).serve_connection(TokioIo::new(wire), service);
        self.hold(
            Pin::new(&mut connection),
            hyper::server::conn::http2::Connection::graceful_shutdown,
            streams.idle_for(IDLE),
            ends,
            (peer, &account),
            || false,
        )
        .await;
    }

    /// Keeps a connection on which nothing is said, which takes less memory than hyper does.
    async fn wait_for_request(
        &self,
        mut wire: Box<Wire>,
        desk: &Desk,
        Ends { stop, kill }: &mut Ends<'_, '_>,
    ) -> Option<Box<Wire>> {
        tokio::select! {
            biased;
            stirred = wire.stirs() => match stirred {
                Ok(()) => Some(wire),
                Err(error) => {
                    tracing::debug!(peer = %desk.peer, %error, "a connection ended");
                    None
                }
            },
            () = stop => None,
            () = kill => None,
        }
    }

    /// Lets hyper have the connection until its end, or until an answer stands that needs no hyper.
    async fn serve_http1(
        &self,
        mut wire: Box<Wire>,
        desk: &Arc<Desk>,
        ends: &mut Ends<'_, '_>,
    ) -> Option<(Box<Wire>, TakenOver)> {
        wire.take_over(false);
        let its = Arc::clone(desk);
        let service = service_fn(move |request| its.answer(request));
        let mut connection = http1::Builder::new()
            .max_buf_size(BUFFER)
            .serve_connection(TokioIo::new(wire), service)
            .with_upgrades();
        let mut taken = None;
        self.hold(
            Pin::new(&mut connection),
            http1::UpgradeableConnection::graceful_shutdown,
            // The wire sees to that.
            std::future::pending(),
            ends,
            (desk.peer, desk.requests.account()),
            || {
                taken = desk.slot.take();
                taken.is_some()
            },
        )
        .await;
        let taken = taken?;
        let parts = connection.into_parts()?;
        let mut wire = parts.io.into_inner();
        wire.take_over(true);
        if !parts.read_buf.is_empty() {
            wire.unread(&parts.read_buf);
        }
        Some((wire, taken))
    }

    /// Drives a connection to its end: its own, or the server's, or that of its idleness; or until
    /// an answer has been `taken` over.
    async fn hold<C: Future<Output = hyper::Result<()>>>(
        &self,
        mut connection: Pin<&mut C>,
        end: impl Fn(Pin<&mut C>),
        idle: impl Future<Output = ()>,
        Ends { stop, kill }: &mut Ends<'_, '_>,
        (peer, account): (SocketAddr, &Arc<Account>),
        mut taken: impl FnMut() -> bool,
    ) {
        let mut idle = pin!(idle);
        let mut ending = false;
        loop {
            let driven = Driven {
                connection: connection.as_mut(),
                taken: &mut taken,
            };
            tokio::select! {
                // An answer that is made because the server goes down should say that the
                // connection ends with it.
                biased;
                () = &mut *kill => return,
                () = &mut *stop, if !ending => {
                    ending = true;
                    end(connection.as_mut());
                }
                ended = Timed::new(driven, Arc::clone(account)) => {
                    if let Some(Err(error)) = ended {
                        tracing::debug!(%peer, %error, "a connection ended");
                    }
                    return;
                }
                () = idle.as_mut(), if !ending => {
                    end(connection.as_mut());
                    // Who does not even take the farewell is left.
                    tokio::select! {
                        _ = tokio::time::timeout(FAREWELL, connection.as_mut()) => {}
                        () = &mut *kill => {}
                    }
                    return;
                }
            }
        }
    }
}

/// Carries an answer that stands; the connection comes back if it can take another request.
async fn stand(
    carried: &mut Timed<Carried<'_>>,
    kill: &mut Signal<'_, '_>,
    peer: SocketAddr,
) -> Option<Box<Wire>> {
    let outcome = poll_fn(|context| match Pin::new(&mut *carried).poll(context) {
        Poll::Ready(outcome) => Poll::Ready(outcome),
        Poll::Pending => Pin::new(&mut *kill).poll(context).map(|()| Ok(None)),
    });
    outcome.await.unwrap_or_else(|error| {
        tracing::debug!(%peer, %error, "a connection ended");
        None
    })
}

/// How the server ends a connection: `stop` asks for it, `kill` does not.
struct Ends<'a, 'b> {
    stop: Signal<'a, 'b>,
    kill: Signal<'a, 'b>,
}

/// A connection in hyper's hands; ends without an outcome when an answer has been taken over.
struct Driven<'a, C, T> {
    connection: Pin<&'a mut C>,
    taken: &'a mut T,
}

impl<C: Future<Output = hyper::Result<()>>, T: FnMut() -> bool> Future for Driven<'_, C, T> {
    type Output = Option<hyper::Result<()>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.connection.as_mut().poll(context).map(Some);
        if polled.is_pending() && (self.taken)() {
            return Poll::Ready(None);
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use super::FULL;

    #[test]
    fn one_too_many_is_told_a_whole_answer() {
        let text = std::str::from_utf8(FULL).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("Content-Length: {}", body.len())),
            "{}",
            body.len()
        );
        assert!(serde_json::from_str::<serde_json::Value>(body).is_ok());
    }
}
