//! What TLS says of a connection, and of who is at its other end.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use tokio_rustls::rustls::ServerConnection;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{CipherSuite, ProtocolVersion};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

/// What TLS says of a client's connection: see [`Context::tls`](crate::Context::tls).
///
/// Cheap to clone; all calls of a connection share it.
#[derive(Clone, Debug)]
pub struct TlsInfo(Arc<Session>);

#[derive(Debug)]
struct Session {
    version: Option<ProtocolVersion>,
    cipher_suite: Option<CipherSuite>,
    server_name: Option<String>,
    identity: Option<PeerIdentity>,
}

impl TlsInfo {
    /// The TLS version: `TLSv1.3`.
    pub fn version(&self) -> &'static str {
        match self.0.version {
            Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
            Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
            _ => "unknown",
        }
    }

    /// The cipher suite, as rustls calls it: `TLS13_AES_256_GCM_SHA384`.
    pub fn cipher_suite(&self) -> &'static str {
        let name = self.0.cipher_suite.and_then(|suite| suite.as_str());
        name.unwrap_or("unknown")
    }

    /// The name that the client called the server by (SNI). Clients that go to an IP address send none.
    pub fn server_name(&self) -> Option<&str> {
        self.0.server_name.as_deref()
    }

    /// Who the client has proved to be; `None` if it showed no certificate.
    pub fn peer_identity(&self) -> Option<&PeerIdentity> {
        self.0.identity.as_ref()
    }
}

/// Of a handshake that is done. Servers that shake hands elsewhere, in front of an `axum::Router` for one, leave it in
/// `http::Request::extensions`, beside a [`Peer`](crate::Peer), for [`Context`](crate::Context) to have it.
impl From<&ServerConnection> for TlsInfo {
    fn from(connection: &ServerConnection) -> Self {
        let chain = connection.peer_certificates();
        let identity = chain
            .filter(|chain| !chain.is_empty())
            .map(|chain| PeerIdentity {
                chain: chain.to_vec(),
                names: OnceLock::new(),
            });
        Self(Arc::new(Session {
            version: connection.protocol_version(),
            cipher_suite: connection
                .negotiated_cipher_suite()
                .map(|suite| suite.suite()),
            server_name: connection.server_name().map(str::to_owned),
            identity,
        }))
    }
}

/// Who a client has proved to be: by a certificate that the server has verified, and the private key to it.
///
/// What it says is read once for each connection, and only if somebody asks. See
/// [`Context::peer_identity`](crate::Context::peer_identity).
///
/// Look at the alternative names. A name of another kind proves nothing: a DNS name that is asked for where any URI is
/// accepted lets in who shouldn't be.
pub struct PeerIdentity {
    chain: Vec<CertificateDer<'static>>,
    names: OnceLock<Names>,
}

/// What the certificate says.
#[derive(Debug, Default)]
struct Names {
    dns: Vec<String>,
    uris: Vec<String>,
    emails: Vec<String>,
    ips: Vec<IpAddr>,
    common: Option<String>,
    /// May sign certificates, which the certificate of a workload may not.
    signs: bool,
}

impl PeerIdentity {
    /// The certificates as DER: the client's own, then those that lead towards a root, as the client sent them.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The DNS names among the subject's alternative names: `billing.guide.example`, and `*.guide.example` as it is.
    pub fn dns_names(&self) -> &[String] {
        &self.names().dns
    }

    /// The URIs among the subject's alternative names.
    pub fn uris(&self) -> &[String] {
        &self.names().uris
    }

    /// The e-mail addresses among the subject's alternative names.
    pub fn email_addresses(&self) -> &[String] {
        &self.names().emails
    }

    /// The IP addresses among the subject's alternative names.
    pub fn ip_addresses(&self) -> &[IpAddr] {
        &self.names().ips
    }

    /// The SPIFFE ID: `spiffe://guide.example/billing`.
    ///
    /// `None` unless the certificate is a leaf with exactly one URI, and that is a SPIFFE ID ([X509-SVID] sections 2 and
    /// 5, [SPIFFE-ID] section 2).
    ///
    /// [X509-SVID]: https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md
    /// [SPIFFE-ID]: https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md
    pub fn spiffe_id(&self) -> Option<&str> {
        self.names().spiffe_id()
    }

