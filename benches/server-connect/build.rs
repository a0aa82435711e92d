//! Generates the services as connectrpc's users do; takes an installed `protoc`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=../proto");
    connectrpc_build::Config::new()
        .files(&["../proto/helloworld.proto", "../proto/bench.proto"])
        .includes(&["../proto"])
        .include_file("services.rs")
        .compile()?;
    Ok(())
}
