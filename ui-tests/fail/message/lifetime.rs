// A message that borrows from two places.

use traitwire::Message;

#[derive(Debug, Default, Message)]
struct Place<'a, 'b> {
    #[proto(1)]
    name: &'a str,
    #[proto(2)]
    country: &'b str,
}

fn main() {
    let _place = Place::default();
}
