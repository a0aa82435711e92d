// An enum that is a struct.

use traitwire::Enumeration;

#[derive(Clone, Copy, Debug, Enumeration)]
struct Corpus {
    number: i32,
}

fn main() {
    let _corpus = Corpus { number: 1 };
}
