//! Where clients connect to.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use http::Uri;
use http::uri::{Authority, Scheme};
use tokio::net::{TcpStream, UnixStream};

use super::connector::Connector;
use super::http_client::Origin;
use super::io::{Io, MemoryConnector};
#[cfg(feature = "tls")]
use super::tls::{ClientTls, TlsDialer, TlsError};
#[cfg(feature = "channelz")]
use crate::registry::Address;

/// Whom a client calls; see [`IntoTarget`].
#[derive(Debug)]
pub struct Target {
    endpoint: Endpoint,
    origin: Origin,
    /// As the user wrote it.
    text: String,
    /// Whether it names a scheme, `http` or `https`.
    has_scheme: bool,
    #[cfg(feature = "tls")]
    tls: Option<TlsDialer>,
}

/// A connection to a target.
pub(crate) struct Reached {
    pub(crate) io: Io,
    /// Whom it leads to: an address, or the target where there is none.
    pub(crate) peer: String,
    /// The addresses of both ends.
    #[cfg(feature = "channelz")]
    pub(crate) addresses: [Option<Address>; 2],
}

#[derive(Debug)]
enum Endpoint {
    Tcp { host: String, port: u16 },
    Unix(PathBuf),
    Memory(MemoryConnector),
    Brought(Connector),
}