    /// The subject's common name: the last resort, for certificates without alternative names. What it is the name of, a
    /// server or a person, only who has issued it can tell.
    pub fn common_name(&self) -> Option<&str> {
        self.names().common.as_deref()
    }

    fn names(&self) -> &Names {
        let read = || {
            self.chain
                .first()
                .and_then(|own| Names::read(own))
                .unwrap_or_default()
        };
        self.names.get_or_init(read)
    }
}

impl fmt::Debug for PeerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerIdentity")
            .field("certificates", &self.chain.len())
            .field("names", self.names())
            .finish()
    }
}

impl Names {
    /// What a certificate says; nothing at all if any of it can't be read.
    fn read(certificate: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
        let mut names = Self::default();
        if let Some(usage) = certificate.key_usage().ok()? {
            names.signs = usage.value.key_cert_sign() || usage.value.crl_sign();
        }
        if let Some(constraints) = certificate.basic_constraints().ok()? {
            names.signs |= constraints.value.ca;
        }
        if let Some(alternative) = certificate.subject_alternative_name().ok()? {
            for name in &alternative.value.general_names {
                match name {
                    GeneralName::DNSName(name) => names.dns.push((*name).to_owned()),
                    GeneralName::URI(uri) => names.uris.push((*uri).to_owned()),
                    GeneralName::RFC822Name(email) => names.emails.push((*email).to_owned()),
                    GeneralName::IPAddress(bytes) => names.ips.push(ip_address(bytes)?),
                    GeneralName::Invalid(..) => return None,
                    _ => {}
                }
            }
        }
        // The most specific one comes last.
        let common = certificate.subject().iter_common_name().last();
        names.common = common.and_then(|name| Some(name.as_str().ok()?.to_owned()));
        Some(names)
    }

    fn spiffe_id(&self) -> Option<&str> {
        match &*self.uris {
            [uri] if !self.signs && is_spiffe_id(uri) => Some(uri),
            _ => None,
        }
    }
}

