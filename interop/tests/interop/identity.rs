//! What our test programs and others' show when TLS is spoken: one self-signed certificate, in files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rcgen::CertifiedKey;
use tempfile::TempDir;

/// The identity as programs read it, when they start.
pub(crate) struct Files(TempDir);

impl Files {
    pub(crate) fn write() -> io::Result<Self> {
        let names = [NAME.to_owned()];
        let made = rcgen::generate_simple_self_signed(names).map_err(io::Error::other)?;
        let CertifiedKey { cert, signing_key } = made;
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let files = Self(tempfile::tempdir_in(target)?);
        fs::write(files.certificate(), cert.pem())?;
        fs::write(files.key(), signing_key.serialize_pem())?;
        Ok(files)
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.0.path().join("certificate.pem")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.0.path().join("key.pem")
    }
}

/// Whom the certificate is for.
pub(crate) const NAME: &str = "interop.example";
