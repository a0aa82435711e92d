//! A soak: calls of all kinds for as long as one likes, over connections that are cut and to a server that comes and goes,
//! of which none may be lost, run twice or hang, and which may leave nothing behind.
//!
//! Each call has a number. The server notes in a ledger which it begins and finishes, the client what it is told of each, and
//! the two have to agree:
//!
//! | the client is told | the server has begun it | and finished it |
//! |---|---|---|
//! | it succeeded | once | once |
//! | it was never sent | never | |
//! | anything else | at most once | at most once |
//!
//! What a call does is drawn by dice, which the seed decides; when things happen isn't.

mod cutter;
mod dice;
mod ledger;
mod load;
mod service;
mod watch;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use traitwire::{Channel, ConnectError, RunningServer, ServeError, Server};

use cutter::Cutter;
use dice::Dice;
use ledger::Ledger;
use load::{Tally, Worker};
use service::{SoakServiceServer, Soaked};
use watch::{Growth, Watch};

/// How long a soak goes on, and how hard.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long calls are made.
    pub time: Duration,
    /// What the dice start from.
    pub seed: u64,
    /// How many channels there are. Every other one goes through a proxy, which cuts connections.
    pub connections: usize,
    /// How many calls are open at a time.
    pub calls: usize,
    /// From one connection that is cut to the next, on average; never if zero.
    pub cut_every: Duration,
    /// From one start of the server to the next; it stays if zero.
    pub restart_every: Duration,
    /// Whether hyper speaks HTTP/2 on the server, instead of our own engine.
    pub over_hyper: bool,
}

/// Soaks.
///
/// # Errors
///
/// If there can be no server, proxy or channel. What went wrong in the soak is in the report.
pub async fn run(settings: &Settings) -> Result<Report, SoakError> {
    let before = Watch::now();
    let ledger = Arc::new(Ledger::new());
    let mut server = Restarted::start(settings, Arc::clone(&ledger)).await?;
    let dice = Dice::new(settings.seed);
    let cutter = Cutter::start(server.address, settings.cut_every, dice.split(u64::MAX)).await?;
    let mut channels = Vec::new();
    for number in 0..settings.connections.max(1) {
        let address = match number % 2 {
            0 => server.address,
            _ => cutter.address(),
        };
        channels.push(Channel::lazy(address)?);
    }
    let end = Instant::now() + settings.time;
    let mut workers = JoinSet::new();
    for number in 0..settings.calls.max(1) {
        let worker = Worker {
            ledger: Arc::clone(&ledger),
            channel: channels[number % channels.len()].clone(),
            dice: dice.split(number as u64),
            end,
        };
        workers.spawn(worker.work());
    }
    let mut growth = Growth::default();
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let mut tally = Tally::default();
    let mut restart = Instant::now() + settings.restart_every;
    let mut restarts = 0;
    loop {
        tokio::select! {
            ended = workers.join_next() => match ended {
                Some(ended) => tally.add(ended.map_err(io::Error::other)?),
                None => break,
            },
            _ = second.tick() => growth.note(),
            () = tokio::time::sleep_until(restart), if !settings.restart_every.is_zero() => {
                server.restart().await?;
                restarts += 1;
                restart = Instant::now() + settings.restart_every;
            }
        }
    }
    let cuts = cutter.stop().await;
    drop(channels);
    server.stop().await;
    let mut faults = ledger.close();
    faults.append(&mut tally.faults);
    if let Some(fault) = growth.fault() {
        faults.push(fault);
    }
    // What nobody needs any more may take a moment to go.
    let settled = timeout(SETTLING, async {
        while Watch::now().exceeds(&before) {
            sleep(Duration::from_millis(10)).await;
        }
    });
    let settled = settled.await;
    let after = Watch::now();
    if settled.is_err() {
        faults.push(format!("left behind: before {before}, after {after}"));
    }
    Ok(Report {
        tally,
        faults,
        cuts,
        restarts,
        growth,
        before,
        after,
    })
}

/// A server that comes and goes, always in the same place.
struct Restarted {
    address: SocketAddr,
    running: Option<RunningServer>,
    ledger: Arc<Ledger>,
    over_hyper: bool,
}

impl Restarted {
    async fn start(settings: &Settings, ledger: Arc<Ledger>) -> Result<Self, SoakError> {
        let mut server = Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            running: None,
            ledger,
            over_hyper: settings.over_hyper,
        };
        server.come().await?;
        Ok(server)
    }

    async fn come(&mut self) -> Result<(), SoakError> {
        let ledger = Arc::clone(&self.ledger);
        let server = Server::new().add(SoakServiceServer::new(Soaked { ledger }));
        let server = match self.over_hyper {
            true => server.over_hyper(),
            false => server,
        };
        let running = server.start(self.address).await?;
        self.address = running.local_addr();
        self.running = Some(running);
        Ok(())
    }

    async fn restart(&mut self) -> Result<(), SoakError> {
        self.stop().await;
        self.come().await
    }

    /// Lets calls finish, but not for long.
    async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.shutdown_within(DRAIN);
            running.wait().await;
        }
    }
}

/// What became of a soak.
#[derive(Debug)]
pub struct Report {
    tally: Tally,
    faults: Vec<String>,
    cuts: u64,
    restarts: u64,
    growth: Growth,
    before: Watch,
    after: Watch,
}

impl Report {
    /// What went wrong, in words; nothing if all is well.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    /// How many calls were made.
    pub fn calls(&self) -> u64 {
        self.tally.calls()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.tally)?;
        writeln!(
            f,
            "{} connections cut, {} restarts of the server",
            self.cuts, self.restarts
        )?;
        writeln!(f, "memory: {}", self.growth)?;
        writeln!(f, "before: {}; after: {}", self.before, self.after)?;
        for fault in &self.faults {
            writeln!(f, "FAULT: {fault}")?;
        }
        Ok(())
    }
}

/// Why there is no soak.
#[derive(Debug)]
pub enum SoakError {
    /// The server doesn't start.
    Serve(ServeError),
    /// A channel can't be made.
    Channel(ConnectError),
    /// The system doesn't give what is needed.
    Io(io::Error),
}

impl fmt::Display for SoakError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serve(error) => error.fmt(f),
            Self::Channel(error) => error.fmt(f),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SoakError {}

impl From<ServeError> for SoakError {
    fn from(error: ServeError) -> Self {
        Self::Serve(error)
    }
}

impl From<ConnectError> for SoakError {
    fn from(error: ConnectError) -> Self {
        Self::Channel(error)
    }
}

impl From<io::Error> for SoakError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// How long the calls of a server that goes may take.
const DRAIN: Duration = Duration::from_millis(500);

/// How long tasks and sockets may take to go after the last call.
const SETTLING: Duration = Duration::from_secs(10);
