// The value zero isn't the first.

use traitwire::Enumeration;

#[derive(Clone, Copy, Debug, Enumeration)]
enum Corpus {
    #[proto(1)]
    Web,
    #[proto(0)]
    Unspecified,
}

fn main() {
    is_enum(Corpus::Web);
}

fn is_enum(_: impl Enumeration) {}
