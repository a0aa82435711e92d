// A oneof that can't be absent.

use traitwire::{Message, OneOf};

#[derive(Debug, OneOf)]
enum Shape {
    #[proto(1)]
    Side(f64),
    #[proto(2)]
    Name(String),
}

#[derive(Debug, Message)]
struct Drawing {
    #[proto(oneof)]
    shape: Shape,
}

fn main() {
    is_message(&Drawing {
        shape: Shape::Side(1.0),
    });
}

fn is_message(_: &impl Message) {}
