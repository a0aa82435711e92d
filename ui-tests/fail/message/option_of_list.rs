// A list that may be absent.

use traitwire::Message;

#[derive(Debug, Default, Message)]
struct Point {
    #[proto(1)]
    names: Option<Vec<String>>,
}

fn main() {
    is_message(&Point::default());
}

fn is_message(_: &impl Message) {}
