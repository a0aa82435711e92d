// A message that borrows.

use traitwire::Message;

#[derive(Debug, Default, Message)]
struct Place<'a> {
    #[proto(1)]
    name: &'a str,
}

fn main() {
    let _place = Place::default();
}
