// A message that is declared within an enum.

use traitwire::{Enumeration, Message};

#[derive(Enumeration)]
enum Corpus {
    #[proto(0)]
    Unspecified,
}

#[derive(Message)]
#[proto(nested_in = Corpus)]
struct Page {
    #[proto(1)]
    number: u32,
}

fn main() {
    is_message(Page { number: 1 });
}

fn is_message(_: impl Message) {}
