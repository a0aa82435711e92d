//! The measured services on tonic, as a user would write them.

use bytes::Bytes;
use tokio_stream::StreamExt;
use tonic::codegen::BoxStream;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};

use self::bench::{Payload, SinkReply, StreamRequest, echo_server};
use self::helloworld::{HelloReply, HelloRequest, greeter_server};

mod helloworld {
    tonic::include_proto!("helloworld");
}

mod bench {
    tonic::include_proto!("bench");
}

struct Services;

#[tonic::async_trait]
impl greeter_server::Greeter for Services {
    async fn say_hello(
        &self,
        request: Request<HelloRequest>,
    ) -> Result<Response<HelloReply>, Status> {
        Ok(Response::new(HelloReply {
            message: format!("Hello {}!", request.get_ref().name),
        }))
    }

    async fn say_hello_later(
        &self,
        request: Request<HelloRequest>,
    ) -> Result<Response<HelloReply>, Status> {
        tokio::task::yield_now().await;
        self.say_hello(request).await
    }

    async fn say_hello_with_metadata(
        &self,
        request: Request<HelloRequest>,
    ) -> Result<Response<HelloReply>, Status> {
        let values = server_support::METADATA
            .iter()
            .filter_map(|key| request.metadata().get(*key)?.to_str().ok());
        let len: usize = values.map(str::len).sum();
        Ok(Response::new(HelloReply {
            message: format!("Hello {} of {len}!", request.get_ref().name),
        }))
    }
}

#[tonic::async_trait]
impl echo_server::Echo for Services {
    async fn echo(&self, request: Request<Payload>) -> Result<Response<Payload>, Status> {
        Ok(Response::new(request.into_inner()))
    }

    type StreamStream = BoxStream<Payload>;

    async fn stream(
        &self,
        request: Request<StreamRequest>,
    ) -> Result<Response<BoxStream<Payload>>, Status> {
        let request = request.into_inner();
        let payload = Bytes::from(vec![b'x'; request.size as usize]);
        let payloads = (0..request.count).map(move |_| Payload {
            payload: payload.clone(),
        });
        Ok(Response::new(Box::pin(
            tokio_stream::iter(payloads).map(Ok),
        )))
    }

    async fn sink(
        &self,
        request: Request<Streaming<Payload>>,
    ) -> Result<Response<SinkReply>, Status> {
        let mut payloads = request.into_inner();
        let mut reply = SinkReply::default();
        while let Some(Payload { payload }) = payloads.message().await? {
            reply.messages += 1;
            reply.bytes += payload.len() as u64;
        }
        Ok(Response::new(reply))
    }

    type PingPongStream = Streaming<Payload>;

    async fn ping_pong(
        &self,
        request: Request<Streaming<Payload>>,
    ) -> Result<Response<Streaming<Payload>>, Status> {
        Ok(Response::new(request.into_inner()))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    server_support::runtime().block_on(async {
        // What `serve(address)` does, but it tells its port.
        let incoming = TcpIncoming::bind(server_support::address())?.with_nodelay(Some(true));
        server_support::listening(incoming.local_addr()?);
        Server::builder()
            .add_service(greeter_server::GreeterServer::new(Services))
            .add_service(echo_server::EchoServer::new(Services))
            .serve_with_incoming(incoming)
            .await?;
        Ok(())
    })
}
