//! A proxy that cuts connections: those of both sides at once, in the middle of whatever they say.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use super::dice::Dice;

/// The proxy, as long as it runs.
pub(super) struct Cutter {
    address: SocketAddr,
    cuts: Arc<AtomicU64>,
    stop: Arc<Notify>,
    running: JoinHandle<()>,
}

impl Cutter {
    /// Passes connections on to `server`, and cuts each after `cut_every` on average; none if that is zero.
    pub(super) async fn start(
        server: SocketAddr,
        cut_every: Duration,
        mut dice: Dice,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (cuts, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(Notify::new()));
        let (counter, stopped) = (Arc::clone(&cuts), Arc::clone(&stop));
        let running = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        // A connection that is gone already is no concern of ours.
                        let Ok((client, _)) = accepted else { continue };
                        let life = (!cut_every.is_zero()).then(|| dice.time(2 * cut_every));
                        let with_reset = dice.one_in(2);
                        let cuts = Arc::clone(&counter);
                        connections.spawn(async move {
                            if pass_on(client, server, life, with_reset).await {
                                cuts.fetch_add(1, Ordering::Relaxed);
                            }
                        });
                    }
                    Some(_) = connections.join_next() => {}
                    () = stopped.notified() => return,
                }
            }
        });
        Ok(Self {
            address,
            cuts,
            stop,
            running,
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it; how many connections it has cut.
    pub(super) async fn stop(self) -> u64 {
        self.stop.notify_one();
        // It ends well or not at all.
        let _ = self.running.await;
        self.cuts.load(Ordering::Relaxed)
    }
}

/// Whether the connection was cut.
async fn pass_on(
    mut client: TcpStream,
    server: SocketAddr,
    life: Option<Duration>,
    with_reset: bool,
) -> bool {
    // The server may be away.
    let Ok(mut server) = TcpStream::connect(server).await else {
        return false;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let cut = async {
        match life {
            Some(life) => sleep(life).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => false,
        () = cut => {
            if with_reset {
                // RST, where FIN would let the other side read what is left.
                let _ = (client.set_zero_linger(), server.set_zero_linger());
            }
            true
        }
    }
}
