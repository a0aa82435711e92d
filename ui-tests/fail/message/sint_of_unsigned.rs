// An encoding for signed numbers on one without a sign.

use traitwire::Message;

#[derive(Debug, Default, Message)]
struct Point {
    #[proto(1, sint)]
    latitude: u32,
}

fn main() {
    is_message(&Point::default());
}

fn is_message(_: &impl Message) {}
