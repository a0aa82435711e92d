// A variant without a number.

use traitwire::OneOf;

#[derive(Debug, OneOf)]
enum Shape {
    #[proto(1)]
    Radius(f64),
    Side(f64),
}

fn main() {
    is_one_of(Shape::Side(1.0));
}

fn is_one_of(_: impl OneOf) {}
