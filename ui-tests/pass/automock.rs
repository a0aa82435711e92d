// Attributes below `#[grpc_service]` see the trait as it is emitted.

use mockall::automock;
use traitwire::{Context, Message, Status, Streaming, grpc_service};

#[derive(Message)]
struct Hello {
    #[proto(1)]
    name: String,
}

#[grpc_service(package = "greet.v1")]
#[automock]
trait Greeter {
    #[rpc(idempotent)]
    async fn say_hello(&self, request: Hello, cx: Context) -> Result<Hello, Status>;
    async fn listen(&self, requests: Streaming<Hello>) -> Result<Streaming<Hello>, Status>;
}

fn main() {
    let mut mock = MockGreeter::new();
    mock.expect_say_hello()
        .times(1)
        .returning(|request, _| Box::pin(async { Ok(request) }));
    let client = GreeterClient::local(mock);
    let name = "you".to_owned();
    let reply = client
        .blocking()
        .say_hello(Hello { name }, Context::default())
        .expect("a greeting");
    assert_eq!(reply.name, "you");
}
