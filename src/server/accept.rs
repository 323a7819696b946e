//! The accept loop: our own, over hyper's connections, so that the wire is ours. In clear HTTP/1.1
//! is spoken; under TLS the browser chooses between that and HTTP/2.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, atomic::AtomicUsize},
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::ConnectInfo,
    http::{Method, Request, Response, StatusCode, header, uri::Scheme},
};
use http_body::{Frame, SizeHint};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use super::{
    body::punctual,
    http2::{self, Streams},
    stream::{Socket, Stream},
    tls::Tls,
    wire::{InProgress, Patience, Place, Wire},
};
use crate::{
    meter::{
        account::{Account, Content, Payer},
        cpu::Timed,
        meters::Meters,
    },
    transport::{error::ApiError, knobs::Knobs},
};

/// How long a connection without a request is kept.
const IDLE: Duration = Duration::from_secs(75);
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
    pub router: Router,
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
    /// Set where tests may cut connections.
    pub knobs: Option<Arc<Knobs>>,
    /// No further connections; the present ones end after their answer.
    pub stop: CancellationToken,
    /// The present ones end now.
    pub kill: CancellationToken,
    /// All connections, to be waited for.
    pub tracker: TaskTracker,
}

impl Doorkeeper {
    /// Accepts until `stop`.
    pub async fn accept(self, listener: TcpListener) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.stop.cancelled() => return,
            };
            match accepted {
                Ok((stream, peer)) => self.admit(stream, peer),
                Err(error) => {
                    // Mostly too many open files: what there is must end before more can come.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn admit(&self, mut stream: TcpStream, peer: SocketAddr) {
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
        let its = self.clone();
        self.tracker
            .spawn(its.welcome(Socket::new(stream), peer, place));
    }

    /// Shakes hands where connections are encrypted. The connection has its place already, so slow
    /// handshakes are bounded in number as well as in time.
    async fn welcome(self, socket: Socket, peer: SocketAddr, place: Place) {
        let Some(tls) = &self.tls else {
            return self.serve(Stream::Clear(socket), peer, place).await;
        };
        let shaken = tokio::select! {
            shaken = tokio::time::timeout(self.patience.head, tls.shake(socket)) => shaken,
            () = self.stop.cancelled() => return,
        };
        match shaken {
            Ok(Ok(stream)) => self.serve(stream, peer, place).await,
            Ok(Err(error)) => tracing::debug!(%peer, %error, "a handshake failed"),
            Err(_) => tracing::debug!(%peer, "a handshake did not end in time"),
        }
    }

    async fn serve(self, stream: Stream, peer: SocketAddr, place: Place) {
        let encrypted = stream.is_tls();
        let http2 = stream.is_http2();
        let scheme = if encrypted {
            Scheme::HTTPS
        } else {
            Scheme::HTTP
        };
        let cut = self.knobs.as_ref().map(|knobs| knobs.cut_signal());
        let wire = Wire::new(stream, self.patience, place, cut, Arc::clone(&self.meters));
        let requests = wire.requests();
        let account = Arc::clone(requests.account());
        let router = if encrypted == self.tls.is_some() {
            self.router.clone()
        } else {
            Router::new().fallback(async || ApiError::ClearText)
        };
        let service = service_fn(move |request: Request<Incoming>| {
            let (in_progress, lengths) = requests.begin(&request);
            let mut request = request.map(|body| punctual(body, in_progress.account()));
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(lengths);
            let account = Arc::clone(in_progress.account());
            request.extensions_mut().insert(account);
            let preflight = is_preflight(&request);
            request.extensions_mut().insert(scheme.clone());
            let router = router.clone();
            async move {
                http2::announce(&mut request);
                let response = http2::watched(router.oneshot(request).await?);
                Ok::<_, Infallible>(Answer::guard(response, in_progress, preflight))
            }
        });
        let wire = TokioIo::new(wire);
        if http2 {
            let streams = Streams::new(self.patience.write, self.tracker.clone());
            let connection = http2::builder(streams.clone()).serve_connection(wire, service);
            let idle = streams.idle_for(IDLE);
            self.hold(
                connection,
                hyper::server::conn::http2::Connection::graceful_shutdown,
                idle,
                peer,
                &account,
            )
            .await;
        } else {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(IDLE)
                .max_buf_size(BUFFER)
                .serve_connection(wire, service)
                .with_upgrades();
            // hyper itself ends those that are idle.
            let idle = std::future::pending();
            self.hold(
                connection,
                http1::UpgradeableConnection::graceful_shutdown,
                idle,
                peer,
                &account,
            )
            .await;
        }
    }

    /// Drives a connection to its end: its own, or the server's, or that of its idleness.
    async fn hold<C: Future<Output = hyper::Result<()>>>(
        &self,
        connection: C,
        end: impl Fn(Pin<&mut C>),
        idle: impl Future<Output = ()>,
        peer: SocketAddr,
        account: &Arc<Account>,
    ) {
        tokio::pin!(connection, idle);
        let mut ending = false;
        loop {
            tokio::select! {
                ended = Timed::new(connection.as_mut(), Arc::clone(account)) => {
                    if let Err(error) = ended {
                        tracing::debug!(%peer, %error, "a connection ended");
                    }
                    return;
                }
                () = self.stop.cancelled(), if !ending => {
                    ending = true;
                    end(connection.as_mut());
                }
                () = idle.as_mut(), if !ending => {
                    end(connection.as_mut());
                    // Who does not even take the farewell is left.
                    tokio::select! {
                        _ = tokio::time::timeout(FAREWELL, connection.as_mut()) => {}
                        () = self.kill.cancelled() => {}
                    }
                    return;
                }
                () = self.kill.cancelled() => return,
            }
        }
    }
}

/// An answer's body, with which the request it belongs to ends. What it holds is counted.
struct Answer {
    body: Body,
    account: Arc<Account>,
    payer: Payer,
    _in_progress: Option<InProgress>,
}

impl Answer {
    fn guard(response: Response<Body>, in_progress: InProgress, preflight: bool) -> Response<Self> {
        let account = Arc::clone(in_progress.account());
        let upgraded = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        account.answered(upgraded || preflight || is_event_stream(&response));
        let in_progress = if upgraded {
            in_progress.for_ever();
            None
        } else {
            Some(in_progress)
        };
        response.map(|body| Self {
            body,
            account,
            payer: Payer::default(),
            _in_progress: in_progress,
        })
    }
}

/// Whether a browser asks beforehand whether a page may ask (CORS).
fn is_preflight<B>(request: &Request<B>) -> bool {
    request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn is_event_stream<B>(response: &Response<B>) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let its = &mut *self;
        let frame = ready!(Pin::new(&mut its.body).poll_frame(context));
        if let Some(data) = frame.as_ref().and_then(|f| f.as_ref().ok()?.data_ref()) {
            let content = Content::Out(data.len() as u64);
            its.account.carried(&mut its.payer, content);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
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
