// A package in place of a message's name.

use traitwire::Message;

mod proto {
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Operation {}
}

traitwire::prost_message! {
    proto::Operation = "google.longrunning", file = "google/longrunning/operations.proto";
}

fn main() {
    is_message(proto::Operation {});
}

fn is_message(_: impl Message) {}
