// Whoever takes an `impl Greeter` takes a server's type, a client, and an `Arc` of either.

use std::sync::Arc;

use traitwire::{Message, Status, grpc_service};

#[derive(Message)]
struct Hello {
    #[proto(1)]
    name: String,
}

trait Loud {}

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self, request: Hello) -> Result<Hello, Status>;
}

// The client isn't `Loud`, so that it isn't a `Shouter`; everything else is there.
#[grpc_service(package = "greet.v1")]
trait Shouter: Loud {
    async fn shout(&self, request: Hello) -> Result<Hello, Status>;
}

struct English;

impl Loud for English {}

impl Greeter for English {
    async fn say_hello(&self, request: Hello) -> Result<Hello, Status> {
        Ok(request)
    }
}

impl Shouter for English {
    async fn shout(&self, request: Hello) -> Result<Hello, Status> {
        Ok(request)
    }
}

struct Twice<G>(G);

impl<G: Greeter> Greeter for Twice<G> {
    async fn say_hello(&self, request: Hello) -> Result<Hello, Status> {
        let request = self.0.say_hello(request).await?;
        self.0.say_hello(request).await
    }
}

fn main() {
    let near = Arc::new(English);
    let far = GreeterClient::local(near);
    let farther = GreeterClient::local(Twice(far));
    let name = "you".to_owned();
    let reply = farther.blocking().say_hello(Hello { name }).expect("a greeting");
    assert_eq!(reply.name, "you");
    let _shouter = ShouterClient::local(English);
}
