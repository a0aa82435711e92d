// A scalar that is required.

use traitwire::Message;

#[derive(Debug, Default, Message)]
struct Point {
    #[proto(1, required)]
    latitude: i32,
}

fn main() {
    is_message(&Point::default());
}

fn is_message(_: &impl Message) {}
