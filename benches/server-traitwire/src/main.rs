//! The measured services on traitwire, as a user would write them.

use bytes::Bytes;
use traitwire::{Message, Server, Status, Streaming, grpc_service};

/// Who wants to be greeted.
#[derive(Message)]
struct HelloRequest {
    #[proto(1)]
    name: String,
}

/// The greeting.
#[derive(Message)]
struct HelloReply {
    #[proto(1)]
    message: String,
}

/// The smallest call there is.
#[grpc_service(package = "helloworld")]
trait Greeter {
    /// Greets.
    async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Status>;
}

/// Bytes.
#[derive(Message)]
struct Payload {
    #[proto(1)]
    payload: Bytes,
}

/// How much is wanted.
#[derive(Message)]
struct StreamRequest {
    #[proto(1)]
    count: u32,
    #[proto(2)]
    size: u32,
}

/// How much came.
#[derive(Message)]
struct SinkReply {
    #[proto(1)]
    messages: u64,
    #[proto(2)]
    bytes: u64,
}

/// Messages of any size, and handlers that do next to nothing.
#[grpc_service(package = "bench")]
trait Echo {
    /// The request, as it came.
    async fn echo(&self, payload: Payload) -> Result<Payload, Status>;
    /// As many payloads as wanted, all alike.
    async fn stream(&self, request: StreamRequest) -> Result<Streaming<Payload>, Status>;
    /// Counts what it is sent.
    async fn sink(&self, payloads: Streaming<Payload>) -> Result<SinkReply, Status>;
}

struct Services;

impl Greeter for Services {
    async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Status> {
        Ok(HelloReply {
            message: format!("Hello {}!", request.name),
        })
    }
}

impl Echo for Services {
    async fn echo(&self, payload: Payload) -> Result<Payload, Status> {
        Ok(payload)
    }

    async fn stream(&self, request: StreamRequest) -> Result<Streaming<Payload>, Status> {
        let payload = Bytes::from(vec![b'x'; request.size as usize]);
        Ok(Streaming::from_iter((0..request.count).map(move |_| {
            Payload {
                payload: payload.clone(),
            }
        })))
    }

    async fn sink(&self, mut payloads: Streaming<Payload>) -> Result<SinkReply, Status> {
        let mut reply = SinkReply {
            messages: 0,
            bytes: 0,
        };
        while let Some(Payload { payload }) = payloads.message().await? {
            reply.messages += 1;
            reply.bytes += payload.len() as u64;
        }
        Ok(reply)
    }
}

fn main() -> traitwire::Result<()> {
    server_support::runtime().block_on(async {
        let server = Server::new()
            .add(GreeterServer::new(Services))
            .add(EchoServer::new(Services))
            .start(server_support::address())
            .await?;
        server_support::listening(server.local_addr());
        server.wait().await;
        Ok(())
    })
}
