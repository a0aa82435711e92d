//! The service that is soaked: it notes what it does, sends back what it gets, and takes its time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::sleep;
use traitwire::{Message, Status, Streaming, grpc_service};

use super::ledger::Ledger;

/// What to do.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct Work {
    /// The number of the call.
    #[proto(1)]
    pub id: u64,
    /// To be sent back.
    #[proto(2)]
    pub payload: Bytes,
    /// Microseconds to wait before each response.
    #[proto(3)]
    pub pause_us: u64,
    /// How many responses to send, where there may be many.
    #[proto(4)]
    pub responses: u64,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct Done {
    /// The number of the call.
    #[proto(1)]
    pub id: u64,
    /// What came, or the last of it.
    #[proto(2)]
    pub payload: Bytes,
    /// How many requests there were so far.
    #[proto(3)]
    pub requests: u64,
}

/// Calls of all kinds. The two ends are one program, so it isn't exported.
#[grpc_service(package = "interop.soak.v1")]
pub trait SoakService {
    /// One message each way.
    async fn unary(&self, work: Work) -> Result<Done, Status>;
    /// As many responses as it is told to.
    async fn server_stream(&self, work: Work) -> Result<Streaming<Done>, Status>;
    /// One response after all requests.
    async fn client_stream(&self, work: Streaming<Work>) -> Result<Done, Status>;
    /// A response for each request.
    async fn bidi_stream(&self, work: Streaming<Work>) -> Result<Streaming<Done>, Status>;
}

/// The service.
#[derive(Clone)]
pub(super) struct Soaked {
    pub(super) ledger: Arc<Ledger>,
}

impl SoakService for Soaked {
    async fn unary(&self, work: Work) -> Result<Done, Status> {
        self.ledger.begin(work.id);
        pause(work.pause_us).await;
        self.ledger.finish(work.id);
        Ok(done(work, 1))
    }

    async fn server_stream(&self, work: Work) -> Result<Streaming<Done>, Status> {
        let ledger = Arc::clone(&self.ledger);
        ledger.begin(work.id);
        Ok(Streaming::generate(move |out| async move {
            for _ in 0..work.responses {
                pause(work.pause_us).await;
                out.send(done(work.clone(), 1)).await?;
            }
            ledger.finish(work.id);
            Ok(())
        }))
    }

    async fn client_stream(&self, mut work: Streaming<Work>) -> Result<Done, Status> {
        let Some(mut last) = work.message().await? else {
            return Err(Status::invalid_argument("nothing to do"));
        };
        self.ledger.begin(last.id);
        let mut requests = 1;
        while let Some(more) = work.message().await? {
            last = more;
            requests += 1;
        }
        pause(last.pause_us).await;
        self.ledger.finish(last.id);
        Ok(done(last, requests))
    }

    async fn bidi_stream(&self, mut work: Streaming<Work>) -> Result<Streaming<Done>, Status> {
        let ledger = Arc::clone(&self.ledger);
        Ok(Streaming::generate(move |out| async move {
            let (mut id, mut requests) = (None, 0);
            while let Some(next) = work.message().await? {
                if id.replace(next.id).is_none() {
                    ledger.begin(next.id);
                }
                requests += 1;
                pause(next.pause_us).await;
                out.send(done(next, requests)).await?;
            }
            if let Some(id) = id {
                ledger.finish(id);
            }
            Ok(())
        }))
    }
}

fn done(work: Work, requests: u64) -> Done {
    Done {
        id: work.id,
        payload: work.payload,
        requests,
    }
}

async fn pause(us: u64) {
    if us > 0 {
        sleep(Duration::from_micros(us)).await;
    }
}
