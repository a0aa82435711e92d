//! `cargo run -p interop --bin conformance-server`
//!
//! The server of Connect's conformance tests: see `interop/README.md`. Reads from its standard input what it is to be like,
//! says on its standard output where it listens, and serves until it is told to stop (SIGTERM or Ctrl-C).

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use interop::conformance::{delimited, serve};
use tokio::io;

/// The server of Connect's conformance tests, to be started by their runner.
#[derive(Debug, Parser)]
struct Flags {
    /// How to compress responses, for clients that take it
    #[arg(long, value_enum, default_value_t = Compression::Gzip)]
    compression: Compression,

    /// Have hyper speak HTTP/2, instead of our own engine
    #[arg(long)]
    over_hyper: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Compression {
    Identity,
    Gzip,
    Zstd,
    Deflate,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Flags::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("conformance-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: Flags) -> Result<(), Box<dyn Error>> {
    let compression = match flags.compression {
        Compression::Identity => None,
        Compression::Gzip => Some(traitwire::Compression::Gzip),
        Compression::Zstd => Some(traitwire::Compression::Zstd),
        Compression::Deflate => Some(traitwire::Compression::Deflate),
    };
    let request = delimited::read(&mut io::stdin()).await?;
    let request = request.ok_or("nobody said on the standard input what to serve")?;
    let (running, response) = serve(request, compression, flags.over_hyper).await?;
    delimited::write(&mut io::stdout(), &response).await?;
    Ok(running.until_signal().await?)
}
