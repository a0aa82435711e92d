//! The measured services on connectrpc, as a user would write them.

use std::sync::Arc;

use connectrpc::{
    InboundStream, RequestContext, Response, Router, Server, ServiceRequest, ServiceResult,
    ServiceStream,
};
use futures_util::{StreamExt, stream};
use tokio::net::TcpListener;

use self::proto::bench::{Echo, EchoExt, Payload, SinkReply, StreamRequest};
use self::proto::helloworld::{Greeter, GreeterExt, HelloReply, HelloRequest};

#[allow(missing_docs, dead_code)]
mod proto {
    connectrpc::include_generated!("services.rs");
}

struct Services;

fn greeting(message: String) -> ServiceResult<HelloReply> {
    Response::ok(HelloReply {
        message,
        ..Default::default()
    })
}

#[expect(refining_impl_trait, reason = "as in connectrpc's examples")]
impl Greeter for Services {
    async fn say_hello(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, HelloRequest>,
    ) -> ServiceResult<HelloReply> {
        greeting(format!("Hello {}!", request.name))
    }

    async fn say_hello_later(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, HelloRequest>,
    ) -> ServiceResult<HelloReply> {
        tokio::task::yield_now().await;
        greeting(format!("Hello {}!", request.name))
    }

    async fn say_hello_with_metadata(
        &self,
        cx: RequestContext,
        request: ServiceRequest<'_, HelloRequest>,
    ) -> ServiceResult<HelloReply> {
        let values = server_support::METADATA
            .iter()
            .filter_map(|key| cx.headers().get(*key)?.to_str().ok());
        let len: usize = values.map(str::len).sum();
        greeting(format!("Hello {} of {len}!", request.name))
    }
}

#[expect(refining_impl_trait, reason = "as in connectrpc's examples")]
impl Echo for Services {
    async fn echo(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, Payload>,
    ) -> ServiceResult<Payload> {
        Response::ok(Payload {
            payload: request.payload.to_vec(),
            ..Default::default()
        })
    }

    async fn stream(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, StreamRequest>,
    ) -> ServiceResult<ServiceStream<Payload>> {
        let payload = vec![b'x'; request.size as usize];
        let payloads = (0..request.count).map(move |_| {
            Ok(Payload {
                payload: payload.clone(),
                ..Default::default()
            })
        });
        Response::stream_ok(stream::iter(payloads))
    }

    async fn sink(
        &self,
        _: RequestContext,
        mut payloads: InboundStream<Payload>,
    ) -> ServiceResult<SinkReply> {
        let mut reply = SinkReply::default();
        while let Some(payload) = payloads.next().await {
            reply.messages += 1;
            reply.bytes += payload?.view().payload.len() as u64;
        }
        Response::ok(reply)
    }

    async fn ping_pong(
        &self,
        _: RequestContext,
        payloads: InboundStream<Payload>,
    ) -> ServiceResult<ServiceStream<Payload>> {
        Response::stream_ok(payloads.map(|payload| payload.map(|it| it.to_owned_message())))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    server_support::runtime().block_on(async {
        let services = Arc::new(Services);
        let router = GreeterExt::register(services.clone(), Router::new());
        let router = EchoExt::register(services, router);
        // What `Server::serve` does, but it tells its port.
        let listener = TcpListener::bind(server_support::address()).await?;
        server_support::listening(listener.local_addr()?);
        Server::from_listener(listener).serve(router).await
    })
}
