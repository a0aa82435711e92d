// A variant with two values.

use traitwire::OneOf;

#[derive(Debug, OneOf)]
enum Shape {
    #[proto(1)]
    Side(f64),
    #[proto(2)]
    Sides(f64, f64),
}

fn main() {
    is_one_of(Shape::Side(1.0));
}

fn is_one_of(_: impl OneOf) {}
