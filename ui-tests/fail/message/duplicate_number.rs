// A number that is used twice.

use traitwire::Message;

#[derive(Debug, Default, Message)]
struct Point {
    #[proto(1)]
    latitude: i32,
    #[proto(1)]
    longitude: i32,
}

fn main() {
    is_message(&Point::default());
}

fn is_message(_: &impl Message) {}
