//! `cargo run -p interop --bin interop-server -- --port=10000`
//!
//! gRPC's interoperability test server: see `interop/README.md`. Prints its port when it listens, and serves until it is told
//! to stop (SIGTERM or Ctrl-C).

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Parser};
use interop::testing::{COMPRESSIONS, MAX_MESSAGE_LEN, TestServiceServer, Tests};
use traitwire::{Server, ServerTls};

/// The server of gRPC's interoperability tests.
#[derive(Debug, Parser)]
#[command(rename_all = "snake_case", args_override_self = true)]
struct Flags {
    /// The port to listen on; 0 for any that is free
    #[arg(long, default_value_t = 10000)]
    port: u16,

    /// The address to listen on
    #[arg(long, default_value_t = Ipv4Addr::UNSPECIFIED.into())]
    host: IpAddr,

    /// Speak TLS, with the certificate and the key of the two files
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, default_value_t, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    use_tls: bool,

    /// The server's certificate and those behind it, as PEM: server1.pem of gRPC's test_creds
    #[arg(long, required_if_eq("use_tls", "true"))]
    tls_cert_file: Option<PathBuf>,

    /// The key of the certificate, as PEM: server1.key of gRPC's test_creds
    #[arg(long, required_if_eq("use_tls", "true"))]
    tls_key_file: Option<PathBuf>,

    /// Have hyper speak HTTP/2, instead of our own engine
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, default_value_t, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    over_hyper: bool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let flags = Flags::parse();
    let mut server = Server::new()
        .accept_compressed(COMPRESSIONS)
        .send_compressed(COMPRESSIONS[0])
        .max_receive_message_len(MAX_MESSAGE_LEN)
        .add(TestServiceServer::new(Tests::new()));
    if flags.over_hyper {
        server = server.over_hyper();
    }
    if let (true, Some(chain), Some(key)) = (flags.use_tls, flags.tls_cert_file, flags.tls_key_file)
    {
        server = server.tls(ServerTls::files(chain, key));
    }
    let address = SocketAddr::new(flags.host, flags.port);
    let running = server.start(address).await?;
    let port = running.local_addr().port();
    // Who reads the port may well send the signal next.
    let stopped = running.until_signal();
    println!("{port}");
    Ok(stopped.await?)
}
