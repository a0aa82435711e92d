// A method may be called what methods of other traits are called, those that take `self` by value included.

use traitwire::{Message, Status, grpc_service};

#[derive(Message)]
struct Word {
    #[proto(1)]
    text: String,
}

#[grpc_service(package = "convert.v1", dyn)]
trait Converter {
    async fn into(&self, word: Word) -> Result<Word, Status>;
    async fn try_into(&self) -> Result<(), Status>;
    async fn clone(&self, word: Word) -> Result<Word, Status>;
    async fn fmt(&self, f: Word) -> Result<Word, Status>;
    async fn borrow(&self) -> Result<Word, Status>;
}

struct Echo;

impl Converter for Echo {
    async fn into(&self, word: Word) -> Result<Word, Status> {
        Ok(word)
    }

    async fn try_into(&self) -> Result<(), Status> {
        Ok(())
    }

    async fn clone(&self, word: Word) -> Result<Word, Status> {
        Ok(word)
    }

    async fn fmt(&self, f: Word) -> Result<Word, Status> {
        Ok(f)
    }

    async fn borrow(&self) -> Result<Word, Status> {
        Err(Status::not_found("nothing to lend"))
    }
}

fn main() {
    let client = ConverterClient::local(Echo).blocking();
    let word = Word { text: "same".to_owned() };
    let word = ConverterBlockingClient::into(&client, word).expect("an echo");
    assert_eq!(word.text, "same");
}
