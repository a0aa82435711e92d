//! The server, as the runner wants it.

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;

use bytes::Bytes;
use traitwire::{Compression, RunningServer, ServeError, Server, ServerTls, TlsRoots};

use super::contract::ConformanceServiceServer;
use super::programs::{ServerCompatRequest, ServerCompatResponse};
use super::service::Conformance;
use super::unsupported::Unsupported;
use super::{COMPRESSIONS, HOST};

/// Starts the server that `request` asks for, on any port that is free. It compresses responses for clients that take it.
///
/// # Errors
///
/// If it asks for what we don't have, or the server can't be started.
pub async fn serve(
    request: ServerCompatRequest,
    compression: Option<Compression>,
    over_hyper: bool,
) -> Result<(RunningServer, ServerCompatResponse), ServerError> {
    Unsupported::check(request.protocol, request.http_version)?;
    let mut server = Server::new()
        .accept_compressed(COMPRESSIONS)
        .send_compressed(compression)
        .add(ConformanceServiceServer::new(Conformance));
    if request.message_receive_limit > 0 {
        server = server.max_receive_message_len(request.message_receive_limit as usize);
    }
    if over_hyper {
        server = server.over_hyper();
    }
    let mut pem_cert = Bytes::new();
    if request.use_tls {
        let creds = request.server_creds.ok_or(ServerError::NoCertificate)?;
        let mut tls = ServerTls::pem(creds.cert.clone(), creds.key);
        if !request.client_tls_cert.is_empty() {
            tls = tls.require_client_certificates(TlsRoots::pem(request.client_tls_cert));
        }
        server = server.tls(tls);
        pem_cert = creds.cert;
    }
    let running = server.start(SocketAddr::from((HOST, 0))).await?;
    let response = ServerCompatResponse {
        host: HOST.to_string(),
        port: running.local_addr().port().into(),
        pem_cert,
    };
    Ok((running, response))
}

/// Why there is no server.
#[derive(Debug)]
pub enum ServerError {
    /// It was to have what we don't.
    Unsupported(Unsupported),
    /// It was to show a certificate, and got none.
    NoCertificate,
    /// It doesn't start.
    Serve(ServeError),
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(what) => what.fmt(f),
            Self::NoCertificate => f.write_str("`use_tls` without `server_creds`"),
            Self::Serve(error) => error.fmt(f),
        }
    }
}

impl Error for ServerError {}

impl From<Unsupported> for ServerError {
    fn from(what: Unsupported) -> Self {
        Self::Unsupported(what)
    }
}

impl From<ServeError> for ServerError {
    fn from(error: ServeError) -> Self {
        Self::Serve(error)
    }
}
