// A number that is reserved.

use traitwire::Message;

#[derive(Debug, Default, Message)]
#[proto(reserved(2, 9..=11))]
struct Point {
    #[proto(1)]
    latitude: i32,
    #[proto(10)]
    longitude: i32,
}

fn main() {
    is_message(&Point::default());
}

fn is_message(_: &impl Message) {}
