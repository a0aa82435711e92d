//! Other people's gRPC, as child processes.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::process::{check_scenarios, interop, program, python, require, serve};

/// An implementation of gRPC that isn't ours.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Peer {
    /// Python, blocking.
    GrpcioSync,
    /// Python, asyncio.
    GrpcioAsyncio,
    /// Node.
    GrpcJs,
}

impl Peer {
    pub(crate) const ALL: [Self; 3] = [Self::GrpcioSync, Self::GrpcioAsyncio, Self::GrpcJs];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::GrpcioSync => "grpcio_sync",
            Self::GrpcioAsyncio => "grpcio_asyncio",
            Self::GrpcJs => "grpc_js",
        }
    }

    /// The address of its server, which all tests share.
    pub(crate) fn server(self) -> Result<SocketAddr, String> {
        static SERVERS: [OnceLock<Result<SocketAddr, String>>; 3] = [const { OnceLock::new() }; 3];
        SERVERS[self as usize]
            .get_or_init(|| serve(&mut self.command("server")?))
            .clone()
    }

    /// The address of a server of its own over TLS, with these files: a certificate to show and its key, and the roots of
    /// clients' certificates, if they need one.
    pub(crate) fn tls_server(self, files: &[PathBuf]) -> Result<SocketAddr, String> {
        serve(self.command("server")?.args(files))
    }

    /// As [`run_client`](Self::run_client), over TLS with these files: roots to trust, and a certificate to show with its
    /// key, if the server asks for one.
    pub(crate) fn run_tls_client(
        self,
        server: SocketAddr,
        files: &[PathBuf],
    ) -> Result<(), String> {
        let mut client = self.command("client")?;
        client.arg(server.to_string()).args(files);
        check_scenarios(&mut client, &CLIENT_SCENARIOS)
    }

    /// Runs its client against a server, and checks that it went through all scenarios.
    pub(crate) fn run_client(self, server: SocketAddr) -> Result<(), String> {
        let mut client = self.command("client")?;
        check_scenarios(client.arg(server.to_string()), &CLIENT_SCENARIOS)
    }

    fn command(self, role: &str) -> Result<Command, String> {
        match self {
            Self::GrpcioSync => python(&format!("{role}_sync.py")),
            Self::GrpcioAsyncio => python(&format!("{role}_asyncio.py")),
            Self::GrpcJs => {
                let node = interop().join("node");
                require(&node.join("node_modules/@grpc/grpc-js"))?;
                let mut command = program("node")?;
                command.arg(node.join(format!("{role}.js")));
                Ok(command)
            }
        }
    }
}

/// What each client prints when it is through: the same in all languages.
const CLIENT_SCENARIOS: [&str; 18] = [
    "unary",
    "server_stream",
    "client_stream",
    "bidi_stream",
    "server_ends_first",
    "every_kind_of_field",
    "empty",
    "metadata",
    "metadata_with_an_error",
    "status_with_a_unicode_message",
    "deadline",
    "client_cancels",
    "server_cancels",
    "large_messages",
    "compressed_messages",
    "thousand_concurrent_calls",
    "unknown_method_and_service",
    "panic_hurts_no_other_call",
];
