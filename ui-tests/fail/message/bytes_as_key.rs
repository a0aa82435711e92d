// A map with keys that protobuf doesn't have.

use std::collections::HashMap;

use traitwire::Message;

#[derive(Debug, Default, Message)]
struct Point {
    #[proto(1)]
    heights: HashMap<Vec<u8>, f64>,
}

fn main() {
    is_message(&Point::default());
}

fn is_message(_: &impl Message) {}
