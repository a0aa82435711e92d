//! The smallest call with traitwire's client.

use client_support::{BoxError, Greeter};
use server_traitwire::{GreeterClient, HelloRequest};

#[derive(Clone)]
struct Client(GreeterClient);

impl Greeter for Client {
    async fn connect(port: u16) -> Result<Self, BoxError> {
        let client = GreeterClient::connect(format!("http://127.0.0.1:{port}")).await?;
        Ok(Self(client))
    }

    async fn greet(&mut self) -> Result<impl AsRef<[u8]> + Send, BoxError> {
        let request = HelloRequest {
            name: "world".to_owned(),
        };
        Ok(self.0.say_hello(request).await?.message)
    }
}

fn main() -> Result<(), BoxError> {
    client_support::run::<Client>()
}
