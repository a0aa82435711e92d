// The runtime may be found elsewhere: another crate re-exports it, and nobody else depends on it.

mod facade {
    pub mod rpc {
        pub use traitwire::*;
    }
}

use facade::rpc::{Enumeration, Message, OneOf, Status, grpc_service};

#[derive(Message)]
#[proto(crate = crate::facade::rpc)]
struct Hello {
    #[proto(1)]
    language: Language,
    #[proto(oneof)]
    who: Option<Who>,
}

#[derive(Clone, Copy, Enumeration)]
#[proto(crate = crate::facade::rpc)]
enum Language {
    #[proto(0)]
    Unspecified,
}

#[derive(OneOf)]
#[proto(crate = crate::facade::rpc)]
enum Who {
    #[proto(2)]
    Name(String),
}

#[grpc_service(package = "greet.v1", crate = crate::facade::rpc)]
trait Greeter {
    async fn say_hello(&self, request: Hello) -> Result<Hello, Status>;
}

#[grpc_service(package = "greet.v1", crate = "crate::facade::rpc", dyn)]
trait Quoted {
    async fn say_hello(&self, request: Hello) -> Result<Hello, Status>;
    async fn count(&self, #[proto(1)] language: Language, #[proto(2)] number: u32) -> Result<u32, Status> {
        let _ = language;
        Ok(number)
    }
}

struct English;

impl Greeter for English {
    async fn say_hello(&self, request: Hello) -> Result<Hello, Status> {
        Ok(request)
    }
}

impl Quoted for English {
    async fn say_hello(&self, request: Hello) -> Result<Hello, Status> {
        Ok(request)
    }
}

fn main() {
    let _server = GreeterServer::new(English);
    let client = GreeterClient::local(English);
    let who = Some(Who::Name("you".to_owned()));
    let language = Language::Unspecified;
    client
        .blocking()
        .say_hello(Hello { language, who })
        .expect("a greeting");
}
