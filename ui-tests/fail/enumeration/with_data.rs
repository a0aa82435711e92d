// A value that holds something.

use traitwire::Enumeration;

#[derive(Clone, Debug, Enumeration)]
enum Corpus {
    #[proto(0)]
    Unspecified,
    #[proto(1)]
    Web,
    #[proto(2)]
    Local(String),
}

fn main() {
    is_enum(Corpus::Web);
}

fn is_enum(_: impl Enumeration) {}
