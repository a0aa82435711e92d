//! `cargo run -p interop --bin conformance-client`
//!
//! The client of Connect's conformance tests: see `interop/README.md`. Reads from its standard input which calls to make,
//! says on its standard output what became of each, and ends after the last one.

use std::error::Error;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::available_parallelism;

use clap::Parser;
use interop::conformance::{Calls, delimited};
use tokio::io;
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;

/// The client of Connect's conformance tests, to be started by their runner.
#[derive(Debug, Parser)]
struct Flags {
    /// How many calls to make at a time [default: four for each core]
    #[arg(short, long)]
    parallel: Option<NonZeroUsize>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Flags::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("conformance-client: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: Flags) -> Result<(), Box<dyn Error>> {
    let parallel = match flags.parallel {
        Some(parallel) => parallel.get(),
        None => 4 * available_parallelism()?.get(),
    };
    let room = Arc::new(Semaphore::new(parallel.min(Semaphore::MAX_PERMITS)));
    let calls = Arc::new(Calls::new());
    let output = Arc::new(Mutex::new(io::stdout()));
    let mut running = JoinSet::new();
    let mut input = io::stdin();
    while let Some(request) = delimited::read(&mut input).await? {
        while let Some(ended) = running.try_join_next() {
            ended??;
        }
        let permit = Arc::clone(&room).acquire_owned().await?;
        let (calls, output) = (Arc::clone(&calls), Arc::clone(&output));
        running.spawn(async move {
            let response = calls.call(request).await;
            drop(permit);
            delimited::write(&mut *output.lock().await, &response).await
        });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok(())
}
