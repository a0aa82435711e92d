//! Generates the services as tonic's users do, but without an installed `protoc`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=../proto");
    let files = protox::compile(["helloworld.proto", "bench.proto"], ["../proto"])?;
    tonic_prost_build::configure()
        .bytes(".bench.Payload")
        .compile_fds(files)?;
    Ok(())
}
