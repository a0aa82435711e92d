// A type that isn't prost's.

#[derive(Default)]
struct Operation;

traitwire::prost_message! {
    Operation = "google.longrunning.Operation", file = "google/longrunning/operations.proto";
}

fn main() {}
