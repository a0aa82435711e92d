// Two encodings.

use traitwire::Message;

#[derive(Debug, Default, Message)]
struct Point {
    #[proto(1, sint, fixed)]
    latitude: i32,
}

fn main() {
    is_message(&Point::default());
}

fn is_message(_: &impl Message) {}
