// A field without a number.

use traitwire::Message;

#[derive(Debug, Default, Message)]
struct Point {
    #[proto(1)]
    latitude: i32,
    longitude: i32,
}

fn main() {
    is_message(&Point::default());
}

fn is_message(_: &impl Message) {}
