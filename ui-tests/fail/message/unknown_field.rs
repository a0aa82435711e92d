// Unknown fields in something that can't hold them.

use traitwire::Message;

#[derive(Debug, Default, Message)]
struct Place {
    #[proto(1)]
    name: String,
    #[proto(unknown)]
    unknown: Vec<u8>,
}

fn main() {
    let _place = Place::default();
}
