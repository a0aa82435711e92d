// A crate that denies every warning and wants docs everywhere has none of its own to write.

//! Greetings.

#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    rust_2018_idioms,
    unsafe_code
)]

/// Greetings in version 1.
pub mod v1 {
    use traitwire::{Context, Enumeration, Message, OneOf, Status, Streaming, grpc_service};

    /// Whom to greet.
    #[derive(Clone, Debug, Message)]
    pub struct Hello {
        /// In which language.
        #[proto(1)]
        pub language: Language,
        /// Whom.
        #[proto(oneof)]
        pub who: Option<Who>,
    }

    /// A language.
    #[derive(Clone, Copy, Debug, Enumeration)]
    pub enum Language {
        /// It doesn't matter.
        #[proto(0)]
        Unspecified,
        /// Another one.
        #[proto(other)]
        Other(i32),
    }

    /// Whom to greet.
    #[derive(Clone, Debug, OneOf)]
    pub enum Who {
        /// By name.
        #[proto(2)]
        Name(String),
        /// Everybody.
        #[proto(3)]
        Everybody,
    }

    /// Greets.
    #[grpc_service(package = "greet.v1", dyn, deprecated)]
    #[deprecated = "be silent"]
    pub trait Greeter {
        /// Says hello.
        ///
        /// # Errors
        ///
        /// When nobody is there.
        async fn say_hello(&self, request: Hello, cx: Context) -> Result<Hello, Status>;
        /// Listens.
        #[deprecated = "nobody says anything"]
        async fn listen(&self, requests: Streaming<Hello>) -> Result<Streaming<Hello>, Status> {
            Ok(requests)
        }
        /// Says nothing.
        #[rpc(idempotent)]
        async fn nothing(&self) -> Result<(), Status>;
    }

    /// Never called.
    #[grpc_service(package = "greet.v1")]
    pub(crate) trait Internal {
        async fn nothing(&self) -> Result<(), Status>;
    }
}

fn main() {
    struct Silent;
    impl v1::Internal for Silent {
        async fn nothing(&self) -> Result<(), traitwire::Status> {
            Ok(())
        }
    }
    v1::InternalClient::local(Silent).blocking().nothing().expect("nothing");
}
