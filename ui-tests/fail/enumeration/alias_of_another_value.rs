// An alias that is the name of another value.

use traitwire::Enumeration;

#[derive(Clone, Copy, Debug, Enumeration)]
enum Corpus {
    #[proto(0)]
    Unspecified,
    #[proto(1, alias("CORPUS_IMAGES"))]
    Web,
    #[proto(2)]
    Images,
}

fn main() {
    is_enum(Corpus::Web);
}

fn is_enum(_: impl Enumeration) {}
