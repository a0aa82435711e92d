//! The smallest call with tonic's client.

use client_support::{BoxError, Greeter};
use tonic::transport::{Channel, Endpoint};

use self::helloworld::HelloRequest;
use self::helloworld::greeter_client::GreeterClient;

mod helloworld {
    tonic::include_proto!("helloworld");
}

#[derive(Clone)]
struct Client(GreeterClient<Channel>);

impl Greeter for Client {
    async fn connect(port: u16) -> Result<Self, BoxError> {
        let channel = Endpoint::from_shared(format!("http://127.0.0.1:{port}"))?
            .connect()
            .await?;
        Ok(Self(GreeterClient::new(channel)))
    }

    async fn greet(&mut self) -> Result<impl AsRef<[u8]> + Send, BoxError> {
        let request = HelloRequest {
            name: "world".to_owned(),
        };
        Ok(self.0.say_hello(request).await?.into_inner().message)
    }
}

fn main() -> Result<(), BoxError> {
    client_support::run::<Client>()
}
