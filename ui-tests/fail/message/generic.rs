// A generic message.

use traitwire::Message;

#[derive(Debug, Default, Message)]
struct Point<T> {
    #[proto(1)]
    latitude: T,
}

fn main() {
    let _point = Point::<i32>::default();
}
