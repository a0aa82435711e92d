//! `cargo run --release -p interop --bin soak -- --seconds=300`
//!
//! Makes calls for as long as it is told to, over connections that are cut and to a server that comes and goes: see
//! `interop/README.md`. Ends with 0 if no call was lost, run twice or hung, and nothing is left behind.

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::Parser;
use interop::soak::{Settings, run};

/// Calls of all kinds, over and over.
#[derive(Debug, Parser)]
struct Flags {
    /// How long to make calls
    #[arg(long, default_value_t = 60)]
    seconds: u64,

    /// What the dice start from [default: the time]
    #[arg(long)]
    seed: Option<u64>,

    /// Channels; every other one goes through a proxy that cuts connections
    #[arg(long, default_value_t = 8)]
    connections: usize,

    /// Calls that are open at a time
    #[arg(long, default_value_t = 64)]
    calls: usize,

    /// From one cut of a connection to the next, in milliseconds and on average; 0 for no cuts
    #[arg(long, default_value_t = 500)]
    cut_every_ms: u64,

    /// From one start of the server to the next, in milliseconds; 0 for one that stays
    #[arg(long, default_value_t = 3000)]
    restart_every_ms: u64,

    /// Have hyper speak HTTP/2 on the server, instead of our own engine
    #[arg(long)]
    over_hyper: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let flags = Flags::parse();
    let settings = Settings {
        time: Duration::from_secs(flags.seconds),
        seed: flags.seed.unwrap_or_else(seconds_since_1970),
        connections: flags.connections,
        calls: flags.calls,
        cut_every: Duration::from_millis(flags.cut_every_ms),
        restart_every: Duration::from_millis(flags.restart_every_ms),
        over_hyper: flags.over_hyper,
    };
    println!("--seed={}", settings.seed);
    match run(&settings).await {
        Ok(report) => {
            print!("{report}");
            match report.faults().is_empty() && report.calls() > 0 {
                true => ExitCode::SUCCESS,
                false => ExitCode::FAILURE,
            }
        }
        Err(error) => {
            eprintln!("soak: {error}");
            ExitCode::FAILURE
        }
    }
}

fn seconds_since_1970() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}
