// Rust's keywords are ordinary names in protobuf.

use traitwire::{Enumeration, Message, OneOf, Status, grpc_service};

#[derive(Message)]
struct Hello {
    #[proto(1)]
    r#type: Type,
    #[proto(oneof)]
    r#move: Option<r#Move>,
}

#[derive(Clone, Copy, Enumeration)]
enum Type {
    #[proto(0)]
    r#None,
}

#[derive(OneOf)]
enum r#Move {
    #[proto(2)]
    r#Box(String),
}

#[grpc_service(package = "greet.v1", dyn)]
trait r#Greeter {
    async fn r#match(&self, r#in: Hello) -> Result<Hello, Status>;
}

struct English;

impl Greeter for English {
    async fn r#match(&self, r#in: Hello) -> Result<Hello, Status> {
        Ok(r#in)
    }
}

fn main() {
    assert_eq!(Greeter.methods[0].path, "/greet.v1.Greeter/Match");
    let hello = Hello {
        r#type: Type::None,
        r#move: Some(Move::Box(String::new())),
    };
    GreeterClient::local(English)
        .blocking()
        .r#match(hello)
        .expect("a greeting");
}
