// Two names that are one in JSON.

use traitwire::Message;

#[derive(Debug, Default, Message)]
struct Point {
    #[proto(1)]
    foo_bar: i32,
    #[proto(2, name = "fooBar")]
    other: i32,
}

fn main() {
    is_message(&Point::default());
}

fn is_message(_: &impl Message) {}
