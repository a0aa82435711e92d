// The number zero.

use traitwire::Message;

#[derive(Debug, Default, Message)]
struct Point {
    #[proto(0)]
    latitude: i32,
}

fn main() {
    is_message(&Point::default());
}

fn is_message(_: &impl Message) {}
