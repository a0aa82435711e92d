// A field that is a oneof and has a number.

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
    #[proto(3, oneof)]
    shape: Option<Shape>,
}

fn main() {
    is_message(&Drawing {
        shape: Some(Shape::Side(1.0)),
    });
}

fn is_message(_: &impl Message) {}
