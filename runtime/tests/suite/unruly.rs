//! Handlers that try their connection's patience, and the calls beside them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;
use traitwire::{Code, Status, grpc_service};

use super::server;
use crate::raw::*;

/// Handlers that nobody would write on purpose.
#[grpc_service(package = "unruly.v1")]
pub trait Unruly {
    /// Goes on until [`stop`](Unruly::stop), with a pause only where the runtime asks for one.
    async fn go_on(&self) -> Result<(), Status>;
    /// Computes, lets others go first, computes; and then blocks its thread until [`stop`](Unruly::stop).
    async fn compute(&self) -> Result<(), Status>;
    async fn stop(&self) -> Result<(), Status>;
    /// Waits for [`stop`](Unruly::stop).
    async fn wait(&self) -> Result<(), Status>;
    /// Waits for ever, and panics when it is dropped.
    async fn cling(&self) -> Result<(), Status>;
}

#[derive(Clone, Default)]
struct Handlers {
    stopped: Arc<AtomicBool>,
    stop: Arc<Notify>,
    at_work: Arc<Notify>,
}

impl Unruly for Handlers {
    async fn go_on(&self) -> Result<(), Status> {
        self.at_work.notify_one();
        while !self.stopped.load(Ordering::Relaxed) {
            tokio::task::consume_budget().await;
        }
        Ok(())
    }

    async fn compute(&self) -> Result<(), Status> {
        for _ in 0..2 {
            std::thread::sleep(Duration::from_millis(5));
            tokio::task::yield_now().await;
        }
        self.at_work.notify_one();
        while !self.stopped.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    async fn stop(&self) -> Result<(), Status> {
        self.stopped.store(true, Ordering::Relaxed);
        self.stop.notify_waiters();
        Ok(())
    }

    async fn wait(&self) -> Result<(), Status> {
        let stop = self.stop.notified();
        self.at_work.notify_one();
        stop.await;
        Ok(())
    }

    async fn cling(&self) -> Result<(), Status> {
        let _clinging = PanicsOnDrop;
        self.at_work.notify_one();
        std::future::pending().await
    }
}

struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("let me go on");
    }
}

async fn start(server: traitwire::Server) -> (traitwire::RunningServer, Handlers, UnrulyClient) {
    let handlers = Handlers::default();
    let server = server.add(UnrulyServer::new(handlers.clone()));
    let running = server.start("127.0.0.1:0").await.unwrap();
    let client = UnrulyClient::connect(running.local_addr()).await.unwrap();
    (running, handlers, client)
}

/// Ends what is at work on a connection by another call on it.
async fn stop(client: &UnrulyClient) {
    let stopped = timeout(Duration::from_secs(3), client.stop());
    stopped.await.expect("a call beside it").unwrap();
}

#[tokio::test]
async fn a_handler_that_always_goes_on_leaves_time_for_its_connection() {
    let (_running, handlers, client) = start(server()).await;
    let busy = tokio::spawn(client.clone().go_on().into_future());
    handlers.at_work.notified().await;
    stop(&client).await;
    busy.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_handler_that_computes_each_time_holds_its_neighbours_up_for_no_longer_than_twice() {
    let (_running, handlers, client) = start(server()).await;
    let busy = tokio::spawn(client.clone().compute().into_future());
    handlers.at_work.notified().await;
    stop(&client).await;
    busy.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_handler_that_panics_when_it_is_cancelled_ends_no_other_call() {
    let (_running, handlers, client) = start(server()).await;
    let neighbour = tokio::spawn(client.clone().wait().into_future());
    handlers.at_work.notified().await;
    let clinging = tokio::spawn(client.clone().cling().into_future());
    handlers.at_work.notified().await;
    clinging.abort();
    // The server has heard of it when it has answered.
    let other = client.clone();
    let status = other.cling().timeout(Duration::from_millis(50)).await;
    assert_eq!(status.unwrap_err().code(), Code::DeadlineExceeded);
    stop(&client).await;
    neighbour.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_handler_that_panics_when_its_time_is_up_is_answered_all_the_same() {
    for server in [server(), server().max_in_place(Duration::ZERO)] {
        let (running, _, _) = start(server).await;
        let mut client = RawClient::open(running.local_addr(), &[]).await;
        let block = call_block("/unruly.v1.Unruly/Cling", &[("grpc-timeout", "10m")]);
        client.send(&frame(HEADERS, END_HEADERS, 1, &block)).await;
        client.send(&data(1, END_STREAM, &framed(b""))).await;
        let answer = async {
            loop {
                let line = client.reader.line().await.expect("an open connection");
                // hyper knows of a task that panicked, and of nothing else.
                if line.contains("grpc-status=4") || line.starts_with("RST_STREAM 1:") {
                    break;
                }
            }
        };
        let answer = timeout(Duration::from_secs(3), answer);
        answer.await.expect("an answer");
        // And the connection goes on.
        client.ping().await;
    }
}

#[tokio::test]
async fn there_may_be_any_amount_of_time_in_place() {
    let (running, _, _) = start(server().max_in_place(Duration::MAX)).await;
    let mut client = RawClient::open(running.local_addr(), &[]).await;
    let block = call_block("/unruly.v1.Unruly/Stop", &[]);
    let calls = [1, 3, 5, 7].map(|id| {
        let head = frame(HEADERS, END_HEADERS, id, &block);
        [head, data(id, END_STREAM, &framed(b""))].concat()
    });
    client.send(&calls.concat()).await;
    client.until("HEADERS 7: grpc-status=0, end").await;
}