impl Target {
    fn new(endpoint: Endpoint, origin: Origin, text: String) -> Self {
        Self {
            endpoint,
            origin,
            text,
            has_scheme: false,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Opens a connection.
    /// `user_timeout` is for [`Io::set_user_timeout`].
    pub(crate) async fn connect(&self, user_timeout: Option<Duration>) -> io::Result<Reached> {
        let io = self.reach().await?;
        if let Some(timeout) = user_timeout {
            io.set_user_timeout(timeout);
        }
        let peer = io.peer().unwrap_or_else(|| self.text.clone());
        #[cfg(feature = "channelz")]
        let addresses = [io.local_address(), io.remote_address()];
        #[cfg(feature = "tls")]
        let io = match &self.tls {
            Some(tls) => tls.connect(io).await?,
            None => io,
        };
        Ok(Reached {
            io,
            peer,
            #[cfg(feature = "channelz")]
            addresses,
        })
    }

    /// Sets TLS up, where the target or the channel asks for it. The server goes by the name of `origin`, if there is one.
    #[cfg(feature = "tls")]
    pub(crate) fn secure(
        &mut self,
        tls: Option<ClientTls>,
        origin: Option<&Uri>,
    ) -> Result<(), NotSecure> {
        let says_https = self.has_scheme && self.origin.scheme == Scheme::HTTPS;
        let tls = match (tls, &self.endpoint) {
            // Their bringer has seen to it.
            (None, Endpoint::Brought(_)) => return Ok(()),
            (None, _) if !says_https => return Ok(()),
            (None, _) => ClientTls::new(),
            (Some(_), _) if self.has_scheme && !says_https => {
                return Err(NotSecure::Target(InvalidTarget {
                    target: self.text.clone(),
                    reason: Reason::NotHttps,
                }));
            }
            (Some(tls), _) => tls,
        };
        self.origin.scheme = Scheme::HTTPS;
        // Of an address, which names no scheme by itself.
        if let Some(address) = self.text.strip_prefix("http://") {
            self.text = format!("https://{address}");
        }
        let host = origin.and_then(Uri::host);
        let host = host.unwrap_or_else(|| self.origin.authority.host());
        self.tls = Some(TlsDialer::new(tls, bare(host)).map_err(NotSecure::Tls)?);
        Ok(())
    }

    /// Opens a connection, as it comes.
    async fn reach(&self) -> io::Result<Io> {
        match &self.endpoint {
            Endpoint::Tcp { host, port } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                Ok(Io::Tcp(stream))
            }
            Endpoint::Unix(path) => Ok(Io::Unix(UnixStream::connect(path).await?)),
            Endpoint::Memory(connector) => connector.connect(),
            Endpoint::Brought(connector) => connector.connect().await,
        }
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether nobody on the way can read what goes there; `None` if only the bringer of the connection knows.
    pub(crate) fn is_private(&self) -> Option<bool> {
        #[cfg(feature = "tls")]
        if self.tls.is_some() {
            return Some(true);
        }
        match &self.endpoint {
            Endpoint::Tcp { .. } => Some(false),
            Endpoint::Unix(_) | Endpoint::Memory(_) => Some(true),
            Endpoint::Brought(_) => None,
        }
    }

    /// As the user wrote it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn parse(text: &str) -> Result<Self, InvalidTarget> {
        let invalid = |reason| InvalidTarget {
            target: text.to_owned(),
            reason,
        };
        let tcp = |address: &str, default_port| -> Result<Self, InvalidTarget> {
            let authority = parse_authority(address).map_err(invalid)?;
            let port = match authority.port() {
                Some(port) => port.as_u16(),
                None => default_port,
            };
            let host = bare(authority.host()).to_owned();
            let origin = Origin {
                scheme: Scheme::HTTP,
                authority,
            };
            Ok(Self::new(
                Endpoint::Tcp { host, port },
                origin,
                text.to_owned(),
            ))
        };
        if let Some(rest) = text.strip_prefix("unix:") {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            if path.is_empty() {
                return Err(invalid(Reason::Address));
            }
            let endpoint = Endpoint::Unix(PathBuf::from(path));
            return Ok(Self::new(endpoint, localhost(), text.to_owned()));
        }
        if let Some(rest) = text.strip_prefix("dns:") {
            // `dns:///host`, `dns:host`; `dns://server/host` asks a certain DNS server.
            let name = match rest.strip_prefix("//") {
                None => rest,
                Some(rest) => rest
                    .strip_prefix('/')
                    .ok_or_else(|| invalid(Reason::DnsServer))?,
            };
            return tcp(name, 443);
        }
        if let Some(rest) = text
            .strip_prefix("ipv4:")
            .or_else(|| text.strip_prefix("ipv6:"))
        {
            if rest.contains(',') {
                return Err(invalid(Reason::SeveralAddresses));
            }
            return tcp(rest, 443);
        }
        match text.split_once("://") {
            None => tcp(text, 443),
            Some(("http", rest)) => {
                let target = tcp(without_path(rest).map_err(invalid)?, 80)?;
                Ok(target.with_scheme(Scheme::HTTP))
            }
            Some(("https", _)) if cfg!(not(feature = "tls")) => Err(invalid(Reason::Https)),
            Some(("https", rest)) => {
                let target = tcp(without_path(rest).map_err(invalid)?, 443)?;
                Ok(target.with_scheme(Scheme::HTTPS))
            }
            Some(_) => Err(invalid(Reason::Scheme)),
        }
    }

    fn with_scheme(mut self, scheme: Scheme) -> Self {
        self.origin.scheme = scheme;
        self.has_scheme = true;
        self
    }

    /// What a connector leads to.
    pub(super) fn brought(connector: Connector) -> Result<Self, InvalidTarget> {
        let text = connector.origin().to_owned();
        let origin = match text.split_once("://") {
            Some(("http", rest)) => Ok((Scheme::HTTP, rest)),
            Some(("https", rest)) => Ok((Scheme::HTTPS, rest)),
            _ => Err(Reason::Origin),
        };
        let origin = origin.and_then(
            |(scheme, rest)| match parse_authority(without_path(rest)?) {
                Ok(authority) => Ok(Origin { scheme, authority }),
                Err(Reason::Address) => Err(Reason::Origin),
                Err(reason) => Err(reason),
            },
        );
        match origin {
            Ok(origin) => {
                let scheme = origin.scheme.clone();
                Ok(Self::new(Endpoint::Brought(connector), origin, text).with_scheme(scheme))
            }
            Err(reason) => Err(InvalidTarget {
                target: text,
                reason,
            }),
        }
    }
}

/// A URI's rest after its scheme, which may end with a slash.
fn without_path(rest: &str) -> Result<&str, Reason> {
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains(['/', '?', '#']) {
        return Err(Reason::Path);
    }
    Ok(rest)
}

/// A host without the brackets that are an IPv6 address's way into a URI.
fn bare(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

/// A host, and a port if there is one.
fn parse_authority(text: &str) -> Result<Authority, Reason> {
    let authority: Authority = text.parse().map_err(|_| Reason::Address)?;
    if authority.as_str().contains('@') {
        return Err(Reason::Credentials);
    }
    // `http` shows no port where there is one that can't be.
    let port_is_wrong = authority.port().is_none() && authority.as_str() != authority.host();
    if port_is_wrong || matches!(authority.host(), "" | "[]") {
        return Err(Reason::Address);
    }
    Ok(authority)
}

/// The authority of calls that go to no host.
pub(crate) fn localhost() -> Origin {
    Origin {
        scheme: Scheme::HTTP,
        authority: Authority::from_static("localhost"),
    }
}

/// What a client can connect to.
///
/// * text: `http://127.0.0.1:50051`, `https://guide.example` (with the feature `tls`), `dns:///guide.example:50051`, `ipv4:127.0.0.1:50051`, `ipv6:[::1]:50051`,
///   `unix:/run/guide.sock`, or a host and port alone
/// * a [`SocketAddr`] or an [`http::Uri`]
/// * one end of [`memory`](crate::memory)
/// * a [`Connector`], for all else
pub trait IntoTarget {
    /// Reads the target; nothing is connected yet.
    ///
    /// # Errors
    ///
    /// If it can't be read, or names something that isn't there.
    fn into_target(self) -> Result<Target, InvalidTarget>;
}

impl IntoTarget for &str {
    fn into_target(self) -> Result<Target, InvalidTarget> {
        Target::parse(self)
    }
}

impl IntoTarget for &String {
    fn into_target(self) -> Result<Target, InvalidTarget> {
        Target::parse(self)
    }
}

impl IntoTarget for String {
    fn into_target(self) -> Result<Target, InvalidTarget> {
        Target::parse(&self)
    }
}

impl IntoTarget for SocketAddr {
    fn into_target(self) -> Result<Target, InvalidTarget> {
        let mut target = Target::parse(&format!("http://{self}"))?;
        target.has_scheme = false;
        Ok(target)
    }
}

impl IntoTarget for Uri {
    fn into_target(self) -> Result<Target, InvalidTarget> {
        Target::parse(&self.to_string())
    }
}

impl IntoTarget for MemoryConnector {
    fn into_target(self) -> Result<Target, InvalidTarget> {
        let endpoint = Endpoint::Memory(self);
        Ok(Target::new(endpoint, localhost(), "memory".to_owned()))
    }
}

/// Why there is no TLS where there should be.
#[cfg(feature = "tls")]
pub(crate) enum NotSecure {
    Target(InvalidTarget),
    Tls(TlsError),
}

/// Why a target can't be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidTarget {
    target: String,
    reason: Reason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Address,
    Credentials,
    DnsServer,
    SeveralAddresses,
    Path,
    Https,
    #[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "there is no TLS"))]
    NotHttps,
    Scheme,
    Origin,
}

impl fmt::Display for InvalidTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid target {:?}: ", self.target)?;
        f.write_str(match self.reason {
            Reason::Address => "expected a host and a port, as in `http://127.0.0.1:50051`",
            Reason::Credentials => {
                "user names and passwords don't belong into a target; send them as metadata"
            }
            Reason::DnsServer => "the DNS server can't be chosen; write `dns:///host:port`",
            Reason::SeveralAddresses => "a channel has one address",
            Reason::Path => "gRPC methods are at the root; write no path after the host and port",
            Reason::Https => {
                "TLS needs traitwire's cargo feature `tls`; or bring connections with `Connector`, or write `http://`"
            }
            Reason::NotHttps => "the channel has TLS; write `https://`",
            Reason::Scheme => "known are `http://`, `https://`, `dns:`, `ipv4:`, `ipv6:` and `unix:`",
            Reason::Origin => {
                "expected the scheme and host of requests, as in `https://guide.example`"
            }
        })
    }
}

