// A message in itself.

use traitwire::Message;

#[derive(Debug, Default, Message)]
struct Tree {
    #[proto(1)]
    left: Box<Tree>,
}

fn main() {
    is_message::<Tree>();
}

fn is_message<T: Message>() {}
