// The variant for all others has no place for the number.

use traitwire::Enumeration;

#[derive(Clone, Copy, Debug, Enumeration)]
enum Corpus {
    #[proto(0)]
    Unspecified,
    #[proto(1)]
    Web,
    #[proto(other)]
    Other,
}

fn main() {
    is_enum(Corpus::Web);
}

fn is_enum(_: impl Enumeration) {}
