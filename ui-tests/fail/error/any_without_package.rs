// A message that is sent as a detail, and whose full name nobody knows.

use traitwire::{Message, Status};

#[derive(Message)]
struct Place {
    #[proto(1)]
    name: String,
}

fn main() {
    let place = Place { name: "here".to_owned() };
    let _status = Status::not_found("nothing").with_detail(place);
}
