//! Certificates and keys, as text or in files.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, CertificateError, InconsistentKeys, RootCertStore};

/// Whose certificates are trusted: those that these roots have issued, or somebody on their behalf.
#[derive(Clone)]
pub struct TlsRoots(Vec<Roots>);

#[derive(Clone)]
enum Roots {
    System,
    Text(Text),
}

impl TlsRoots {
    /// The roots that the operating system trusts, or those in the file and the directory that `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR` name.
    pub fn system() -> Self {
        Self(vec![Roots::System])
    }

    /// The certificates in a PEM text.
    pub fn pem(pem: impl Into<Vec<u8>>) -> Self {
        Self(vec![Roots::Text(Text::Pem(pem.into()))])
    }

    /// The certificates in a PEM file. It is read again when it changes.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(vec![Roots::Text(Text::File(path.into()))])
    }

    /// These, and others: `TlsRoots::system().and(TlsRoots::file("ours.pem"))`.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    pub(super) fn load(&self) -> Result<Arc<RootCertStore>, TlsError> {
        let mut store = RootCertStore::empty();
        for roots in &self.0 {
            match roots {
                Roots::System => {
                    let found = rustls_native_certs::load_native_certs();
                    // Some systems have roots among theirs that nobody can read; the others are good all the same.
                    let (added, _) = store.add_parsable_certificates(found.certs);
                    if added == 0 {
                        let reasons = found.errors.iter().map(ToString::to_string);
                        return Err(TlsError::NoSystemRoots(reasons.collect()));
                    }
                }
                Roots::Text(text) => {
                    for certificate in text.certificates()? {
                        let added = store.add(certificate);
                        added.map_err(|error| match error {
                            rustls::Error::InvalidCertificate(error) => {
                                text.not_certificate(&error)
                            }
                            error => TlsError::Rustls(error),
                        })?;
                    }
                }
            }
        }
        Ok(Arc::new(store))
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().filter_map(|roots| match roots {
            Roots::System => None,
            Roots::Text(text) => text.file(),
        })
    }
}

impl fmt::Debug for TlsRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|roots| match roots {
            Roots::System => "the system's".to_owned(),
            Roots::Text(text) => text.to_string(),
        });
        f.debug_list().entries(names).finish()
    }
}

/// A certificate with those that lead towards its root, and its key.
#[derive(Clone)]
pub(super) struct CertifiedKey {
    chain: Text,
    key: Text,
}

impl CertifiedKey {
    pub(super) fn pem(chain: Vec<u8>, key: Vec<u8>) -> Self {
        let (chain, key) = (Text::Pem(chain), Text::Pem(key));
        Self { chain, key }
    }

    pub(super) fn files(chain: PathBuf, key: PathBuf) -> Self {
        let (chain, key) = (Text::File(chain), Text::File(key));
        Self { chain, key }
    }

    pub(super) fn load(
        &self,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
        Ok((self.chain.certificates()?, self.key.key()?))
    }

    /// Why rustls didn't take the two.
    pub(super) fn refused(&self, error: rustls::Error) -> TlsError {
        match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::Mismatch {
                certificate: self.chain.to_string(),
                key: self.key.to_string(),
            },
            rustls::Error::InvalidCertificate(error) => self.chain.not_certificate(&error),
            error => TlsError::Rustls(error),
        }
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.chain.file().into_iter().chain(self.key.file())
    }
}

impl fmt::Debug for CertifiedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertifiedKey")
            .field("chain", &self.chain.to_string())
            .field("key", &self.key.to_string())
            .finish()
    }
}

/// A PEM text, or where it is. It is never shown: it may be a key.
#[derive(Clone)]
enum Text {
    Pem(Vec<u8>),
    File(PathBuf),
}

impl Text {
    fn read(&self) -> Result<Vec<u8>, TlsError> {
        match self {
            Self::Pem(pem) => Ok(pem.clone()),
            Self::File(path) => fs::read(path).map_err(|error| TlsError::File {
                path: path.clone(),
                error,
            }),
        }
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let pem = self.read()?;
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        let certificates = certificates.map_err(|error| self.not_pem(error))?;
        if certificates.is_empty() {
            return Err(self.invalid(&"there is no `BEGIN CERTIFICATE` in it"));
        }
        Ok(certificates)
    }

    fn key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        PrivateKeyDer::from_pem_slice(&self.read()?).map_err(|error| match error {
            pem::Error::NoItemsFound => self.invalid(&"there is no `BEGIN PRIVATE KEY` in it"),
            error => self.not_pem(error),
        })
    }

    fn not_pem(&self, error: pem::Error) -> TlsError {
        match error {
            pem::Error::MissingSectionEnd { .. } => self.invalid(&"a line `-----END` is missing"),
            error => self.invalid(&error),
        }
    }

    fn not_certificate(&self, error: &CertificateError) -> TlsError {
        self.invalid(&format_args!("a certificate can't be read: {error}"))
    }

    fn invalid(&self, reason: &dyn fmt::Display) -> TlsError {
        TlsError::Pem {
            place: self.to_string(),
            reason: reason.to_string(),
        }
    }

    fn file(&self) -> Option<&Path> {
        match self {
            Self::Pem(_) => None,
            Self::File(path) => Some(path),
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pem(_) => f.write_str("a PEM text"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// What computes: the user's choice, the process's, or *ring*.
pub(super) fn provider(chosen: Option<&Arc<CryptoProvider>>) -> Arc<CryptoProvider> {
    chosen
        .cloned()
        .or_else(|| CryptoProvider::get_default().cloned())
        .unwrap_or_else(|| Arc::new(ring::default_provider()))
}

/// Why TLS can't be set up.
#[derive(Debug)]
#[non_exhaustive]
pub enum TlsError {
    /// A file can't be read.
    File {
        /// Which one.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A text doesn't have the certificates, or the key, that it should.
    Pem {
        /// The file, or that it is none.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The key isn't that of the certificate.
    Mismatch {
        /// Where the certificate is from.
        certificate: String,
        /// Where the key is from.
        key: String,
    },
    /// The system trusts nobody, for these reasons if any.
    NoSystemRoots(Vec<String>),
    /// This is no name that a server can have.
    ServerName(String),
    /// A setting that belongs into the configuration of rustls, where that is given.
    Setting(&'static str),
    /// What rustls doesn't take.
    Rustls(rustls::Error),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, error } => write!(f, "can't read {}: {error}", path.display()),
            Self::Pem { place, reason } => write!(f, "{place} is of no use to TLS: {reason}"),
            Self::Mismatch { certificate, key } => write!(
                f,
                "the key ({key}) is not that of the certificate ({certificate}), which has to be the first of its chain"
            ),
            Self::NoSystemRoots(reasons) => {
                f.write_str(
                    "the system has no root certificates: install its `ca-certificates`, set `SSL_CERT_FILE`, or \
                     name others with `ClientTls::roots`",
                )?;
                reasons
                    .iter()
                    .try_for_each(|reason| write!(f, "; {reason}"))
            }
            Self::ServerName(name) => {
                write!(
                    f,
                    "{name:?} is neither a DNS name nor an IP address, which TLS asks for"
                )
            }
            Self::Setting(setting) => write!(
                f,
                "`{setting}` changes nothing about a configuration of rustls: set it there"
            ),
            Self::Rustls(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for TlsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { error, .. } => Some(error),
            Self::Rustls(error) => Some(error),
            Self::Pem { .. }
            | Self::Mismatch { .. }
            | Self::NoSystemRoots(_)
            | Self::ServerName(_)
            | Self::Setting(_) => None,
        }
    }
}
