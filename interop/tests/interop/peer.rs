//! Other people's clients and servers, as child processes.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

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
            .get_or_init(|| self.start_server())
            .clone()
    }

    /// Runs its client against a server, and checks that it went through all scenarios.
    pub(crate) fn run_client(self, server: SocketAddr) -> Result<(), String> {
        let mut client = self.command("client")?;
        let output = client
            .arg(server.to_string())
            .output()
            .map_err(|error| format!("{client:?}: {error}"))?;
        let stdout = String::from_utf8_lossy(&output.stdout);
        let done: Vec<_> = stdout
            .lines()
            .filter_map(|line| line.strip_prefix("ok "))
            .collect();
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            return Err(format!(
                "after {done:?} it ended with {}:\n{stderr}",
                output.status
            ));
        }
        assert_eq!(done, CLIENT_SCENARIOS);
        Ok(())
    }

    fn start_server(self) -> Result<SocketAddr, String> {
        let mut server = self.command("server")?;
        let child = server.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let Child { stdin, stdout, .. } = child.map_err(|error| format!("{server:?}: {error}"))?;
        // The server runs until its input ends. Nobody closes it but the system, when this process is gone.
        std::mem::forget(stdin);
        let mut port = String::new();
        if let Some(stdout) = stdout {
            BufReader::new(stdout)
                .read_line(&mut port)
                .map_err(|error| format!("{server:?}: {error}"))?;
        }
        match port.trim().parse() {
            Ok(port) => Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
            Err(_) => Err(format!("{server:?} printed {port:?}, which is no port")),
        }
    }

    fn command(self, role: &str) -> Result<Command, String> {
        let interop = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (program, script) = match self {
            Self::GrpcioSync => (python(interop), format!("python/{role}_sync.py")),
            Self::GrpcioAsyncio => (python(interop), format!("python/{role}_asyncio.py")),
            Self::GrpcJs => {
                require(&interop.join("node/node_modules/@grpc/grpc-js"))?;
                (PathBuf::from("node"), format!("node/{role}.js"))
            }
        };
        if program.is_absolute() {
            require(&program)?;
        }
        let mut command = Command::new(program);
        command.arg(interop.join(script));
        Ok(command)
    }
}

fn python(interop: &Path) -> PathBuf {
    interop.join("python/.venv/bin/python")
}

fn require(path: &Path) -> Result<(), String> {
    if path.exists() {
        Ok(())
    } else {
        Err(format!(
            "{} is missing; `cargo xtask test` installs it",
            path.display()
        ))
    }
}

/// What each client prints when it is through: the same in all languages.
const CLIENT_SCENARIOS: [&str; 17] = [
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
    "thousand_concurrent_calls",
    "unknown_method_and_service",
    "panic_hurts_no_other_call",
];
