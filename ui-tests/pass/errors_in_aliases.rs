// An alias of `Result` may hide an error of one's own.

use traitwire::{GrpcError, Message, Status, Streaming, grpc_service};

#[derive(Message)]
struct Word {
    #[proto(1)]
    text: String,
}

#[derive(Debug)]
struct Refusal(Status);

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        Self(status)
    }
}

impl GrpcError for Refusal {
    fn into_status(self) -> Status {
        self.0
    }
}

type Result<T, E = Refusal> = std::result::Result<T, E>;

#[grpc_service(package = "greet.v1", dyn)]
trait Greeter {
    async fn say_hello(&self, word: Word) -> Result<Word>;
    async fn keep_greeting(&self, word: Word) -> Result<Streaming<Word>>;
    async fn listen(&self, words: Streaming<Word>) -> Result<Word, Status>;
}

struct Mute;

impl Greeter for Mute {
    async fn say_hello(&self, word: Word) -> Result<Word> {
        Err(Refusal(Status::not_found(word.text)))
    }

    async fn keep_greeting(&self, _: Word) -> Result<Streaming<Word>> {
        Err(Refusal(Status::not_found("no words")))
    }

    async fn listen(&self, _: Streaming<Word>) -> Result<Word, Status> {
        Err(Status::not_found("no ears"))
    }
}

fn main() {
    let client = GreeterClient::local(Mute).blocking();
    let refusal: Result<_> = client.say_hello(Word { text: "hello".to_owned() });
    assert_eq!(refusal.err().expect("a refusal").0.message(), "hello");
}
