// A variant with a number that the message reserves.

use traitwire::{Message, OneOf};

#[derive(Message)]
#[proto(reserved(4, 9..=11, "old"))]
struct Event {
    #[proto(1)]
    id: u64,
    #[proto(oneof)]
    kind: Option<Kind>,
}

#[derive(OneOf)]
enum Kind {
    #[proto(2)]
    Started(bool),
    #[proto(10)]
    Moved(i32),
}

fn main() {
    is_message(Event { id: 1, kind: Some(Kind::Started(true)) });
}

fn is_message(_: impl Message) {}
