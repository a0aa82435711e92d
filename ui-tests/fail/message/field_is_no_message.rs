// A field whose type is no message.

use traitwire::Message;

#[derive(Debug, Default)]
struct Point {
    latitude: i32,
}

#[derive(Debug, Default, Message)]
struct Feature {
    #[proto(1)]
    location: Point,
}

fn main() {
    is_message(&Feature {
        location: Point { latitude: 7 },
    });
}

fn is_message(_: &impl Message) {}
