// An integer that protobuf doesn't have.

use traitwire::Message;

#[derive(Debug, Default, Message)]
struct Point {
    #[proto(1)]
    count: usize,
    #[proto(2)]
    port: u16,
}

fn main() {
    is_message(&Point::default());
}

fn is_message(_: &impl Message) {}
