// A struct whose fields have no names.

use traitwire::Message;

#[derive(Debug, Default, Message)]
struct Point(#[proto(1)] i32, #[proto(2)] i32);

fn main() {
    is_message(&Point::default());
}

fn is_message(_: &impl Message) {}
