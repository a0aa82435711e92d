// A number that is used twice.

use traitwire::Enumeration;

#[derive(Clone, Copy, Debug, Enumeration)]
enum Corpus {
    #[proto(0)]
    Unspecified,
    #[proto(1)]
    Web,
    #[proto(1)]
    Internet,
}

fn main() {
    is_enum(Corpus::Web);
}

fn is_enum(_: impl Enumeration) {}