fn ip_address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Some(v4.into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

/// SPIFFE-ID section 2: `spiffe://trust.domain/path`, and nothing that a URI may have besides. A trust domain alone is
/// nobody's.
fn is_spiffe_id(uri: &str) -> bool {
    let Some(rest) = uri.strip_prefix("spiffe://") else {
        return false;
    };
    let Some((domain, path)) = rest.split_once('/') else {
        return false;
    };
    let in_domain = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
    let in_segment = |c: u8| in_domain(c) || c.is_ascii_uppercase();
    let is_segment =
        |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(in_segment);
    uri.len() <= MAX_SPIFFE_ID
        && (1..=MAX_TRUST_DOMAIN).contains(&domain.len())
        && domain.bytes().all(in_domain)
        && path.split('/').all(is_segment)
}

/// SPIFFE-ID section 2.3, in bytes.
const MAX_SPIFFE_ID: usize = 2048;
const MAX_TRUST_DOMAIN: usize = 255;

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use rcgen::{CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose, SanType};

    use super::*;

    /// What a certificate of this kind says.
    #[track_caller]
    fn check(certificate: impl FnOnce(&mut CertificateParams), expect: Expect) {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        certificate(&mut params);
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        check_identity(made.der().clone(), expect);
    }

    #[track_caller]
    fn check_identity(certificate: CertificateDer<'static>, expect: Expect) {
        let identity = PeerIdentity {
            chain: vec![certificate],
            names: OnceLock::new(),
        };
        let mut said = String::new();
        let mut say = |kind: &str, names: Vec<String>| {
            if !names.is_empty() {
                said += &format!("{kind}: {}\n", names.join(" "));
            }
        };
        say("dns", identity.dns_names().to_vec());
        say("uri", identity.uris().to_vec());
        say("email", identity.email_addresses().to_vec());
        let ips = identity.ip_addresses().iter().map(IpAddr::to_string);
        say("ip", ips.collect());
        let optional = |name: Option<&str>| name.map(str::to_owned).into_iter().collect();
        say("spiffe", optional(identity.spiffe_id()));
        say("common", optional(identity.common_name()));
        expect.assert_eq(&said);
    }

    fn uris(uris: &[&str]) -> Vec<SanType> {
        uris.iter()
            .map(|uri| SanType::URI((*uri).try_into().unwrap()))
            .collect()
    }

    #[test]
    fn names_of_all_kinds_are_told_apart() {
        check(
            |params| {
                params.subject_alt_names = vec![
                    SanType::DnsName("*.guide.example".try_into().unwrap()),
                    SanType::IpAddress([127, 0, 0, 1].into()),
                    SanType::Rfc822Name("lena@guide.example".try_into().unwrap()),
                    SanType::DnsName("guide.example".try_into().unwrap()),
                    SanType::URI("https://guide.example/lena".try_into().unwrap()),
                    SanType::IpAddress("::1".parse().unwrap()),
                ];
                params
                    .distinguished_name
                    .push(DnType::CommonName, "Lena Lighthouse");
            },
            expect![[r#"
                dns: *.guide.example guide.example
                uri: https://guide.example/lena
                email: lena@guide.example
                ip: 127.0.0.1 ::1
                common: Lena Lighthouse
            "#]],
        );
    }

    #[test]
    fn a_certificate_without_names_says_nothing() {
        check(|_| {}, expect![[""]]);
    }

    #[test]
    fn what_is_no_certificate_says_nothing() {
        check_identity(vec![0x30, 0x82].into(), expect![[""]]);
    }

    #[test]
    fn a_spiffe_id_is_the_only_uri() {
        check(
            |params| params.subject_alt_names = uris(&["spiffe://guide.example/billing"]),
            expect![[r#"
                uri: spiffe://guide.example/billing
                spiffe: spiffe://guide.example/billing
            "#]],
        );
        check(
            |params| {
                params.subject_alt_names = uris(&["spiffe://guide.example/a", "https://b.example"]);
            },
            expect![[r#"
                uri: spiffe://guide.example/a https://b.example
            "#]],
        );
    }

    #[test]
    fn who_signs_certificates_has_no_spiffe_id() {
        let expected = || {
            expect![[r#"
                uri: spiffe://guide.example/billing
            "#]]
        };
        let own = uris(&["spiffe://guide.example/billing"]);
        check(
            |params| {
                params.subject_alt_names = own.clone();
                params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            },
            expected(),
        );
        check(
            |params| {
                params.subject_alt_names = own;
                params.key_usages = vec![KeyUsagePurpose::CrlSign];
            },
            expected(),
        );
    }

    #[test]
    fn spiffe_ids_are_held_to_the_letter() {
        for id in [
            "spiffe://guide.example/billing",
            "spiffe://10.0.0.1/Ns_1/sa-2/x.y",
            "spiffe://guide.example/...",
        ] {
            assert!(is_spiffe_id(id), "{id}");
        }
        for uri in [
            "https://guide.example/billing",
            "SPIFFE://guide.example/billing",
            "spiffe:guide.example/billing",
            "spiffe://guide.example",
            "spiffe://guide.example/",
            "spiffe:///billing",
            "spiffe://guide.example/billing/",
            "spiffe://guide.example//billing",
            "spiffe://guide.example/../billing",
            "spiffe://guide.example/./billing",
            "spiffe://guide.example/b%20lling",
            "spiffe://guide.example/billing?x=y",
            "spiffe://guide.example/billing#x",
            "spiffe://Guide.example/billing",
            "spiffe://guide.example:443/billing",
            "spiffe://me@guide.example/billing",
        ] {
            assert!(!is_spiffe_id(uri), "{uri}");
        }
        let long = |len: usize| format!("spiffe://guide.example/{}", "x".repeat(len - 23));
        assert!(is_spiffe_id(&long(2048)));
        assert!(!is_spiffe_id(&long(2049)));
        assert!(!is_spiffe_id(&format!("spiffe://{}/x", "d".repeat(256))));
    }
}
