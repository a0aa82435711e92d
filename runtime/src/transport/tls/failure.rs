//! What goes wrong with a server's TLS, in words that say who has to do what.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use tokio_rustls::rustls::{
    AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible,
};

/// The same error with a text for people, if it is one of TLS, or the end of it. `suspicion` is what an end may mean whose
/// cause the server doesn't tell.
pub(super) fn explain(error: io::Error, suspicion: Option<&str>) -> io::Error {
    let cause = error.get_ref().and_then(|error| error.downcast_ref());
    let says_nothing = match cause {
        Some(Error::AlertReceived(AlertDescription::HandshakeFailure)) => true,
        Some(_) => false,
        None => is_end(&error),
    };
    let text = match (suspicion, cause) {
        (Some(suspicion), _) if says_nothing => suspicion.to_owned(),
        (_, Some(cause)) => text(cause),
        // Many a server ends like this. To one that cares it may be an attack.
        (_, None) if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the server closed the connection without a word (`close_notify` of TLS)".to_owned()
        }
        (_, None) => return error,
    };
    io::Error::new(error.kind(), Failure { text, error })
}

/// As [`explain`], for what ended a handshake.
pub(super) fn explain_handshake(error: io::Error, suspicion: Option<&str>) -> io::Error {
    if !is_end(&error) {
        return explain(error, suspicion);
    }
    let text = "the server closed the connection in the TLS handshake: does it speak TLS?";
    let text = suspicion.unwrap_or(text).to_owned();
    io::Error::new(error.kind(), Failure { text, error })
}

fn is_end(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
    )
}

#[derive(Debug)]
struct Failure {
    text: String,
    error: io::Error,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.error.get_ref().map(|error| error as _)
    }
}

fn text(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(error) => certificate(error),
        Error::AlertReceived(alert) => alert_received(*alert),
        Error::NoApplicationProtocol => NO_H2.to_owned(),
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::MessageTooLarge
            | InvalidMessage::InvalidEmptyPayload,
        ) => "the server doesn't speak TLS, or not here".to_owned(),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => NO_VERSION.to_owned(),
        error => format!("TLS with the server failed: {error}"),
    }
}

fn certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server's certificate has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet".to_owned()
        }
        CertificateError::UnknownIssuer => {
            "nobody we trust has issued the server's certificate; `ClientTls::roots` says whom to trust"
                .to_owned()
        }
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => {
            let names: Vec<_> = presented.iter().map(|name| bare(name)).collect();
            let names = match &*names {
                [] => "nobody".to_owned(),
                names => names.join(", "),
            };
            let expected = expected.to_str();
            format!("the server's certificate is for {names}, not for {expected}")
        }
        error => format!("the server's certificate is not valid: {error}"),
    }
}

/// `guide.example`, of rustls' `DnsName("guide.example")`.
fn bare(name: &str) -> &str {
    let inner = name
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"')
}

/// What the server said.
fn alert_received(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
            "the server wants a client certificate; `ClientTls::certificate_files` shows one"
                .to_owned()
        }
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied => {
            format!("the server doesn't take the client certificate: {alert:?}")
        }
        AlertDescription::NoApplicationProtocol => NO_H2.to_owned(),
        AlertDescription::ProtocolVersion => NO_VERSION.to_owned(),
        AlertDescription::UnrecognisedName => {
            "the server has no certificate for the name that it is called by (UnrecognisedName)"
                .to_owned()
        }
        AlertDescription::HandshakeFailure => {
            "the server and we have no cipher suite in common, or it wants a client certificate (HandshakeFailure)"
                .to_owned()
        }
        alert => format!("the server ended TLS: {alert:?}"),
    }
}

pub(super) const NO_H2: &str =
    "the server speaks no HTTP/2 over TLS: it doesn't agree on `h2` (ALPN)";
const NO_VERSION: &str = "the server speaks neither TLS 1.2 nor 1.3, or not the one we do";
