// Services of several types in one place.

use std::fmt::Debug;
use std::sync::Arc;

use traitwire::{Message, Status, Streaming, grpc_service};

#[derive(Message)]
struct Hello {
    #[proto(1)]
    name: String,
}

#[grpc_service(package = "greet.v1", dyn)]
trait Greeter: Debug {
    async fn say_hello(&self, request: Hello) -> Result<Hello, Status>;
    async fn listen(&self, requests: Streaming<Hello>) -> Result<Streaming<Hello>, Status> {
        Ok(requests)
    }
}

#[derive(Debug)]
struct English;

#[derive(Debug)]
struct Danish;

impl Greeter for English {
    async fn say_hello(&self, request: Hello) -> Result<Hello, Status> {
        let name = format!("Hello {}", request.name);
        Ok(Hello { name })
    }
}

impl Greeter for Danish {
    async fn say_hello(&self, request: Hello) -> Result<Hello, Status> {
        let name = format!("Hej {}", request.name);
        Ok(Hello { name })
    }
}

fn greet(greeter: impl Greeter) -> String {
    let client = GreeterClient::local(greeter);
    let name = "du".to_owned();
    client.blocking().say_hello(Hello { name }).expect("a greeting").name
}

fn main() {
    let greeters: [Arc<dyn DynGreeter>; 3] = [
        Arc::new(English),
        Arc::new(Danish),
        Arc::new(GreeterClient::local(Danish)),
    ];
    let greetings = greeters.map(greet);
    assert_eq!(greetings, ["Hello du", "Hej du", "Hej du"]);
}
