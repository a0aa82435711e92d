// Types are known by what they are, not by how they are spelt; `Streaming`, `Result` and `Context` by their last name.

use traitwire::{Message, Status, grpc_service};

#[derive(Message)]
struct Hello {
    #[proto(1)]
    name: Name,
}

type Name = String;
type Request = Hello;
type Reply = Box<Hello>;
type Result<T> = std::result::Result<T, Status>;
type Nothing = ();

mod streams {
    pub type Streaming<T> = traitwire::Streaming<T>;
}

#[grpc_service(package = "greet.v1")]
trait Greeter {
    async fn unboxed(&self, request: Request) -> Result<Hello>;
    async fn nothing(&self, _: Nothing) -> Result<Nothing>;
    async fn streams(&self, requests: streams::Streaming<Request>) -> Result<traitwire::Streaming<Hello>>;
    async fn by_alias(&self, request: Request) -> Result<Hello>;
    async fn context(&self, cx: traitwire::Context) -> std::result::Result<(), traitwire::Status>;
}

struct English;

impl Greeter for English {
    async fn unboxed(&self, request: Hello) -> Result<Hello> {
        let reply: Reply = Box::new(request);
        Ok(*reply)
    }

    async fn nothing(&self, _: ()) -> Result<()> {
        Ok(())
    }

    async fn streams(&self, requests: traitwire::Streaming<Hello>) -> Result<traitwire::Streaming<Hello>> {
        Ok(requests)
    }

    async fn by_alias(&self, request: Hello) -> Result<Hello> {
        Ok(request)
    }

    async fn context(&self, _: traitwire::Context) -> Result<()> {
        Ok(())
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let client = GreeterClient::local(English);
    let name = "you".to_owned();
    let reply = client.blocking().unboxed(Hello { name }).expect("a greeting");
    assert_eq!(reply.name, "you");
}
