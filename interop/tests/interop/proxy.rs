//! Other people's HTTP/2 between a client and a server.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use crate::process::{free_port, in_venv, interop, localhost, program, serve_until_ready};

/// A proxy that passes calls on, from HTTP/2 to HTTP/2.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Proxy {
    /// nghttp2's.
    Nghttpx,
    /// What most meshes are made of.
    Envoy,
}

impl Proxy {
    pub(crate) const ALL: [Self; 2] = [Self::Nghttpx, Self::Envoy];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nghttpx => "nghttpx",
            Self::Envoy => "envoy",
        }
    }

    /// Starts one in front of a server; its address.
    pub(crate) fn before(self, server: SocketAddr) -> Result<SocketAddr, String> {
        match self {
            Self::Nghttpx => nghttpx(server),
            Self::Envoy => envoy(server),
        }
    }
}

/// With small windows on both sides. It knows padding, too, but grpcio takes padding for header fields.
fn nghttpx(server: SocketAddr) -> Result<SocketAddr, String> {
    let mut attempts = 1;
    loop {
        let port = free_port()?;
        let mut nghttpx = program("nghttpx")?;
        nghttpx.args(["--conf=/dev/null", "--log-level=NOTICE", "--workers=1"]);
        nghttpx.arg(format!("--frontend=127.0.0.1,{port};no-tls"));
        nghttpx.arg(format!("--backend=127.0.0.1,{};;proto=h2", server.port()));
        nghttpx.args([
            "--frontend-http2-max-concurrent-streams=2000",
            "--backend-http2-max-concurrent-streams=2000",
            "--frontend-http2-window-size=10000",
            "--backend-http2-window-size=10000",
        ]);
        match serve_until_ready(&nghttpx, "Listening on ") {
            Ok(_) => return Ok(localhost(port)),
            // Somebody else may have got the port by now.
            Err(_) if attempts < 3 => attempts += 1,
            Err(error) => return Err(error),
        }
    }
}

/// As it is by default, but for limits that tests go beyond.
fn envoy(server: SocketAddr) -> Result<SocketAddr, String> {
    let config = interop().join("proxies/envoy.yaml");
    let config = fs::read_to_string(&config).map_err(|error| format!("{config:?}: {error}"))?;
    let mut envoy = Command::new(in_venv("envoy")?);
    envoy.args(["--disable-hot-restart", "--concurrency", "1"]);
    envoy.arg("--config-yaml");
    envoy.arg(config.replace("BACKEND_PORT", &server.port().to_string()));
    let said = serve_until_ready(&envoy, "starting main dispatch loop")?;
    let admin = said
        .iter()
        .find_map(|line| line.split_once("admin address: "))
        .ok_or("Envoy didn't say where its admin page is")?;
    let listeners = page(admin.1, "/listeners").map_err(|error| format!("{admin:?}: {error}"))?;
    listeners
        .lines()
        .find_map(|line| line.strip_prefix("front::")?.parse().ok())
        .ok_or_else(|| format!("Envoy didn't say where it listens: {listeners}"))
}

fn page(address: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    )?;
    let mut page = String::new();
    stream.read_to_string(&mut page)?;
    Ok(page)
}
