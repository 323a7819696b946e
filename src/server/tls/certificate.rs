//! The server's certificate: read from files, or made on the spot.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::{
    InconsistentKeys,
    crypto::ring,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
    server::ParsedCertificate,
    sign::CertifiedKey,
};

use super::{Fingerprint, Source, TlsError};

/// The names of this machine to itself.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// How long a certificate holds that was made on the spot, and how long before it was made: the
/// visitor's clock may be behind. Browsers that are told its fingerprint take 14 days at most.
const HOLDS: Duration = Duration::from_secs(13 * 24 * 3600);
const BEFORE: Duration = Duration::from_secs(3600);

/// A certificate and its key.
#[derive(Debug)]
pub struct Certificate {
    /// The server's own, then those between it and the authority's.
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
    whole: Fingerprint,
    public_key: Fingerprint,
}

impl Certificate {
    /// Reads it, or makes it.
    pub fn from(source: &Source) -> Result<Self, TlsError> {
        match source {
            Source::SelfSigned { names } => Self::make(names),
            Source::Files { certificate, key } => Self::read(certificate, key),
        }
    }

    /// Made on the spot, of ECDSA P-256, the kind that all browsers take.
    fn make(names: &[String]) -> Result<Self, TlsError> {
        let names = names.iter().map(String::as_str);
        let names: Vec<_> = LOOPBACK
            .into_iter()
            .chain(names)
            .map(str::to_owned)
            .collect();
        let mut params = CertificateParams::new(names)?;
        let now = SystemTime::now();
        params.not_before = (now - BEFORE).into();
        params.not_after = (now + HOLDS).into();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "pushpull, made on the spot");
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        Self::of(vec![certificate.der().clone()], key).map_err(TlsError::Own)
    }

    fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let unreadable = |option, path: &Path, source| TlsError::Unreadable {
            option,
            path: path.into(),
            source,
        };
        let not_pem = |path: &Path, what, begins| TlsError::NotPem {
            path: path.into(),
            what,
            begins,
        };
        let text = std::fs::read(certificate)
            .map_err(|source| unreadable("--tls-cert", certificate, source))?;
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&text)
            .collect::<Result<_, pem::Error>>()
            .unwrap_or_default();
        if chain.is_empty() {
            return Err(not_pem(certificate, "certificate", "CERTIFICATE"));
        }
        let text = std::fs::read(key).map_err(|source| unreadable("--tls-key", key, source))?;
        let secret = PrivateKeyDer::from_pem_slice(&text)
            .map_err(|_| not_pem(key, "private key", "PRIVATE KEY"))?;
        let unusable = |path: &Path, source| TlsError::Unusable {
            path: path.into(),
            source,
        };
        let provider = ring::default_provider();
        let signing = provider.key_provider.load_private_key(secret.clone_key());
        let signing = signing.map_err(|source| unusable(key, source))?;
        match CertifiedKey::new(chain.clone(), signing).keys_match() {
            Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                return Err(TlsError::Mismatch {
                    certificate: certificate.into(),
                    key: key.into(),
                });
            }
            Err(source) => return Err(unusable(certificate, source)),
            Ok(()) => {}
        }
        Self::of(chain, secret).map_err(|source| unusable(certificate, source))
    }

    fn of(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, rustls::Error> {
        let none = rustls::Error::NoCertificatesPresented;
        let own = chain.first().ok_or(none)?;
        let public_key = ParsedCertificate::try_from(own)?.subject_public_key_info();
        Ok(Self {
            whole: Fingerprint::of(own),
            public_key: Fingerprint::of(&public_key),
            chain,
            key,
        })
    }

    /// SHA-256 of the whole certificate: what browsers show, and what `publish` can be told.
    pub fn fingerprint(&self) -> Fingerprint {
        self.whole
    }

    /// SHA-256 of its public key (SubjectPublicKeyInfo): what Chromium can be told.
    pub fn public_key_fingerprint(&self) -> Fingerprint {
        self.public_key
    }
}
