//! What the measured clients have in common: how they are started, and told to call.
//!
//! A client calls `SayHello` at the port that `PORT` says, on as many connections and with as many calls under way on each
//! as `CONNECTIONS` and `STREAMS` say. It prints `ready`; then, for each line with a number on standard input, it makes
//! so many calls and prints `done` and that number.

use std::error::Error;
use std::future::Future;
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A client with a connection.
pub trait Greeter: Clone + Send + Sync + 'static {
    /// Connects to a server on this machine.
    fn connect(port: u16) -> impl Future<Output = Result<Self, BoxError>> + Send;

    /// Calls `SayHello` for `world`; gives the greeting.
    fn greet(&mut self) -> impl Future<Output = Result<impl AsRef<[u8]> + Send, BoxError>> + Send;
}

/// Whatever keeps a call from being answered.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Does what standard input says.
///
/// # Errors
///
/// If a call isn't answered, or not rightly.
pub fn run<G: Greeter>() -> Result<(), BoxError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let (port, connections, streams) = (
        setting("PORT")?,
        setting("CONNECTIONS")?,
        setting::<usize>("STREAMS")?,
    );
    let mut greeters = Vec::new();
    for _ in 0..connections {
        greeters.push(runtime.block_on(G::connect(port))?);
    }
    say("ready")?;
    for line in std::io::stdin().lock().lines() {
        let calls = line?.parse()?;
        runtime.block_on(call(&greeters, streams, calls))?;
        say(&format!("done {calls}"))?;
    }
    Ok(())
}

async fn call<G: Greeter>(greeters: &[G], streams: usize, calls: u64) -> Result<(), BoxError> {
    let made = Arc::new(AtomicU64::new(0));
    let mut tasks = Vec::new();
    for greeter in greeters {
        for _ in 0..streams {
            let (mut greeter, made) = (greeter.clone(), Arc::clone(&made));
            tasks.push(tokio::spawn(async move {
                while made.fetch_add(1, Relaxed) < calls {
                    if greeter.greet().await?.as_ref() != b"Hello world!" {
                        return Err(BoxError::from("that is no greeting"));
                    }
                }
                Ok(())
            }));
        }
    }
    for task in tasks {
        task.await??;
    }
    Ok(())
}

fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

fn setting<T: std::str::FromStr<Err: Error + Send + Sync + 'static>>(
    name: &str,
) -> Result<T, BoxError> {
    Ok(std::env::var(name)?.parse()?)
}
