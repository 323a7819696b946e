//! How a client talks to the server: in clear, or encrypted with HTTP/1.1 or HTTP/2; and the
//! WebSocket in each.

use std::{net::SocketAddr, sync::Arc};

use http_body_util::{BodyExt, Empty};
use hyper::{body::Bytes, client::conn::http2, ext::Protocol, http};
use hyper_util::rt::{TokioExecutor, TokioIo};
use pushpull::server::tls::{Fingerprint, Pinned};
use rustls::{ClientConfig, crypto::ring, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error as WsError, protocol::Role},
};

use crate::{
    answers::{Refusal, refusal_in},
    patience::soon,
};

/// Bytes each way, whatever carries them.
pub trait Pipe: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Pipe for T {}

/// A client's end of a WebSocket.
pub type Socket = WebSocketStream<Box<dyn Pipe>>;

/// What is spoken; encrypted, the server is known by its certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Clear,
    Tls(Fingerprint),
    Http2(Fingerprint),
}

/// What a client trusts and offers.
pub fn tls_config(fingerprint: Fingerprint, protocol: &str) -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned::new(fingerprint, provider)))
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    config
}

/// An encrypted connection on which that protocol has been agreed on.
pub async fn encrypted(
    addr: SocketAddr,
    fingerprint: Fingerprint,
    protocol: &str,
) -> TlsStream<TcpStream> {
    let tcp = soon("a connection", TcpStream::connect(addr))
        .await
        .unwrap();
    tcp.set_nodelay(true).unwrap();
    let connector = TlsConnector::from(Arc::new(tls_config(fingerprint, protocol)));
    let name = ServerName::from(addr.ip());
    let stream = soon("the handshake", connector.connect(name, tcp))
        .await
        .unwrap();
    let agreed = stream.get_ref().1.alpn_protocol();
    assert_eq!(agreed, Some(protocol.as_bytes()));
    stream
}

impl Dialect {
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Clear => "http",
            Self::Tls(_) | Self::Http2(_) => "https",
        }
    }

    /// A client that speaks nothing else.
    pub fn client(self) -> reqwest::Client {
        // A client wants to know whose cryptography it would use, also where it uses none. It fails
        // where that is known already.
        let _ = ring::default_provider().install_default();
        let builder = reqwest::Client::builder();
        let builder = match self {
            Self::Clear => builder,
            Self::Tls(known) => builder.tls_backend_preconfigured(tls_config(known, "http/1.1")),
            Self::Http2(known) => builder.tls_backend_preconfigured(tls_config(known, "h2")),
        };
        builder.build().unwrap()
    }

    /// Shakes hands for a WebSocket, or tells how that was refused.
    pub async fn shake(self, addr: SocketAddr, path: &str) -> Result<Socket, Refusal> {
        let pipe: Box<dyn Pipe> = match self {
            Self::Clear => Box::new(TcpStream::connect(addr).await.unwrap()),
            Self::Tls(known) => Box::new(encrypted(addr, known, "http/1.1").await),
            Self::Http2(known) => return connect(addr, known, path).await,
        };
        match soon(path, client_async(format!("ws://{addr}{path}"), pipe)).await {
            Ok((socket, _)) => Ok(socket),
            Err(WsError::Http(answer)) => {
                let status = answer.status().as_u16();
                Err(refusal_in(
                    status,
                    answer.body().as_deref().unwrap_or_default(),
                ))
            }
            Err(error) => panic!("{path}: {error}"),
        }
    }
}

/// A connection of HTTP/2 on which anything can be asked.
pub async fn http2(addr: SocketAddr, known: Fingerprint) -> http2::SendRequest<Empty<Bytes>> {
    let stream = TokioIo::new(encrypted(addr, known, "h2").await);
    let mut client = http2::Builder::new(TokioExecutor::new());
    // Little, so that a reader that stalls stalls soon.
    let client = client.initial_stream_window_size(64 * 1024);
    let (mut asking, connection) = client.handshake(stream).await.unwrap();
    tokio::spawn(connection);
    // After an answer the server's settings are known as well.
    let first = http::Request::get(format!("https://{addr}/healthz")).body(Empty::new());
    let answer = asking.send_request(first.unwrap()).await.unwrap();
    assert_eq!(answer.version(), http::Version::HTTP_2);
    answer.into_body().collect().await.unwrap();
    asking
}

/// WebSocket over HTTP/2 (RFC 8441).
async fn connect(addr: SocketAddr, known: Fingerprint, path: &str) -> Result<Socket, Refusal> {
    let mut asking = http2(addr, known).await;
    let request = http::Request::connect(format!("https://{addr}{path}"))
        .header("sec-websocket-version", "13")
        .extension(Protocol::from_static("websocket"))
        .body(Empty::new())
        .unwrap();
    let answer = soon(path, asking.send_request(request)).await.unwrap();
    if answer.status() != 200 {
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        return Err(refusal_in(status, &body));
    }
    let upgraded = soon("the stream", hyper::upgrade::on(answer))
        .await
        .unwrap();
    let pipe: Box<dyn Pipe> = Box::new(TokioIo::new(upgraded));
    Ok(WebSocketStream::from_raw_socket(pipe, Role::Client, None).await)
}
