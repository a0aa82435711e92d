// An option that is spelt wrong.

use traitwire::Message;

#[derive(Debug, Default, Message)]
#[proto(pakage = "geo")]
struct Point {
    #[proto(1, requird)]
    latitude: i32,
}

fn main() {
    is_message(&Point::default());
}

fn is_message(_: &impl Message) {}
