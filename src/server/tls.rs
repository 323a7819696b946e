//! TLS on the server's port: whose certificate, and the handshake.

mod certificate;
mod fingerprint;

use std::{io, path::PathBuf, sync::Arc};

use rustls::{ServerConfig, crypto::ring};
use tokio_rustls::TlsAcceptor;

pub use self::{
    certificate::Certificate,
    fingerprint::{Fingerprint, Pinned},
};
use super::stream::{HTTP2, Socket, Stream};

/// With which certificate the server speaks https.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Made on the spot, for these names beside the loopback ones; nobody has signed it.
    SelfSigned {
        /// The names under which browsers reach the server.
        names: Vec<String>,
    },
    /// What a certificate authority gave, in PEM.
    Files {
        /// The server's certificate, then those between it and the authority's.
        certificate: PathBuf,
        /// The certificate's private key.
        key: PathBuf,
    },
}

/// Why the server cannot speak https.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}; {option} names a file in PEM that this user may read")]
    Unreadable {
        /// Which option named it.
        option: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{path} holds no {what} in PEM, which begins with -----BEGIN {begins}-----")]
    NotPem {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
        /// How that begins.
        begins: &'static str,
    },
    /// The key belongs to another certificate.
    #[error(
        "the key in {key} does not belong to the first certificate in {certificate}: give the two files that were made together, the server's own certificate first"
    )]
    Mismatch {
        /// The certificates' file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// Not a certificate or a key that can be used.
    #[error("{path} cannot be used: {source}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: rustls::Error,
    },
    /// A name that no certificate can carry.
    #[error("no certificate can be made for these names: {0}; look at --public-host")]
    Made(#[from] rcgen::Error),
    /// The certificate that was made is not understood; it would be our fault.
    #[error("the certificate that was made cannot be used: {0}")]
    Own(rustls::Error),
}

/// Encrypts connections; a clone is a reference.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Tls {
    /// What speaks for the server with that certificate.
    pub fn new(certificate: Certificate) -> Result<Self, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(certificate.chain, certificate.key)?;
        config.alpn_protocols = vec![HTTP2.to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
        })
    }

    /// Shakes hands. Who speaks in clear is let through in clear, to be told what is spoken here.
    /// Takes as long as the client does: the caller sets the limit.
    pub async fn shake(&self, socket: Socket) -> io::Result<Stream> {
        let mut first = [0];
        socket.tcp().peek(&mut first).await?;
        // A handshake begins with a byte of 22, a request with its method.
        if first.first().is_some_and(u8::is_ascii_uppercase) {
            return Ok(Stream::Clear(socket));
        }
        let tls = self.acceptor.accept(socket).await?;
        Ok(Stream::Tls(Box::new(tls)))
    }
}
