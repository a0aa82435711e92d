// No value is zero.

use traitwire::Enumeration;

#[derive(Clone, Copy, Debug, Enumeration)]
enum Corpus {
    #[proto(1)]
    Web,
    #[proto(2)]
    Images,
}

fn main() {
    is_enum(Corpus::Web);
}

fn is_enum(_: impl Enumeration) {}
