// A number that protobuf keeps for itself.

use traitwire::Message;

#[derive(Debug, Default, Message)]
struct Point {
    #[proto(19000)]
    latitude: i32,
}

fn main() {
    is_message(&Point::default());
}

fn is_message(_: &impl Message) {}
