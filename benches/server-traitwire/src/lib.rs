//! The measured services on traitwire, as a user would write them, and their clients.

use bytes::Bytes;
use traitwire::{Context, Message, Status, Streaming, grpc_service};

/// Who wants to be greeted.
#[derive(Message)]
pub struct HelloRequest {
    #[proto(1)]
    /// Their name.
    pub name: String,
}

/// The greeting.
#[derive(Message)]
pub struct HelloReply {
    #[proto(1)]
    /// A sentence.
    pub message: String,
}

/// The smallest calls there are.
#[grpc_service(package = "helloworld")]
pub trait Greeter {
    /// Greets.
    async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Status>;
    /// Greets, but lets others go first.
    async fn say_hello_later(&self, request: HelloRequest) -> Result<HelloReply, Status>;
    /// Greets, reads five entries of metadata, and says how long they are.
    async fn say_hello_with_metadata(
        &self,
        request: HelloRequest,
        cx: Context,
    ) -> Result<HelloReply, Status>;
}

/// Bytes.
#[derive(Message)]
pub struct Payload {
    #[proto(1)]
    /// The bytes.
    pub payload: Bytes,
}

/// How much is wanted.
#[derive(Message)]
pub struct StreamRequest {
    #[proto(1)]
    /// How many messages.
    pub count: u32,
    #[proto(2)]
    /// How many bytes each.
    pub size: u32,
}

/// How much came.
#[derive(Message)]
pub struct SinkReply {
    #[proto(1)]
    /// How many messages.
    pub messages: u64,
    #[proto(2)]
    /// How many bytes in all of them.
    pub bytes: u64,
}

/// Messages of any size, and handlers that do next to nothing.
#[grpc_service(package = "bench")]
pub trait Echo {
    /// The request, as it came.
    async fn echo(&self, payload: Payload) -> Result<Payload, Status>;
    /// As many payloads as wanted, all alike.
    async fn stream(&self, request: StreamRequest) -> Result<Streaming<Payload>, Status>;
    /// Counts what it is sent.
    async fn sink(&self, payloads: Streaming<Payload>) -> Result<SinkReply, Status>;
    /// Each message back, as it comes.
    async fn ping_pong(&self, payloads: Streaming<Payload>) -> Result<Streaming<Payload>, Status>;
}

/// All of them.
#[derive(Clone)]
pub struct Services;

impl Greeter for Services {
    async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Status> {
        Ok(HelloReply {
            message: format!("Hello {}!", request.name),
        })
    }

    async fn say_hello_later(&self, request: HelloRequest) -> Result<HelloReply, Status> {
        tokio::task::yield_now().await;
        self.say_hello(request).await
    }

    async fn say_hello_with_metadata(
        &self,
        request: HelloRequest,
        cx: Context,
    ) -> Result<HelloReply, Status> {
        let metadata = cx.metadata();
        let values = server_support::METADATA
            .iter()
            .filter_map(|key| metadata.get(key));
        let len: usize = values.map(str::len).sum();
        Ok(HelloReply {
            message: format!("Hello {} of {len}!", request.name),
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

    async fn ping_pong(&self, payloads: Streaming<Payload>) -> Result<Streaming<Payload>, Status> {
        Ok(payloads)
    }
}
