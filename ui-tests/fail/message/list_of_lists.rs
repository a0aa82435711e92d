// A list of lists.

use traitwire::Message;

#[derive(Debug, Default, Message)]
struct Point {
    #[proto(1)]
    rows: Vec<Vec<f64>>,
}

fn main() {
    is_message(&Point::default());
}

fn is_message(_: &impl Message) {}
