//! Generates the service as tonic's users do. It takes an installed `protoc`, but builds none in Rust.

fn main() -> std::io::Result<()> {
    tonic_prost_build::compile_protos("../proto/hello.proto")
}
