// A variant with the number of a field.

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
    #[proto(2)]
    title: String,
    #[proto(oneof)]
    shape: Option<Shape>,
}

fn main() {
    is_message(&Drawing {
        title: String::new(),
        shape: Some(Shape::Side(1.0)),
    });
}

fn is_message(_: &impl Message) {}
