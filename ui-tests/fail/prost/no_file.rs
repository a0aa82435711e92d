// No file that exported ones could import.

mod proto {
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Operation {}
}

traitwire::prost_message! {
    proto::Operation = "google.longrunning.Operation";
}

fn main() {}
