// A oneof that is a struct.

use traitwire::OneOf;

#[derive(Debug, OneOf)]
struct Shape {
    side: f64,
}

fn main() {
    let _shape = Shape { side: 1.0 };
}
