//! Certificates of all kinds, and who issues them.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    SanType,
};
use traitwire::rustls::pki_types::pem::PemObject;
use traitwire::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use traitwire::{ClientTls, ServerTls, TlsRoots};

/// Somebody who issues certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate, with its key.
pub struct Issued {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = params(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self { issuer, pem }
    }

    pub fn roots(&self) -> TlsRoots {
        TlsRoots::pem(self.pem.as_str())
    }

    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Issues what `change` makes of a certificate for nobody.
    pub fn issue(&self, change: impl FnOnce(&mut CertificateParams)) -> Issued {
        let mut params = params("somebody");
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Issued {
            certificate,
            key: key.serialize_pem(),
        }
    }

    /// For a server of this name.
    pub fn server(&self, name: &str) -> Issued {
        self.issue(|params| params.subject_alt_names = vec![dns(name)])
    }

    /// For a client with this SPIFFE ID.
    pub fn client(&self, id: &str) -> Issued {
        self.issue(|params| {
            params.subject_alt_names = vec![SanType::URI(id.try_into().unwrap())];
        })
    }
}

impl Issued {
    pub fn server_tls(&self) -> ServerTls {
        ServerTls::pem(self.certificate.as_str(), self.key.as_str())
    }

    pub fn client_tls(&self, roots: TlsRoots) -> ClientTls {
        ClientTls::new()
            .roots(roots)
            .certificate_pem(self.certificate.as_str(), self.key.as_str())
    }

    /// As rustls takes it.
    pub fn der(&self) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let certificate = CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap();
        (vec![certificate], key)
    }

    /// Writes both, one after the other, and returns where.
    pub fn write(&self, dir: &Path) -> (PathBuf, PathBuf) {
        let (certificate, key) = (dir.join("certificate.pem"), dir.join("key.pem"));
        std::fs::write(&certificate, &self.certificate).unwrap();
        std::fs::write(&key, &self.key).unwrap();
        (certificate, key)
    }
}

pub fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
