// A value without a number.

use traitwire::Enumeration;

#[derive(Clone, Copy, Debug, Enumeration)]
enum Corpus {
    #[proto(0)]
    Unspecified,
    Web,
}

fn main() {
    is_enum(Corpus::Web);
}

fn is_enum(_: impl Enumeration) {}
