// Methods with a body: servers that don't know them yet answer what it returns.

use traitwire::{Code, Context, Message, Status, Streaming, grpc_service};

#[derive(Clone, Debug, Message)]
struct Hello {
    #[proto(1)]
    name: String,
}

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn say_hello(&self, request: Hello) -> Result<Hello, Status>;

    async fn say_hello_twice(&self, mut request: Hello, _cx: Context) -> Result<Hello, Status> {
        if request.name.is_empty() {
            return Err(Status::invalid_argument("nobody is there"));
        }
        request = self.say_hello(request).await?;
        self.say_hello(request).await
    }

    async fn listen(&self, _: Streaming<Hello>) -> Result<Streaming<Hello>, Status> {
        Err(Status::unimplemented("not yet"))
    }

    async fn diverge(&self) -> Result<Hello, Status> {
        panic!("nobody calls this")
    }
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, request: Hello) -> Result<Hello, Status> {
        let name = format!("Hello {}", request.name);
        Ok(Hello { name })
    }
}

fn main() {
    let client = GreeterClient::local(English).blocking();
    let hello = |name: &str| Hello { name: name.to_owned() };
    let reply = client
        .say_hello_twice(hello("you"), Context::default())
        .expect("two greetings");
    assert_eq!(reply.name, "Hello Hello you");
    let error = client
        .say_hello_twice(hello(""), Context::default())
        .expect_err("no greeting");
    assert_eq!(error.code(), Code::InvalidArgument);
}
