//! Several arguments, and values that are no messages, in every kind of trait.

#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub, unused_qualifications)]

use std::collections::HashMap;
use std::sync::Arc;

use traitwire::{Context, Enumeration, Message, OneOf, Status, Streaming, grpc_service};

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Enumeration)]
pub enum Language {
    /// It doesn't matter.
    Unspecified = 0,
    /// The one of the Danes.
    Danish = 1,
}

/// Whom to greet.
#[derive(Clone, Debug, OneOf)]
pub enum Who {
    /// By name.
    #[proto(2)]
    Name(String),
    /// By number.
    #[proto(3)]
    Number(u64),
}

/// A greeting.
#[derive(Clone, Debug, Message)]
pub struct Greeting {
    /// The words.
    #[proto(1)]
    pub text: String,
}

/// Greets.
#[grpc_service(package = "greet.v1", dyn)]
#[mockall::automock]
pub trait Greeter {
    /// Says hello.
    async fn say_hello(
        &self,
        /// In which language.
        #[proto(1)]
        language: Language,
        #[proto(oneof)] who: Option<Who>,
        #[proto(4, name = "titles")] r#type: Vec<String>,
        #[proto(5, key = sint)] counts: HashMap<i32, Greeting>,
        #[proto(6)]
        #[deprecated]
        times: u32,
        cx: Context,
    ) -> Result<String, Status>;
    /// The language that is spoken.
    #[proto(1)]
    async fn language(&self) -> Result<Language, Status>;
    /// Speaks all of these.
    async fn speak(&self, names: Streaming<Greeting>) -> Result<Option<Greeting>, Status>;
    /// Listens for as long.
    async fn listen(&self, mut seconds: f64) -> Result<Streaming<Greeting>, Status> {
        seconds += 1.0;
        Err(Status::unimplemented(seconds.to_string()))
    }
}

macro_rules! echo {
    ($trait:ident, $method:ident, $number:literal, $ty:ty, $request:literal) => {
        #[grpc_service(package = "echo.v1")]
        trait $trait {
            #[rpc(request = $request, response = "EchoReply")]
            async fn $method(
                &self,
                #[proto($number)] first: $ty,
                #[proto(2)] second: $ty,
            ) -> Result<$ty, Status>;
        }
    };
}

echo!(Echo, echo, 1, Vec<u8>, "Shout");

struct Wall;

impl Echo for Wall {
    async fn echo(&self, mut first: Vec<u8>, second: Vec<u8>) -> Result<Vec<u8>, Status> {
        first.extend(second);
        Ok(first)
    }
}

fn main() {
    let mut mock = MockGreeter::new();
    mock.expect_say_hello().times(1).returning(|language, who, titles, _, times, _| {
        Box::pin(async move { Ok(format!("{language:?} {who:?} {titles:?} {times}")) })
    });
    mock.expect_language()
        .times(1)
        .returning(|| Box::pin(async { Ok(Language::Danish) }));
    mock.expect_speak().returning(|_| Box::pin(async { Ok(None) }));
    let shared: Arc<dyn DynGreeter> = Arc::new(mock);
    let greeter = GreeterClient::local(shared).blocking();
    let titles = vec!["Fru".to_owned()];
    let hello = greeter
        .say_hello(Language::Danish, None, titles, HashMap::new(), 2, Context::default())
        .expect("a greeting");
    assert_eq!(hello, "Danish None [\"Fru\"] 2");
    assert_eq!(greeter.language().expect("a language"), Language::Danish);
    assert!(greeter.speak([]).expect("nothing").is_none());

    let echo = EchoClient::local(Wall).blocking();
    assert_eq!(echo.echo(vec![1], vec![2]).expect("an echo"), [1, 2]);
    assert_eq!(<Shout as Message>::DESCRIPTOR.name, "Shout");
    assert_eq!(<EchoReply as Message>::DESCRIPTOR.members.len(), 1);
}
