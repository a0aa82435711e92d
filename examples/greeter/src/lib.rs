//! The quickstart of grpc.io, as a Rust trait.
//!
//! ```sh
//! cargo run -p greeter --bin server
//! cargo run -p greeter --bin client -- Ferris
//! ```
//!
//! The file `protos/helloworld.proto` comes from this page, and is compatible with the one that the tutorials of all
//! languages use: their clients greet this server, and this client is greeted by theirs.

use traitwire::{Context, Message, Status, grpc_service};

/// Who wants to be greeted.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct HelloRequest {
    /// The name to greet.
    #[proto(1)]
    pub name: String,
}

/// The greeting.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct HelloReply {
    /// What is said to the one who asked.
    #[proto(1)]
    pub message: String,
}

/// Greets people.
#[grpc_service(package = "helloworld")]
pub trait Greeter {
    /// Sends a greeting.
    async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Status>;

    /// Sends another greeting, in the language that the metadata asks for.
    ///
    /// The language is read from `x-language`; the trailing metadata `x-greeted-in` tells which one it became.
    async fn say_hello_again(
        &self,
        request: HelloRequest,
        cx: Context,
    ) -> Result<HelloReply, Status>;
}

traitwire::protos! { dir = "../../protos", services = [Greeter] }

/// The greeter that this example serves: it speaks a few languages.
#[derive(Debug)]
pub struct Polyglot;

impl Greeter for Polyglot {
    async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Status> {
        if request.name.is_empty() {
            return Err(Status::invalid_argument(
                "whom shall I greet? `name` is empty",
            ));
        }
        Ok(HelloReply {
            message: format!("Hello {}", request.name),
        })
    }

    async fn say_hello_again(
        &self,
        request: HelloRequest,
        cx: Context,
    ) -> Result<HelloReply, Status> {
        let (language, hello_again) = match cx.metadata().get("x-language") {
            Some("de") => ("de", "Nochmals hallo"),
            Some("fr") => ("fr", "Rebonjour"),
            Some("ja") => ("ja", "またこんにちは"),
            _ => ("en", "Hello again"),
        };
        cx.add_trailing_metadata("x-greeted-in", language)?;
        Ok(HelloReply {
            message: format!("{hello_again}, {}", request.name),
        })
    }
}