impl std::error::Error for InvalidTarget {}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Expect) {
        check_target(Target::parse(text), expect);
    }

    /// A connector with this origin.
    #[track_caller]
    fn check_origin(text: &str, expect: Expect) {
        let connector = Connector::new(text, || async { Ok(tokio::io::empty()) });
        check_target(connector.into_target(), expect);
    }

    #[track_caller]
    fn check_target(target: Result<Target, InvalidTarget>, expect: Expect) {
        expect.assert_eq(&match target {
            Ok(target) => match target.endpoint {
                Endpoint::Tcp { host, port } => {
                    let Origin { scheme, authority } = target.origin;
                    format!("{host} port {port}, scheme {scheme}, authority {authority}")
                }
                Endpoint::Unix(path) => format!("socket {}", path.display()),
                Endpoint::Memory(_) => "memory".to_owned(),
                Endpoint::Brought(_) => {
                    let Origin { scheme, authority } = target.origin;
                    format!("scheme {scheme}, authority {authority}")
                }
            },
            Err(error) => error.to_string(),
        });
    }

    #[test]
    fn addresses_are_read() {
        check(
            "http://127.0.0.1:50051",
            expect!["127.0.0.1 port 50051, scheme http, authority 127.0.0.1:50051"],
        );
        check(
            "http://[::1]:50051/",
            expect!["::1 port 50051, scheme http, authority [::1]:50051"],
        );
        check(
            "http://guide.example",
            expect!["guide.example port 80, scheme http, authority guide.example"],
        );
        check(
            "localhost:50051",
            expect!["localhost port 50051, scheme http, authority localhost:50051"],
        );
        check(
            "dns:///guide.example:1",
            expect!["guide.example port 1, scheme http, authority guide.example:1"],
        );
        check(
            "dns:guide.example:1",
            expect!["guide.example port 1, scheme http, authority guide.example:1"],
        );
        check(
            "ipv6:[::1]:1",
            expect!["::1 port 1, scheme http, authority [::1]:1"],
        );
        check("unix:/run/guide.sock", expect!["socket /run/guide.sock"]);
        check("unix:///run/guide.sock", expect!["socket /run/guide.sock"]);
        check("unix:guide.sock", expect!["socket guide.sock"]);
    }

    #[test]
    fn what_cannot_be_called_says_why() {
        check(
            "http://a/b",
            expect![[
                r#"invalid target "http://a/b": gRPC methods are at the root; write no path after the host and port"#
            ]],
        );
        check(
            "ftp://a",
            expect![[
                r#"invalid target "ftp://a": known are `http://`, `https://`, `dns:`, `ipv4:`, `ipv6:` and `unix:`"#
            ]],
        );
        check(
            "",
            expect![[
                r#"invalid target "": expected a host and a port, as in `http://127.0.0.1:50051`"#
            ]],
        );
        check(
            "http://a:99999",
            expect![[
                r#"invalid target "http://a:99999": expected a host and a port, as in `http://127.0.0.1:50051`"#
            ]],
        );
        check(
            "dns://8.8.8.8/a",
            expect![[
                r#"invalid target "dns://8.8.8.8/a": the DNS server can't be chosen; write `dns:///host:port`"#
            ]],
        );
    }

    #[cfg(feature = "tls")]
    #[test]
    fn https_goes_to_a_port_of_its_own() {
        check(
            "https://guide.example",
            expect!["guide.example port 443, scheme https, authority guide.example"],
        );
        check(
            "https://[::1]:8443/",
            expect!["::1 port 8443, scheme https, authority [::1]:8443"],
        );
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_system_gives_up_when_it_is_told_to() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = listener.local_addr().unwrap().into_target().unwrap();
        for timeout in [None, Some(Duration::from_secs(7))] {
            let reached = target.connect(timeout).await.unwrap();
            assert_eq!(reached.peer, listener.local_addr().unwrap().to_string());
            let Io::Tcp(stream) = reached.io else {
                panic!("an address is TCP's");
            };
            let set = socket2::SockRef::from(&stream).tcp_user_timeout();
            assert_eq!(set.unwrap(), timeout);
        }
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn https_needs_a_feature() {
        check(
            "https://guide.example",
            expect![[
                r#"invalid target "https://guide.example": TLS needs traitwire's cargo feature `tls`; or bring connections with `Connector`, or write `http://`"#
            ]],
        );
    }

    #[test]
    fn a_connector_has_an_origin() {
        check_origin(
            "https://guide.example",
            expect!["scheme https, authority guide.example"],
        );
        check_origin(
            "https://guide.example:8443/",
            expect!["scheme https, authority guide.example:8443"],
        );
        check_origin("http://[::1]", expect!["scheme http, authority [::1]"]);
        check_origin(
            "guide.example:443",
            expect![[
                r#"invalid target "guide.example:443": expected the scheme and host of requests, as in `https://guide.example`"#
            ]],
        );
        check_origin(
            "https://",
            expect![[
                r#"invalid target "https://": expected the scheme and host of requests, as in `https://guide.example`"#
            ]],
        );
        check_origin(
            "https://[]",
            expect![[
                r#"invalid target "https://[]": expected the scheme and host of requests, as in `https://guide.example`"#
            ]],
        );
        check_origin(
            "https://guide.example:x",
            expect![[
                r#"invalid target "https://guide.example:x": expected the scheme and host of requests, as in `https://guide.example`"#
            ]],
        );
        check_origin(
            "https://guide.example/v1",
            expect![[
                r#"invalid target "https://guide.example/v1": gRPC methods are at the root; write no path after the host and port"#
            ]],
        );
        check_origin(
            "https://me@guide.example",
            expect![[
                r#"invalid target "https://me@guide.example": user names and passwords don't belong into a target; send them as metadata"#
            ]],
        );
    }
}
