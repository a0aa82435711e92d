// The attribute on something that is no trait.

use traitwire::grpc_service;

#[grpc_service(package = "greet.v1")]
struct Greeter;

fn main() {
    let _greeter = Greeter;
}
