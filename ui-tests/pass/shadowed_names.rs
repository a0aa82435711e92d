// The user's scope may call anything by any name.

#![allow(dead_code, non_camel_case_types)]

struct String;
struct Box;
struct Vec;
struct Arc;
struct Send;
struct Sync;
struct Sized;
struct Clone;
struct Debug;
struct Future;
struct IntoIterator;
enum Option {}
type S = Hello;
type T = Hello;
type Result<T> = ::std::result::Result<T, ::traitwire::Status>;
mod core {}
mod std {}
mod traitwire {}

#[derive(::traitwire::Message)]
struct Hello {
    #[proto(1)]
    buf: ::std::string::String,
    #[proto(2)]
    value: ::core::option::Option<u32>,
    #[proto(3)]
    tag: ::std::vec::Vec<i64>,
    #[proto(4)]
    ctx: ::std::collections::HashMap<u32, Language>,
    #[proto(oneof)]
    field: ::core::option::Option<Who>,
}

#[derive(::core::clone::Clone, ::core::marker::Copy, ::traitwire::Enumeration)]
enum Language {
    #[proto(0)]
    None,
    #[proto(1)]
    Some,
}

#[derive(::traitwire::OneOf)]
enum Who {
    #[proto(6)]
    Ok(::std::string::String),
    #[proto(7)]
    Err(i64),
}

#[::traitwire::grpc_service(package = "greet.v1", dyn)]
trait Greeter {
    async fn service(&self, service: S, call: ::traitwire::Context) -> Result<T>;
    async fn request(&self, request: ::traitwire::Streaming<S>, channel: ::traitwire::Context) -> Result<T>;
    async fn client(&self, method: S) -> Result<::traitwire::Streaming<T>>;
    async fn values(
        &self,
        #[proto(1)] service: i64,
        #[proto(2)] request: ::std::string::String,
        #[proto(3)] call: ::core::option::Option<T>,
        #[proto(4)] context: ::std::vec::Vec<S>,
        #[proto(5)] value: Language,
    ) -> Result<::core::option::Option<S>>;
    async fn ignored(&self, _: S, _: ::traitwire::Context) -> Result<()>;
    async fn mutable(&self, mut request: S) -> Result<()> {
        request.buf.clear();
        Ok(())
    }
}

fn main() {
    #[::traitwire::grpc_service]
    trait Local {
        async fn nothing(&self) -> Result<()>;
    }
    struct Nothing;
    impl Local for Nothing {
        async fn nothing(&self) -> Result<()> {
            Ok(())
        }
    }
    LocalClient::local(Nothing).blocking().nothing().expect("nothing");
}
