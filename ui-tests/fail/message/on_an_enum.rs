// A message that is an enum.

use traitwire::Message;

#[derive(Debug, Default, Message)]
enum Shape {
    #[default]
    Circle,
}

fn main() {
    let _shape = Shape::default();
}
