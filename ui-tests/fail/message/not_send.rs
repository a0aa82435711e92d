// A value that stays in its thread.

use std::rc::Rc;

use traitwire::{Message, OneOf};

#[derive(Debug, Default, Message)]
struct Tree {
    #[proto(1)]
    left: Option<Rc<Tree>>,
    #[proto(oneof)]
    kind: Option<Kind>,
}

#[derive(Debug, OneOf)]
enum Kind {
    #[proto(2)]
    Leaf(Rc<i32>),
}

fn main() {
    println!("{:?}", Tree::default());
}
